import Int8Kernels
import KeywordSpotting
import ModelFormat

/// One stream of audio from a client, from `audio-start` to `audio-stop`: chunks in, detections out.
///
/// Times are those of the client: a detection's is that of the chunk's clock at which the phrase ended. One thread at a time.
final class WyomingStream {
  /// A phrase was said.
  struct Event: Equatable {
    var name: String
    /// When the phrase ended: on the clock of the chunks' timestamps, or from the stream's start where they have none.
    var milliseconds: Int
  }

  /// Whether a chunk is not yet heard to its end.
  private(set) var hasAudio = false
  private(set) var detectionCount = 0

  private let converter: ChunkConverter
  private var spotter: KeywordSpotter
  /// The client's time minus that of the stream, in milliseconds.
  private var clockOffset: Double
  /// 16 kHz samples that were heard, and how many of them before the spotter.
  private var heard: Int64 = 0
  private var spotterStart: Int64 = 0
  private let samples: UnsafeMutableBufferPointer<Int16>

  init(_ format: ChunkFormat, spotter: KeywordSpotter, startMilliseconds: Double?) {
    converter = ChunkConverter(format)
    self.spotter = spotter
    clockOffset = startMilliseconds ?? 0
    // A quarter of a second: the most that is heard before other clients have their turn.
    samples = .allocate(capacity: 4_000)
    samples.initialize(repeating: 0)
  }

  deinit { samples.deallocate() }

  var format: ChunkFormat { converter.format }

  /// Goes on with another spotter, which has heard nothing yet.
  func listen(with spotter: KeywordSpotter) {
    self.spotter = spotter
    spotterStart = heard
    detectionCount = 0
  }

  /// Takes the next chunk.
  ///
  /// - Precondition: it is made of whole frames, and there is no audio left from the one before.
  func supply(_ chunk: [UInt8], milliseconds: Double?) {
    if let milliseconds {
      clockOffset = milliseconds - Double(converter.frameCount) * 1_000 / Double(format.hertz)
    }
    converter.supply(chunk)
    hasAudio = true
  }

  /// Hears a quarter of a second at most.
  func hear(_ onEvent: (Event) -> Void) {
    hasAudio = hear(converter.read(into: samples), onEvent)
  }

  /// Ends the stream: hears what is kept back, and decides what is open.
  func finish(_ onEvent: (Event) -> Void) {
    while hear(converter.readRest(into: samples), onEvent) {}
    spotter.finish { note($0, onEvent) }
  }

  private func hear(_ count: Int, _ onEvent: (Event) -> Void) -> Bool {
    guard count > 0 else { return false }
    spotter.process(UnsafeBufferPointer(rebasing: samples[..<count])) { note($0, onEvent) }
    heard += Int64(count)
    return true
  }

  private func note(_ detection: Detection, _ onEvent: (Event) -> Void) {
    detectionCount += 1
    let time = clockOffset + Double(spotterStart + detection.endSample) / 16
    onEvent(Event(name: spotter.enrollments[detection.phraseIndex].text, milliseconds: Int(time.rounded())))
  }
}
