import Int8Kernels
import KeywordSpotting
import ModelFormat

/// A stream of audio from a client, from `audio-start` to `audio-stop`: chunks in, detections out.
///
/// Times are on the client's clock. One thread at a time.
final class WyomingStream {
  /// A detection.
  struct Event: Equatable {
    /// The client's name for the phrase.
    var name: String
    /// When the phrase ended: on the clock of the chunks' timestamps, or from the start of the stream without
    /// timestamps.
    var milliseconds: Int
  }

  /// Whether the current chunk is not yet processed to its end.
  private(set) var hasAudio = false
  private(set) var detectionCount = 0

  private let converter: ChunkConverter
  private var spotter: KeywordSpotter
  /// The client's names for the spotter's phrases.
  private var names: [String]
  /// The client's time minus the stream's time, in milliseconds.
  private var clockOffset: Double
  /// The number of 16 kHz samples processed, and how many of them precede the spotter.
  private var heard: Int64 = 0
  private var spotterStart: Int64 = 0
  private let samples: UnsafeMutableBufferPointer<Int16>

  init(_ format: ChunkFormat, spotter: KeywordSpotter, names: [String], startMilliseconds: Double?) {
    converter = ChunkConverter(format)
    self.spotter = spotter
    self.names = names
    clockOffset = startMilliseconds ?? 0
    // 0.25 s: the most audio to process before other clients get a turn.
    samples = .allocate(capacity: 4_000)
    samples.initialize(repeating: 0)
  }

  deinit { samples.deallocate() }

  var format: ChunkFormat { converter.format }

  /// Switches to a new spotter, which has not processed any audio.
  func listen(with spotter: KeywordSpotter, names: [String]) {
    self.spotter = spotter
    self.names = names
    spotterStart = heard
    detectionCount = 0
  }

  /// Supplies the next chunk.
  ///
  /// - Precondition: It consists of whole frames, and ``hasAudio`` is false.
  func supply(_ chunk: [UInt8], milliseconds: Double?) {
    if let milliseconds {
      clockOffset = milliseconds - Double(converter.frameCount) * 1_000 / Double(format.hertz)
    }
    converter.supply(chunk)
    hasAudio = true
  }

  /// Processes at most 0.25 s of audio.
  func hear(_ onEvent: (Event) -> Void) {
    hasAudio = hear(converter.read(into: samples), onEvent)
  }

  /// Ends the stream: processes the rest and reports pending detections.
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
    onEvent(Event(name: names[detection.phraseIndex], milliseconds: Int(time.rounded())))
  }
}
