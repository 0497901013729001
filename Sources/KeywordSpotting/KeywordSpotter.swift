import AudioFrontEnd
import Int8Kernels
import ModelFormat

/// Listens for enrolled phrases: samples in, events out.
///
/// ```text
/// samples → FeatureExtractor → StreamingEncoder → PosteriorLayer → EmbeddingSpotter → candidates, detections
/// ```
///
/// Any chunking of the samples gives identical events. All memory is allocated by `init`; ``process(_:onCandidate:onDetection:)`` is
/// real-time safe. One thread at a time. The model's bytes must outlive the spotter.
public final class KeywordSpotter {
  private var frontEnd: FeatureExtractor
  private var encoder: StreamingEncoder
  private let posteriors: PosteriorLayer
  private var spotter: EmbeddingSpotter
  private let model: AcousticModel
  private let configuration: SpotterConfiguration
  /// `[D]` and `[40]` of the frame in progress.
  private let unit: UnsafeMutablePointer<Float>
  private let logPosteriors: UnsafeMutablePointer<Float>
  /// Silence for the end of a stream, a hop's worth.
  private let silence: UnsafeMutableBufferPointer<Int16>

  /// What is listened for; detections name its indices.
  public private(set) var enrollments: [Enrollment]
  /// The instructions that the encoder runs with.
  public let kernelPath: KernelPath

  /// - Parameters:
  ///   - model: parsed with this front end's feature contract.
  ///   - enrollments: made with the same model. There may be none.
  /// - Precondition: the kernel path is available on this machine.
  public init(
    model: AcousticModel, enrollments: [Enrollment], configuration: SpotterConfiguration = SpotterConfiguration(),
    kernelPath: KernelPath = .best
  ) {
    self.model = model
    self.enrollments = enrollments
    self.configuration = configuration
    self.kernelPath = kernelPath
    frontEnd = FeatureExtractor(initialMeans: model.initialMeans)
    encoder = StreamingEncoder(model, path: kernelPath)
    posteriors = PosteriorLayer(model)
    spotter = EmbeddingSpotter(model: model, enrollments: enrollments, configuration: configuration)
    unit = .allocate(capacity: model.embeddingDimension)
    unit.initialize(repeating: 0, count: model.embeddingDimension)
    logPosteriors = .allocate(capacity: Phoneme.classCount)
    logPosteriors.initialize(repeating: 0, count: Phoneme.classCount)
    silence = .allocate(capacity: FeatureContract.hopSamples)
    silence.initialize(repeating: 0)
  }

  deinit {
    unit.deallocate()
    logPosteriors.deallocate()
    silence.deallocate()
  }

  /// Takes the next samples of the stream: 16 kHz, one channel.
  ///
  /// - Parameters:
  ///   - onCandidate: called once for each stretch that was compared with a phrase, when its fate is settled.
  ///   - onDetection: called for each event, right after its candidate.
  public func process(
    _ samples: UnsafeBufferPointer<Int16>, onCandidate: (Candidate) -> Void = { _ in },
    onDetection: (Detection) -> Void
  ) {
    frontEnd.process(samples) { feature in
      encoder.process(feature: feature) { embedding in
        posteriors.process(embedding, unit: unit, logPosteriors: logPosteriors)
        spotter.process(
          unit: unit, logPosteriors: logPosteriors, onCandidate: onCandidate, onDetection: onDetection)
      }
    }
  }

  /// Ends the stream, so that a phrase at its very end is heard: lets silence follow for as long as the encoder looks
  /// ahead, decides what is open, and starts anew.
  public func finish(onCandidate: (Candidate) -> Void = { _ in }, onDetection: (Detection) -> Void) {
    // The last samples' window is completed, and then the look-ahead of the frame that it belongs to.
    let windowHops = (FeatureContract.windowSamples + FeatureContract.hopSamples - 1) / FeatureContract.hopSamples
    for _ in 0..<(model.lookaheadFeatureFrames + windowHops) {
      process(UnsafeBufferPointer(silence), onCandidate: onCandidate, onDetection: onDetection)
    }
    spotter.finish(onCandidate: onCandidate, onDetection: onDetection)
    reset()
  }

  /// Forgets the stream: the next sample is sample 0.
  public func reset() {
    frontEnd.reset()
    encoder.reset()
    spotter.reset()
  }

  /// Changes the score from which a phrase is detected.
  public func setThreshold(_ threshold: Float, phraseIndex: Int) {
    enrollments[phraseIndex].threshold = threshold
    spotter.setThreshold(threshold, phraseIndex: phraseIndex)
  }
}
