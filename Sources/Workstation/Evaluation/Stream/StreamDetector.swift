import KeywordSpotting
import ModelFormat

/// The encoder's frames of a stream, kept for a second search.
///
/// They take `100 (D + 40)` bytes per second of the stream: 49 MB per hour for D = 96.
struct StreamFrames {
  private(set) var units: [Float] = []
  private(set) var logPosteriors: [Float] = []
  private let dimension: Int

  init(dimension: Int) { self.dimension = dimension }

  mutating func append(_ unit: UnsafePointer<Float>, _ logPosteriors: UnsafePointer<Float>) {
    units.append(contentsOf: UnsafeBufferPointer(start: unit, count: dimension))
    self.logPosteriors.append(contentsOf: UnsafeBufferPointer(start: logPosteriors, count: Phoneme.classCount))
  }

  /// The events that a device with these enrollments and thresholds reports on the stream, in order.
  func events(model: AcousticModel, enrollments: [Enrollment], thresholds: [Float]) -> [Detection] {
    var spotter = PhraseDetector(model: model, enrollments: enrollments)
    for (index, threshold) in thresholds.enumerated() { spotter.setThreshold(threshold, phraseIndex: index) }
    var events: [Detection] = []
    units.withUnsafeBufferPointer { units in
      logPosteriors.withUnsafeBufferPointer { logPosteriors in
        for frame in 0..<logPosteriors.count / Phoneme.classCount {
          spotter.process(
            unit: units.baseAddress! + frame * dimension,
            logPosteriors: logPosteriors.baseAddress! + frame * Phoneme.classCount, onCandidate: { _ in },
            onDetection: { events.append($0) })
        }
      }
    }
    spotter.finish(onCandidate: { _ in }, onDetection: { events.append($0) })
    return events
  }
}

/// Runs the device's search over a stream and keeps every candidate and the frames.
final class StreamDetector {
  private(set) var candidates: [StreamCandidate] = []
  private(set) var frames: StreamFrames
  /// The device's scores of ``candidates``: `Float`, 0…1, with the device's rounding.
  private(set) var deviceScores: [Float] = []
  /// Samples processed so far.
  private(set) var sampleCount: Int64 = 0
  private let head: AcousticModel.ScoreHead
  private var spotter: PhraseDetector

  private let keepsFrames: Bool

  /// - Parameter keepsFrames: whether to keep ``frames``.
  init(model: EvaluatedModel, enrollments: [Enrollment], keepsFrames: Bool = true) {
    self.keepsFrames = keepsFrames
    head = model.model.streamHead
    frames = StreamFrames(dimension: model.model.embeddingDimension)
    spotter = PhraseDetector(model: model.model, enrollments: enrollments)
  }

  /// Processes the next samples in hops of 10 ms, which gives the time of a report to within 10 ms.
  func process(_ samples: [Int16], scorer: some AcousticScorer) {
    samples.withUnsafeBufferPointer { samples in
      for start in stride(from: 0, to: samples.count, by: 160) {
        let chunk = UnsafeBufferPointer(rebasing: samples[start..<min(start + 160, samples.count)])
        sampleCount += Int64(chunk.count)
        scorer.encode(stream: chunk) { take($0, $1) }
      }
    }
  }

  /// Ends the stream: flushes the scorer, then the search.
  func finish(scorer: some AcousticScorer) {
    scorer.finishStream { take($0, $1) }
    spotter.finish(onCandidate: { keep($0) }, onDetection: { _ in })
  }

  private func take(_ unit: UnsafePointer<Float>, _ logPosteriors: UnsafePointer<Float>) {
    if keepsFrames { frames.append(unit, logPosteriors) }
    spotter.process(unit: unit, logPosteriors: logPosteriors, onCandidate: { keep($0) }, onDetection: { _ in })
  }

  /// The lowest threshold of an enrollment that rejects all candidates of a phrase with at most `logOdds`.
  ///
  /// At most 1, which a device accepts. Candidates with saturated scores pass at any threshold.
  func deviceThreshold(phraseIndex: Int, above logOdds: Double) -> Float {
    var largest: Float = -1
    for (candidate, score) in zip(candidates, deviceScores)
    where candidate.phraseIndex == phraseIndex && candidate.score <= logOdds { largest = max(largest, score) }
    return largest < 0 ? 0 : min(1, largest.nextUp)
  }

  private func keep(_ candidate: Candidate) {
    deviceScores.append(candidate.score)
    candidates.append(
      StreamCandidate(
        phraseIndex: candidate.phraseIndex, startSample: candidate.startSample, endSample: candidate.endSample,
        score: head.logit(candidate.features.values), reportedSample: sampleCount))
  }
}
