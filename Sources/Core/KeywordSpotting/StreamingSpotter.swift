import AudioFrontEnd
import CoreMemory
import Int8Kernels
import ModelFormat

/// Detects enrolled phrases in a stream of samples, in memory that the caller owns. Allocates nothing.
///
/// ```text
/// samples → FeatureExtractor → StreamingEncoder → PosteriorLayer → PhraseDetector → candidates, detections
/// ```
///
/// This is all of Cooee for a microcontroller. The bytes of the model and of the phrase file stay in flash; the
/// workspace contains all mutable state. ``KeywordSpotter`` is the same with its own allocation.
///
/// ```swift
/// let model = try AcousticModel(modelBytes, expectedFeatureContract: FeatureContract.hash)
/// let phrases = try StoredPhrases(phraseBytes, for: model)
/// // StreamingSpotter.requiredByteCount(model: model, phrases: phrases, configuration: configuration) bytes of memory
/// var workspace = Workspace(over: memory)
/// var spotter = StreamingSpotter(
///   model: model, phrases: phrases, configuration: configuration, kernelPath: .portable, in: &workspace)
/// spotter.process(samples) { detection in … }
/// ```
///
/// Detections do not depend on how the samples are divided among calls. Everything except `init` is real-time safe. Use
/// from one thread at a time. The model's bytes, the data that the phrases borrow and the workspace's memory must
/// outlive the spotter.
public struct StreamingSpotter: ~Copyable {
  private var frontEnd: FeatureExtractor
  private var encoder: StreamingEncoder
  private let posteriors: PosteriorLayer
  private var spotter: PhraseDetector
  private let lookaheadFeatureFrames: Int
  /// `[D]`, then `[40]`, of the current frame.
  private let unit: UnsafeMutablePointer<Float>
  private let logPosteriors: UnsafeMutablePointer<Float>
  /// One hop of silence for the end of a stream.
  private let silence: UnsafeMutablePointer<Int16>

  /// The number of workspace bytes that a spotter of these phrases takes.
  ///
  /// - Precondition: the same as for `init`.
  public static func requiredByteCount(
    model: AcousticModel, phrases: some Sequence<PhraseVariantView>,
    configuration: SpotterConfiguration = SpotterConfiguration()
  ) -> Int {
    var workspace = Workspace.measuring()
    _ = StreamingSpotter(
      model: model, phrases: phrases, configuration: configuration, kernelPath: .portable, in: &workspace)
    return workspace.usedBytes
  }

  /// Creates a spotter in `workspace`, without allocating.
  ///
  /// - Parameters:
  ///   - model: a model read with the feature contract of this front end.
  ///   - phrases: the variants of phrase 0, then of phrase 1, and so on, enrolled with `model`; can be empty. Every
  ///     iteration must yield the same variants.
  /// - Precondition: `kernelPath` is available on this machine; the workspace has
  ///   ``requiredByteCount(model:phrases:configuration:)`` bytes left.
  public init(
    model: AcousticModel, phrases: some Sequence<PhraseVariantView>,
    configuration: SpotterConfiguration = SpotterConfiguration(), kernelPath: KernelPath,
    in workspace: inout Workspace
  ) {
    frontEnd = FeatureExtractor(initialMeans: model.initialMeans, in: &workspace)
    encoder = StreamingEncoder(model, path: kernelPath, in: &workspace)
    posteriors = PosteriorLayer(model, in: &workspace)
    spotter = PhraseDetector(model: model, phrases: phrases, configuration: configuration, in: &workspace)
    lookaheadFeatureFrames = model.lookaheadFeatureFrames
    unit = workspace.take(model.embeddingDimension, repeating: 0)
    logPosteriors = workspace.take(Phoneme.classCount, repeating: 0)
    silence = workspace.take(FeatureContract.hopSamples, repeating: 0)
  }

  /// Processes the next samples of the stream: 16 kHz, one channel.
  ///
  /// - Parameters:
  ///   - onCandidate: called once for each segment that was compared with a phrase, when it is decided.
  ///   - onDetection: called for each detection, right after its candidate.
  public mutating func process(
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

  /// Ends the stream: appends silence for the look-ahead of the encoder, so a phrase at the very end is detected,
  /// decides what is open, then resets.
  public mutating func finish(onCandidate: (Candidate) -> Void = { _ in }, onDetection: (Detection) -> Void) {
    // Completes the window of the last samples, then the look-ahead of its frame.
    let windowHops = (FeatureContract.windowSamples + FeatureContract.hopSamples - 1) / FeatureContract.hopSamples
    let hop = UnsafeBufferPointer(start: silence, count: FeatureContract.hopSamples)
    for _ in 0..<(lookaheadFeatureFrames + windowHops) {
      process(hop, onCandidate: onCandidate, onDetection: onDetection)
    }
    spotter.finish(onCandidate: onCandidate, onDetection: onDetection)
    reset()
  }

  /// Resets the stream. The next sample is sample 0.
  public mutating func reset() {
    frontEnd.reset()
    encoder.reset()
    spotter.reset()
  }

  /// Replaces the phrases without interrupting the stream.
  ///
  /// A phrase that is being said during the exchange is detected, as if the new phrases had been enrolled for the last
  /// ``SpotterConfiguration/historyFrames`` frames. Decided candidates are not reported again. Takes as long as
  /// processing that many frames without the encoder.
  ///
  /// - Parameters:
  ///   - model: the same model as before.
  ///   - workspace: `PhraseDetector.requiredByteCount(model:phrases:configuration:)` bytes are taken from it. The
  ///     memory of the previous phrases is free afterwards, unless it lies in the same block as the rest.
  /// - Precondition: the same as for `init`.
  public mutating func exchangePhrases(
    model: AcousticModel, phrases: some Sequence<PhraseVariantView>,
    configuration: SpotterConfiguration = SpotterConfiguration(), in workspace: inout Workspace
  ) {
    var next = PhraseDetector(model: model, phrases: phrases, configuration: configuration, in: &workspace)
    next.follow(spotter, posteriors: posteriors, logPosteriors: logPosteriors)
    spotter = next
  }

  /// Sets the score, 0…1, from which a phrase is detected.
  public mutating func setThreshold(_ threshold: Float, phraseIndex: Int) {
    spotter.setThreshold(threshold, phraseIndex: phraseIndex)
  }
}
