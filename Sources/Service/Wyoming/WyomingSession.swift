import Int8Kernels
import KeywordSpotting
import ModelFormat

/// The conversation with one client, independent of the network: events in, events out.
///
/// Audio is processed in pieces, so that the clients of a thread can take turns. After ``receive(_:reply:)``, call
/// ``hear(reply:)`` while ``hasAudio`` is true, and only then pass the next event. One thread at a time.
final class WyomingSession {
  private let service: WyomingServiceInfo
  private let note: (String) -> Void
  /// The names that the client selected; empty for all.
  private var names: [String] = []
  private var stream: WyomingStream?
  /// The timestamp of `audio-start`, until the first chunk opens the stream.
  private var startMilliseconds: Double?
  /// Whether unknown names were reported, which happens once.
  private var hasToldUnknown = false

  /// - Parameter note: Receives messages about this client.
  init(_ service: WyomingServiceInfo, note: @escaping (String) -> Void) {
    self.service = service
    self.note = note
  }

  /// Whether part of the current chunk is unprocessed.
  var hasAudio: Bool { stream?.hasAudio ?? false }

  /// Whether a chunk has arrived since the last `audio-start` or `audio-stop`.
  var isStreaming: Bool { stream != nil }

  /// Handles an event. Types that do not concern a wake-word server are ignored.
  ///
  /// - Precondition: ``hasAudio`` is false.
  /// - Throws: The reason why the event cannot be accepted.
  func receive(_ event: WyomingEvent, reply: (WyomingEvent) -> Void) throws(WyomingSessionError) {
    switch event.type {
    case "describe": reply(service.info)
    case "ping": reply(WyomingEvent("pong", ["text": event["text"] ?? .null]))
    case "detect": try detect(event, reply: reply)
    case "audio-start":
      _ = try ChunkFormat(event)
      stream = nil
      startMilliseconds = try Self.timestamp(of: event)
    case "audio-chunk": try takeChunk(event, reply: reply)
    case "audio-stop": stop(reply: reply)
    default: break
    }
  }

  /// Processes the next piece of the chunk.
  func hear(reply: (WyomingEvent) -> Void) {
    stream?.hear { reply(Self.detection($0)) }
  }

  private func detect(_ event: WyomingEvent, reply: (WyomingEvent) -> Void) throws(WyomingSessionError) {
    var names: [String] = []
    if let list = event["names"] {
      guard case .array(let elements) = list else { throw .names }
      guard elements.count <= PhraseLimits.phraseCount else { throw .tooManyNames(count: elements.count) }
      for element in elements {
        guard let name = element.text else { throw .names }
        guard name.utf8.count <= PhraseLimits.textBytes else { throw .nameTooLong(bytes: name.utf8.count) }
        names.append(name)
      }
    }
    self.names = names
    let chosen = choosePhrases(reply: reply)
    // A hub may send detect again within a stream, after a detection.
    stream?.listen(with: makeSpotter(chosen), names: chosen.map { $0.name })
  }

  private func takeChunk(_ event: WyomingEvent, reply: (WyomingEvent) -> Void) throws(WyomingSessionError) {
    let format = try ChunkFormat(event)
    guard event.payload.count % format.frameBytes == 0 else {
      throw .brokenFrame(bytes: event.payload.count, frameBytes: format.frameBytes)
    }
    let stream = self.stream ?? open(format, reply: reply)
    guard stream.format == format else { throw .formatChanged }
    stream.supply(event.payload, milliseconds: try Self.timestamp(of: event))
  }

  private func open(_ format: ChunkFormat, reply: (WyomingEvent) -> Void) -> WyomingStream {
    let chosen = choosePhrases(reply: reply)
    let opened = WyomingStream(
      format, spotter: makeSpotter(chosen), names: chosen.map { $0.name }, startMilliseconds: startMilliseconds)
    stream = opened
    return opened
  }

  private func stop(reply: (WyomingEvent) -> Void) {
    stream?.finish { reply(Self.detection($0)) }
    if (stream?.detectionCount ?? 0) == 0 { reply(WyomingEvent("not-detected")) }
    stream = nil
    startMilliseconds = nil
  }

  /// The selected phrases with the client's names for them. Reports unknown names, to the client too, once.
  private func choosePhrases(reply: (WyomingEvent) -> Void) -> [(enrollment: Enrollment, name: String)] {
    let current = service.phrases.current
    let (phrases, unknown) = current.named(names)
    if !unknown.isEmpty, !hasToldUnknown {
      hasToldUnknown = true
      let shown = unknown.prefix(4).map { name in
        printable(name) + (current.nearest(to: name).map { " (the nearest phrase is \(printable($0)))" } ?? "")
      }
      let list = shown.joined(separator: ", ") + (unknown.count > 4 ? " and others" : "")
      note("asks for \(list), which is not enrolled; add it with cooee enroll")
      reply(WyomingEvent("error", ["text": .text("not enrolled: \(list)"), "code": .text("unknown-name")]))
    }
    return phrases
  }

  private func makeSpotter(_ phrases: [(enrollment: Enrollment, name: String)]) -> KeywordSpotter {
    KeywordSpotter(
      model: service.model, enrollments: phrases.map { $0.enrollment }, configuration: service.spotter,
      kernelPath: service.kernelPath)
  }

  private static func timestamp(of event: WyomingEvent) throws(WyomingSessionError) -> Double? {
    guard let value = event["timestamp"] else { return nil }
    // 2⁵⁰ ms are 35,000 years; the time within the stream can be added without overflow.
    guard case .number(let milliseconds) = value, abs(milliseconds) <= 1_125_899_906_842_624 else { throw .timestamp }
    return milliseconds
  }

  private static func detection(_ event: WyomingStream.Event) -> WyomingEvent {
    WyomingEvent(
      "detection",
      ["name": .text(event.name), "timestamp": .number(Double(event.milliseconds)), "speaker": .null])
  }
}

/// Why a client's event cannot be accepted.
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
    case .formatChanged: return "the audio format changes within a stream; send audio-start to begin a new one"
    case .brokenFrame(let bytes, let frameBytes):
      return "an audio-chunk has \(bytes) bytes, which is not a multiple of the frame size, \(frameBytes) bytes"
    case .names: return "the names of detect are not a list of strings"
    case .tooManyNames(let count): return "detect has \(count) names; the limit is \(PhraseLimits.phraseCount)"
    case .nameTooLong(let bytes):
      return "a name of detect has \(bytes) bytes; the limit is \(PhraseLimits.textBytes)"
    case .timestamp: return "a timestamp is not a number of milliseconds"
    }
  }
}
