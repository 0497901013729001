import Messages

/// Where samples come from, according to the name of the device.
///
/// | name                       | origin                                                                    |
/// |----------------------------|---------------------------------------------------------------------------|
/// | `tcp://HOST:PORT`          | raw PCM from a host to which this machine connects                        |
/// | `tcp-listen://ADDRESS:PORT`| raw PCM from a sender that connects to this machine, one at a time        |
/// | `stdin`                    | raw PCM on stdin, live or from a file                                     |
/// | anything else              | a card, by ALSA's name                                                    |
///
/// IPv6 addresses are in brackets: `tcp://[::1]:5000`.
public enum CaptureOrigin: Equatable, Sendable {
  case card
  case connection(host: String, port: String)
  case sender(address: String, port: String)
  case standardInput

  /// Parses the name of a device.
  ///
  /// - Throws: `badAddress` for a stream without a valid host and port.
  public init(device: String) throws(CaptureError) {
    if device == "stdin" {
      self = .standardInput
    } else if let rest = Self.rest(of: device, after: "tcp://") {
      let (host, port) = try Self.parts(of: rest, device)
      self = .connection(host: host, port: port)
    } else if let rest = Self.rest(of: device, after: "tcp-listen://") {
      let (address, port) = try Self.parts(of: rest, device)
      self = .sender(address: address, port: port)
    } else {
      self = .card
    }
  }

  /// The device in words, for messages.
  public static func subject(of device: String) -> String {
    if device == "stdin" { return "standard input" }
    return isStream(device) ? "the stream \(device)" : "the microphone \(device)"
  }

  /// Whether a name has the form of a stream rather than a card, even if its host or port is invalid.
  public static func isStream(_ device: String) -> Bool {
    device == "stdin" || rest(of: device, after: "tcp://") != nil || rest(of: device, after: "tcp-listen://") != nil
  }

  private static func rest(of device: String, after scheme: StaticString) -> [UInt8]? {
    let bytes = Array(device.utf8)
    guard bytes.count >= scheme.utf8CodeUnitCount else { return nil }
    for index in 0..<scheme.utf8CodeUnitCount where bytes[index] != scheme.utf8Start[index] { return nil }
    return Array(bytes[scheme.utf8CodeUnitCount...])
  }

  private static func parts(of rest: [UInt8], _ device: String) throws(CaptureError) -> (host: String, port: String) {
    guard let colon = rest.lastIndex(of: UInt8(ascii: ":")) else { throw .badAddress(device: device) }
    var host = rest[..<colon]
    let port = String(decoding: rest[(colon + 1)...], as: UTF8.self)
    if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(UInt8(ascii: ":")) {
      throw .badAddress(device: device)
    }
    guard !host.isEmpty, let number = Int(port), (1...65_535).contains(number) else {
      throw .badAddress(device: device)
    }
    return (String(decoding: host, as: UTF8.self), port)
  }
}
