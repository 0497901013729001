import JSON

/// An event of the Wyoming protocol: its type, its data, and a binary payload such as audio.
public struct WyomingEvent: Equatable, Sendable {
  /// The type, such as `audio-chunk`.
  public var type: String
  /// The members of the data.
  public var data: [String: JSONValue]
  /// The binary payload; empty if there is none.
  public var payload: [UInt8]

  /// Creates an event of a type, by default without data and payload.
  public init(_ type: String, _ data: [String: JSONValue] = [:], payload: [UInt8] = []) {
    self.type = type
    self.data = data
    self.payload = payload
  }

  /// The version of the Wyoming peers that were used for development and tests.
  public static let protocolVersion = "1.10.2"

  /// A member of the data; nil if it is missing or null.
  public subscript(_ name: String) -> JSONValue? {
    guard let member = data[name], member != .null else { return nil }
    return member
  }

  /// The encoded event: a line of JSON, then the data as JSON, then the payload.
  public var encoded: [UInt8] {
    var header: [String: JSONValue] = ["type": .text(type), "version": .text(Self.protocolVersion)]
    var body: [UInt8] = []
    if !data.isEmpty {
      body = JSONValue.object(data).encoded
      header["data_length"] = .number(Double(body.count))
    }
    if !payload.isEmpty { header["payload_length"] = .number(Double(payload.count)) }
    return JSONValue.object(header).encoded + [UInt8(ascii: "\n")] + body + payload
  }
}
