import AudioCapture
import AudioFrontEnd
import Int8Kernels
import KeywordSpotting
import ModelFormat

/// The cost of each part of spotting in isolation, in processor seconds per second of audio: the minimum of several
/// runs.
struct PartCosts: Encodable {
  /// The check of the microphone's level, which runs in addition to spotting.
  var levelLoad: Double
  /// Samples to `Int8` features.
  var frontEndLoad: Double
  /// Features to embeddings.
  var encoderLoad: Double
  /// Embeddings to log posteriors.
  var posteriorLoad: Double

  /// The parts after the posteriors, for a number of phrases.
  struct Matching: Encodable {
    /// Token passing over the phonemes of the phrases.
    var matcherLoad: Double
    /// Verification of candidates and the decision: the time of ``PhraseDetector`` in addition to token passing.
    var verifierLoad: Double
    /// Verified candidates per second of audio.
    var candidatesPerSecond: Double
  }

  private let clips: ClipEncoder
  private let model: AcousticModel
  private let runs: Int
  private let scale: Double

  private enum CodingKeys: CodingKey { case levelLoad, frontEndLoad, encoderLoad, posteriorLoad }

  init(_ model: AcousticModel, _ samples: [Int16], path: KernelPath, runs: Int) {
    self.model = model
    self.runs = runs
    scale = Double(FeatureContract.sampleRate) / Double(samples.count)
    var level = AudioLevel()
    levelLoad = scale * ProcessUsage.best(of: runs) { samples.withUnsafeBufferPointer { level.add($0) } }
    let bandCount = FeatureContract.melBandCount
    var features: [Int8] = []
    var frontEnd = FeatureExtractor(initialMeans: model.initialMeans)
    samples.withUnsafeBufferPointer { buffer in
      frontEnd.process(buffer) { features.append(contentsOf: UnsafeBufferPointer(start: $0, count: bandCount)) }
    }
    frontEndLoad =
      scale * ProcessUsage.best(of: runs) { samples.withUnsafeBufferPointer { frontEnd.process($0) { _ in } } }
    var encoder = StreamingEncoder(model, path: path)
    encoderLoad =
      scale
      * ProcessUsage.best(of: runs) {
        features.withUnsafeBufferPointer { buffer in
          for start in stride(from: 0, to: buffer.count, by: bandCount) {
            encoder.process(feature: buffer.baseAddress! + start) { _ in }
          }
        }
      }
    let clips = ClipEncoder(model, kernelPath: path)
    samples.withUnsafeBufferPointer { clips.encode($0) }
    self.clips = clips
    let posteriors = PosteriorLayer(model)
    var row = [Float](repeating: 0, count: Phoneme.classCount)
    posteriorLoad =
      scale
      * ProcessUsage.best(of: runs) {
        for frame in 0..<clips.frameCount {
          posteriors.process(
            unit: clips.units.baseAddress! + frame * model.embeddingDimension, logPosteriors: &row)
        }
      }
  }

  /// Matching and verification over the embeddings of the same audio.
  func matching(_ enrollments: [Enrollment]) -> Matching {
    func logPosteriors(_ frame: Int) -> UnsafePointer<Float> {
      UnsafePointer(clips.logPosteriors.baseAddress! + frame * Phoneme.classCount)
    }
    var matcher = PhraseMatcher(enrollments.flatMap { $0.variants.map(\.phonemes) })
    var spotter = PhraseDetector(model: model, enrollments: enrollments)
    var tokens = Double.infinity
    var everything = Double.infinity
    var candidateCount = 0
    // Alternate, because the difference of the two is reported.
    for _ in 0..<runs {
      matcher.reset()
      tokens = min(
        tokens,
        ProcessUsage.processorSeconds(of: {
          for frame in 0..<clips.frameCount { matcher.step(logPosteriors(frame)) }
        }))
      spotter.reset()
      candidateCount = 0
      everything = min(
        everything,
        ProcessUsage.processorSeconds(of: {
          for frame in 0..<clips.frameCount {
            spotter.process(
              unit: clips.units.baseAddress! + frame * model.embeddingDimension, logPosteriors: logPosteriors(frame),
              onCandidate: { _ in candidateCount += 1 }, onDetection: { _ in })
          }
        }))
    }
    return Matching(
      matcherLoad: tokens * scale, verifierLoad: (everything - tokens) * scale,
      candidatesPerSecond: Double(candidateCount) * scale)
  }
}
