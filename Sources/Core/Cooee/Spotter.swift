import KeywordSpotting
import ModelFormat

/// Listens to one stream for the phrases of a list. Use from one thread at a time.
///
/// ```swift
/// let spotter = Spotter(phrases)
/// for event in spotter.process(samples) { print(event.phrase, event.start, event.score) }
/// ```
public final class Spotter {
  /// A phrase was heard.
  public struct Event: Equatable, Sendable {
    /// The text of the phrase, as it was typed.
    public var phrase: String
    /// Where it begins, in seconds from the start of the stream.
    public var start: Double
    /// Where it ends, in seconds from the start of the stream.
    public var end: Double
    /// The probability that it was spoken, 0…1.
    public var score: Float
  }

  /// The sample rate of the stream, in hertz. It has one channel.
  public static let samplesPerSecond = 16_000

  private let model: SpotterModel
  private let texts: [String]
  private let spotter: KeywordSpotter

  /// Creates a spotter at the start of a stream. A list without phrases gives no events.
  public init(_ phrases: PhraseList) {
    model = phrases.model
    texts = phrases.texts
    spotter = KeywordSpotter(model: model.model, enrollments: phrases.file.phrases.map(\.enrollment))
  }

  /// Processes the next samples of the stream, of any number. The division of a stream does not affect the events.
  public func process(_ samples: [Int16]) -> [Event] {
    var events: [Event] = []
    samples.withUnsafeBufferPointer { samples in
      spotter.process(samples) { events.append(event($0)) }
    }
    return events
  }

  /// Ends the stream, and returns the last events. The next samples begin another stream at 0 seconds.
  public func finish() -> [Event] {
    var events: [Event] = []
    spotter.finish { events.append(event($0)) }
    return events
  }

  /// Sets the threshold of a phrase, 0…1, in this spotter only; returns whether the list has the phrase.
  ///
  /// - Precondition: the threshold is in 0…1.
  public func setThreshold(_ threshold: Float, of text: String) -> Bool {
    precondition(0...1 ~= threshold, "a threshold must be in 0…1")
    guard let index = texts.firstIndex(of: text) else { return false }
    spotter.setThreshold(threshold, phraseIndex: index)
    return true
  }

  private func event(_ detection: Detection) -> Event {
    Event(
      phrase: texts[detection.phraseIndex], start: Double(detection.startSample) / Double(Self.samplesPerSecond),
      end: Double(detection.endSample) / Double(Self.samplesPerSecond), score: detection.score)
  }
}
