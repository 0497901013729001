import Glibc

/// A reverse proxy that authenticates its users, such as Home Assistant's ingress. The console trusts its requests.
///
/// Proxies are recognized by the address from which they connect, in any notation: `::ffff:172.30.32.2` is
/// `172.30.32.2`.
package struct TrustedProxy: Equatable, Sendable, CustomStringConvertible {
  /// An IPv6 address, or an IPv4 address mapped to one.
  private let bytes: [UInt8]
  package let description: String

  /// Parses an IPv4 or IPv6 address; nil for anything else, such as a host name.
  package init?(_ text: String) {
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET6, text, &bytes) != 1 {
      guard inet_pton(AF_INET, text, &bytes) == 1 else { return nil }
      bytes = Array(repeating: 0, count: 10) + [0xFF, 0xFF] + bytes[..<4]
    }
    self.bytes = bytes
    description = text
  }

  /// Whether a peer with this address is the proxy.
  func isPeer(_ address: String) -> Bool { Self(address)?.bytes == bytes }
}
