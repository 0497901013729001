import AudioFrontEnd
import FuzzDriver
import JSON
import KeywordSpotting
import ModelFormat
import SeededRandom
import UntrainedModels
import Wyoming

@testable import Wyoming

extension FuzzTarget {
  private static let words =
    jsonWords + [
      "{\"type\":\"", "\"data_length\":", "\"payload_length\":", "\"data\":{", "}\n", "audio-start", "audio-chunk",
      "audio-stop", "detect", "describe", "ping", "\"rate\":16000,\"width\":2,\"channels\":1", "\"names\":[\"",
      "\"timestamp\":",
    ]

  @Sendable private static func conversations() -> [[UInt8]] {
    let format: [String: JSONValue] = ["rate": .number(16_000), "width": .number(2), "channels": .number(1)]
    let other: [String: JSONValue] = ["rate": .number(8_000), "width": .number(2), "channels": .number(2)]
    let audio = [UInt8](repeating: 0x21, count: 64)
    return [
      [
        WyomingEvent("describe"), WyomingEvent("detect", ["names": .array([.text("one"), .text("two")])]),
        WyomingEvent("audio-start", format), WyomingEvent("audio-chunk", format, payload: audio),
        WyomingEvent("audio-stop"),
      ],
      [
        WyomingEvent("audio-start", other.merging(["timestamp": .number(5)]) { $1 }),
        WyomingEvent("audio-chunk", other, payload: audio), WyomingEvent("audio-stop"),
      ],
      [WyomingEvent("ping", ["text": .text("é")])],
    ].map { [7] + $0.flatMap(\.encoded) }
  }

  /// Streams of events: pieces of any size give the same events and the same end, and each event can be written and
  /// read again.
  static let wyoming = FuzzTarget("wyoming", mostBytes: 2_048, words: words, seeds: conversations()) { bytes in
    var choices = InputCursor(bytes)
    let pieceBytes = 1 + Int(choices.byte())
    let stream = choices.rest()
    let whole = decode(stream, pieceBytes: max(stream.count, 1))
    let pieces = decode(stream, pieceBytes: pieceBytes)
    require(whole.events == pieces.events && whole.failure == pieces.failure, "pieces of \(pieceBytes) change nothing")
    for event in whole.events {
      let again = event.encoded.withUnsafeBytes { decode($0, pieceBytes: $0.count, limits: .init()) }
      require(again.events == [event] && again.failure == nil, "an event can be written and read again")
    }
  }

  /// Limits that inputs of a few bytes can exceed.
  private static let lowLimits: WyomingFrameDecoder.Limits = {
    var limits = WyomingFrameDecoder.Limits()
    (limits.headerBytes, limits.dataBytes, limits.payloadBytes) = (600, 700, 800)
    return limits
  }()

  private static func decode(
    _ stream: UnsafeRawBufferPointer, pieceBytes: Int, limits: WyomingFrameDecoder.Limits = lowLimits
  ) -> (events: [WyomingEvent], failure: WyomingFrameError?) {
    var decoder = WyomingFrameDecoder(limits: limits)
    var events: [WyomingEvent] = []
    var start = 0
    do throws(WyomingFrameError) {
      while start < stream.count {
        let end = min(start + pieceBytes, stream.count)
        decoder.append(stream[start..<end])
        start = end
        while let event = try decoder.next() { events.append(event) }
      }
    } catch {
      return (events, error)
    }
    return (events, nil)
  }

  /// A session with a client: every event is answered or rejected.
  static let wakeSession = FuzzTarget("wake-session", mostBytes: 4_096, words: words, seeds: conversations()) { bytes in
    var choices = InputCursor(bytes)
    _ = choices.byte()
    var decoder = WyomingFrameDecoder()
    decoder.append(choices.rest())
    let session = WyomingSession(service) { _ in }
    do {
      while let event = try decoder.next() {
        try session.receive(event) { require(!$0.encoded.isEmpty, "an answer is sent") }
        while session.hasAudio { session.hear { _ in } }
      }
    } catch {
      require(!"\(error)".isEmpty, "a rejection has a reason")
    }
  }

  private static let service: WyomingServiceInfo = {
    let contents = AcousticModelContents.untrained(seed: 7, featureContract: FeatureContract.hash)
    guard let bytes = try? contents.encoded() else { fatalError("a small model cannot be encoded") }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    memory.copyBytes(from: bytes)
    guard
      let model = try? AcousticModel(UnsafeRawBufferPointer(memory), expectedFeatureContract: FeatureContract.hash)
    else { fatalError("a small model cannot be opened") }
    var generator = SplitMix64(seed: 2)
    func unit() -> [Float] {
      let vector = generator.floats(model.embeddingDimension, magnitude: 1)
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return vector.map { $0 / length }
    }
    let enrollments = ["one", "two"].map { text in
      Enrollment(
        text: text,
        variants: [
          PhraseVariant(phonemes: [15], wordInitial: [true], phonemeEmbeddings: unit(), utteranceEmbedding: unit())
        ],
        threshold: 0)
    }
    return WyomingServiceInfo(model: model, kernelPath: .portable, phrases: ServedPhrases(enrollments), version: "0")
  }()
}
