import FileSignatures
import ListeningService

/// Where a webhook is posted: `http://[user[:password]@]host[:port][/path][?query]`.
///
/// User name, password, path and query may be secret, so its description has none of them.
package struct WebhookURL: Equatable, Sendable, CustomStringConvertible {
  /// Why a text is not such a URL, without any part of the text.
  package struct Fault: Error, Equatable {
    package let reason: String
  }

  package let endpoint: ServiceEndpoint
  /// The path and the query, at least `/`.
  let target: String
  /// The value of the field `Host`.
  let host: String
  /// The value of the field `Authorization`; nil without a user name.
  let authorization: String?

  /// Parses a URL.
  package init(_ text: String) throws(Fault) {
    let lowercase = text.lowercased()
    guard !lowercase.hasPrefix("https://") else {
      throw Fault(
        reason: "begins with https://; only http:// is supported, so name a proxy on this machine, or run curl with "
          + "--on-detect")
    }
    guard lowercase.hasPrefix("http://") else {
      throw Fault(reason: "does not begin with http://, as in http://hub.local:8123/api/webhook/NAME")
    }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw Fault(reason: "has a blank, a control character or a letter that is not ASCII; write it as %XX")
    }
    guard !text.contains("#") else {
      throw Fault(reason: "has a #, which begins a part that is never sent; remove it, or write it as %23")
    }
    let rest = text.dropFirst("http://".count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let path = rest.dropFirst(authority.count)
    target = path.hasPrefix("/") ? String(path) : "/" + path
    if let at = authority.lastIndex(of: "@") {
      guard let user = Self.decoded(authority[..<at]) else {
        throw Fault(reason: "has a % in its user name or password that two hexadecimal digits do not follow")
      }
      authorization = "Basic " + Base64.encoded(user.contains(UInt8(ascii: ":")) ? user : user + [UInt8(ascii: ":")])
      host = String(authority[authority.index(after: at)...])
    } else {
      authorization = nil
      host = String(authority)
    }
    guard !host.isEmpty else { throw Fault(reason: "has no host") }
    guard let endpoint = ServiceEndpoint(host) ?? ServiceEndpoint(host + ":80"), endpoint.port > 0,
      endpoint.socketPath == nil
    else { throw Fault(reason: "has a host or a port that is not valid") }
    self.endpoint = endpoint
  }

  /// The scheme, the host and the port, and `…` for the rest.
  package var description: String { "http://\(endpoint)/" + (target == "/" ? "" : "…") }

  /// The bytes of a text in which `%XX` stands for a byte; nil if a `%` is not followed by two hexadecimal digits.
  private static func decoded(_ text: Substring) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      guard digits.utf8.count == 2, !digits.contains("+"), let value = UInt8(digits, radix: 16) else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return bytes
  }
}
