import JSON
import Messages

/// Decodes a Wyoming stream into events.
///
/// ```text
/// {"type": T, "data": {…}, "data_length": D, "payload_length": P}\n   D bytes of JSON object   P bytes
/// ```
///
/// `data`, `data_length` and `payload_length` may be missing. The members of the D bytes override those of `data`.
/// Other members are ignored. The events do not depend on how the bytes are divided into chunks. After an error, every
/// call throws it again, because the start of the next event is unknown.
///
/// Memory is limited by ``Limits`` and the last chunk, regardless of the announced lengths. One thread at a time.
public struct WyomingFrameDecoder {
  /// The maximum lengths of an event's parts in bytes.
  public struct Limits: Equatable, Sendable {
    /// The line, without its newline.
    public var headerBytes = 65_536
    /// The type of the event.
    public var typeBytes = 256
    /// Enough for 1,000 names of 60 bytes.
    public var dataBytes = 65_536
    /// Enough for 8 s of 16 kHz mono; hubs send 10 to about 100 ms at a time.
    public var payloadBytes = 262_144

    /// Creates the default limits.
    public init() {}
  }

  private static let keptBytes = 65_536

  private let limits: Limits
  private var buffer: [UInt8] = []
  /// The start of the current event.
  private var start = 0
  /// The end of the bytes that were searched for a newline.
  private var scanned = 0
  private var header: Header?
  private var failure: WyomingFrameError?

  private struct Header {
    var type: String
    /// Whether the line has data. It is parsed again when the event is complete, because a value takes many times its
    /// bytes.
    var hasData: Bool
    /// The length of the line with its newline.
    var byteCount: Int
    var dataByteCount: Int
    var payloadByteCount: Int
  }

  /// Creates a decoder at the start of a stream.
  public init(limits: Limits = Limits()) { self.limits = limits }

  /// Whether the bytes so far end after a complete event.
  public var isBetweenEvents: Bool { start == buffer.count }

  /// Appends the next bytes of the stream.
  public mutating func append(_ bytes: some Sequence<UInt8>) {
    guard failure == nil else { return }
    if start > 0 {
      buffer.removeSubrange(..<start)
      scanned -= start
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// Decodes the next event; returns nil if more bytes are needed.
  ///
  /// - Throws: The error in the stream.
  public mutating func next() throws(WyomingFrameError) -> WyomingEvent? {
    if let failure { throw failure }
    do throws(WyomingFrameError) {
      return try decode()
    } catch {
      failure = error
      buffer = []
      (start, scanned) = (0, 0)
      throw error
    }
  }

  private mutating func decode() throws(WyomingFrameError) -> WyomingEvent? {
    if header == nil { header = try readHeader() }
    guard let header else { return nil }
    let dataStart = start + header.byteCount
    let payloadStart = dataStart + header.dataByteCount
    let end = payloadStart + header.payloadByteCount
    guard buffer.count >= end else { return nil }
    var event = WyomingEvent(header.type)
    if header.hasData, case .object(let members)? = JSONValue(buffer[start..<dataStart - 1])?["data"] {
      event.data = members
    }
    if header.dataByteCount > 0 {
      guard case .object(let members)? = JSONValue(buffer[dataStart..<payloadStart]) else {
        throw .dataIsNotAnObject(type: header.type)
      }
      event.data.merge(members) { _, later in later }
    }
    event.payload = Array(buffer[payloadStart..<end])
    self.header = nil
    (start, scanned) = (end, end)
    // Idle clients do not keep memory for the longest event that they have sent.
    if end == buffer.count, buffer.capacity > Self.keptBytes {
      buffer = []
      (start, scanned) = (0, 0)
    }
    return event
  }

  private mutating func readHeader() throws(WyomingFrameError) -> Header? {
    guard let lineEnd = buffer[scanned...].firstIndex(of: UInt8(ascii: "\n")) else {
      scanned = buffer.count
      guard scanned - start <= limits.headerBytes else { throw .headerTooLong(limit: limits.headerBytes) }
      return nil
    }
    guard lineEnd - start <= limits.headerBytes else { throw .headerTooLong(limit: limits.headerBytes) }
    guard let value = JSONValue(buffer[start..<lineEnd]), case .object = value else { throw .headerIsNotAnObject }
    guard let type = value["type"]?.text else { throw .noType }
    guard type.utf8.count <= limits.typeBytes else {
      throw .partTooLong(member: "type", bytes: type.utf8.count, limit: limits.typeBytes)
    }
    let data = value["data"]
    if let data {
      guard case .object = data else { throw .dataIsNotAnObject(type: type) }
    }
    return Header(
      type: type, hasData: data != nil, byteCount: lineEnd + 1 - start,
      dataByteCount: try length("data_length", of: value, limit: limits.dataBytes),
      payloadByteCount: try length("payload_length", of: value, limit: limits.payloadBytes))
  }

  private func length(_ name: String, of header: JSONValue, limit: Int) throws(WyomingFrameError) -> Int {
    guard let value = header[name] else { return 0 }
    guard let length = value.integer, length >= 0 else { throw .lengthIsNoLength(member: name) }
    guard length <= limit else { throw .partTooLong(member: name, bytes: length, limit: limit) }
    return length
  }
}

/// Why bytes are not a valid Wyoming stream or exceed the limits.
public enum WyomingFrameError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No newline within this many bytes.
  case headerTooLong(limit: Int)
  /// The line is not a JSON object that ``JSONValue`` accepts.
  case headerIsNotAnObject
  /// The line has no string as its `type`.
  case noType
  /// `data`, or the bytes that `data_length` announces, are not a JSON object.
  case dataIsNotAnObject(type: String)
  /// A length is not a nonnegative whole number.
  case lengthIsNoLength(member: String)
  /// A part is longer than allowed, or announced as longer.
  case partTooLong(member: String, bytes: Int, limit: Int)

  /// What is wrong with the event, for messages.
  public var description: String {
    switch self {
    case .headerTooLong(let limit): "an event's line has more than \(limit) bytes"
    case .headerIsNotAnObject: "an event's line is not a JSON object"
    case .noType: "an event's line has no type"
    case .dataIsNotAnObject(let type): "the data of an event \(printable(type)) is not a JSON object"
    case .lengthIsNoLength(let member): "an event's \(member) is not a nonnegative whole number"
    case .partTooLong(let member, let bytes, let limit):
      "an event's \(member) has \(bytes) bytes; the limit is \(limit)"
    }
  }
}

/// External text for a message: in quotation marks, shortened, and without control characters.
func printable(_ text: String) -> String {
  var shown = "\""
  for scalar in text.unicodeScalars.prefix(64) {
    let isHidden = isControlCharacter(scalar) || scalar.properties.generalCategory == .format
    shown.unicodeScalars.append(isHidden ? "?" : scalar)
  }
  return shown + (text.unicodeScalars.count > 64 ? "…\"" : "\"")
}
