import Int8Kernels
import KeywordSpotting
import ModelFormat

/// The talk with one client, without the network: events in, events out.
///
/// Audio is heard a piece at a time, so that clients on the same thread take turns: after ``receive(_:reply:)``, call
/// ``hear(reply:)`` for as long as ``hasAudio``, and only then give the next event. One thread at a time.
final class WyomingSession {
  private let service: WyomingServiceInfo
  private let note: (String) -> Void
  /// The names that the client asked for, in UTF-8; empty for all.
  private var names: [[UInt8]] = []
  private var stream: WyomingStream?
  /// The clock that `audio-start` gave, until the first chunk opens the stream.
  private var startMilliseconds: Double?
  /// Phrases that were asked for and are not enrolled are told once.
  private var hasToldUnknown = false

  /// - Parameter note: takes what a person should know of this client.
  init(_ service: WyomingServiceInfo, note: @escaping (String) -> Void) {
    self.service = service
    self.note = note
  }

  var hasAudio: Bool { stream?.hasAudio ?? false }

  /// Whether a chunk came since the last `audio-start` or `audio-stop`.
  var isStreaming: Bool { stream != nil }

  /// Takes an event; those of types that a wake-word server has nothing to do with are ignored.
  ///
  /// - Precondition: there is no audio left to hear.
  func receive(_ event: WyomingEvent, reply: (WyomingEvent) -> Void) throws(WyomingSessionError) {
    switch event.type {
    case "describe": reply(service.info)
    case "ping": reply(WyomingEvent("pong", ["text": event["text"] ?? .null]))
    case "detect": try detect(event)
    case "audio-start":
      _ = try ChunkFormat(event)
      stream = nil
      startMilliseconds = try Self.timestamp(of: event)
    case "audio-chunk": try takeChunk(event)
    case "audio-stop": stop(reply: reply)
    default: break
    }
  }

  /// Hears the next piece of the chunk.
  func hear(reply: (WyomingEvent) -> Void) {
    stream?.hear { reply(Self.detection($0)) }
  }

  private func detect(_ event: WyomingEvent) throws(WyomingSessionError) {
    var names: [[UInt8]] = []
    if let list = event["names"] {
      guard case .array(let elements) = list else { throw .names }
      guard elements.count <= PhraseLimits.phraseCount else { throw .tooManyNames(count: elements.count) }
      for element in elements {
        guard let name = element.text else { throw .names }
        guard name.utf8.count <= PhraseLimits.textBytes else { throw .nameTooLong(bytes: name.utf8.count) }
        names.append(Array(name.utf8))
      }
    }
    self.names = names
    // A hub that goes on after an event asks again without a new stream.
    stream?.listen(with: makeSpotter())
  }

  private func takeChunk(_ event: WyomingEvent) throws(WyomingSessionError) {
    let format = try ChunkFormat(event)
    guard event.payload.count % format.frameBytes == 0 else {
      throw .brokenFrame(bytes: event.payload.count, frameBytes: format.frameBytes)
    }
    let stream = self.stream ?? open(format)
    guard stream.format == format else { throw .formatChanged }
    stream.supply(event.payload, milliseconds: try Self.timestamp(of: event))
  }

  private func open(_ format: ChunkFormat) -> WyomingStream {
    let opened = WyomingStream(format, spotter: makeSpotter(), startMilliseconds: startMilliseconds)
    stream = opened
    return opened
  }

  private func stop(reply: (WyomingEvent) -> Void) {
    stream?.finish { reply(Self.detection($0)) }
    if (stream?.detectionCount ?? 0) == 0 { reply(WyomingEvent("not-detected")) }
    stream = nil
    startMilliseconds = nil
  }

  private func makeSpotter() -> KeywordSpotter {
    let (enrollments, unknown) = service.phrases.current.named(names)
    if !unknown.isEmpty, !hasToldUnknown {
      hasToldUnknown = true
      let shown = unknown.prefix(4).map { printable(String(decoding: $0, as: UTF8.self)) }
      let list = shown.joined(separator: ", ") + (unknown.count > 4 ? " and others" : "")
      note("asks for \(list), which is not enrolled; heed enroll adds a phrase")
    }
    return KeywordSpotter(model: service.model, enrollments: enrollments, kernelPath: service.kernelPath)
  }

  private static func timestamp(of event: WyomingEvent) throws(WyomingSessionError) -> Double? {
    guard let value = event["timestamp"] else { return nil }
    // 2⁵⁰ ms are 35,000 years, and leave room for the time in the stream.
    guard case .number(let milliseconds) = value, abs(milliseconds) <= 1_125_899_906_842_624 else { throw .timestamp }
    return milliseconds
  }

  private static func detection(_ event: WyomingStream.Event) -> WyomingEvent {
    WyomingEvent(
      "detection",
      ["name": .text(event.name), "timestamp": .number(Double(event.milliseconds)), "speaker": .null])
  }
}

/// What a client asked for that cannot be done.
enum WyomingSessionError: Error, Equatable, CustomStringConvertible {
  case format(event: String, member: String, accepted: ClosedRange<Int>)
  case formatChanged
  case brokenFrame(bytes: Int, frameBytes: Int)
  case names
  case tooManyNames(count: Int)
  case nameTooLong(bytes: Int)
  case timestamp

  var description: String {
    switch self {
    case .format(let event, let member, let accepted):
      let range = accepted.count == 1 ? "\(accepted.lowerBound)" : "\(accepted.lowerBound) to \(accepted.upperBound)"
      return "the \(member) of \(event) is not \(range)"
    case .formatChanged: return "the audio's format changes within a stream; a new one begins with audio-start"
    case .brokenFrame(let bytes, let frameBytes):
      return "an audio-chunk has \(bytes) bytes, which are no whole frames of \(frameBytes) bytes"
    case .names: return "the names of detect are not a list of texts"
    case .tooManyNames(let count): return "detect has \(count) names, and \(PhraseLimits.phraseCount) are the most"
    case .nameTooLong(let bytes):
      return "a name of detect has \(bytes) bytes, and \(PhraseLimits.textBytes) are the most"
    case .timestamp: return "a timestamp is not a number of milliseconds"
    }
  }
}
