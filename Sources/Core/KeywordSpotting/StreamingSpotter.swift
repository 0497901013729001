import AudioFrontEnd
import CoreMemory
import Int8Kernels
import ModelFormat

/// Listens for enrolled phrases over memory that its caller owns: samples in, events out, nothing allocated.
///
/// ```text
/// samples → FeatureExtractor → StreamingEncoder → PosteriorLayer → PhraseDetector → candidates, detections
/// ```
///
/// This is the whole of Heed for a microcontroller: the model's and the phrase file's bytes stay in flash, and the
/// workspace holds what changes. ``KeywordSpotter`` is the same over an allocation of its own.
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
/// Any chunking of the samples gives identical events. Everything but `init` is real-time safe. One thread at a time. The
/// model's bytes, what the phrases borrow from and the workspace's memory must outlive the spotter.
public struct StreamingSpotter: ~Copyable {
  private var frontEnd: FeatureExtractor
  private var encoder: StreamingEncoder
  private let posteriors: PosteriorLayer
  private var spotter: PhraseDetector
  private let lookaheadFeatureFrames: Int
  /// `[D]` and `[40]` of the frame in progress.
  private let unit: UnsafeMutablePointer<Float>
  private let logPosteriors: UnsafeMutablePointer<Float>
  /// Silence for the end of a stream, a hop's worth.
  private let silence: UnsafeMutablePointer<Int16>

  /// Bytes of workspace that a spotter of these phrases takes.
  ///
  /// - Precondition: as that of `init`.
  public static func requiredByteCount(
    model: AcousticModel, phrases: some Sequence<PhraseVariantView>,
    configuration: SpotterConfiguration = SpotterConfiguration()
  ) -> Int {
    var workspace = Workspace.measuring()
    _ = StreamingSpotter(
      model: model, phrases: phrases, configuration: configuration, kernelPath: .portable, in: &workspace)
    return workspace.usedBytes
  }

  /// - Parameters:
  ///   - model: parsed with this front end's feature contract.
  ///   - phrases: made with the same model: the variants of phrase 0, then of phrase 1, and so on, whenever it is gone
  ///     through. There may be none.
  /// - Precondition: the kernel path is available on this machine; the workspace has
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

  /// Takes the next samples of the stream: 16 kHz, one channel.
  ///
  /// - Parameters:
  ///   - onCandidate: called once for each stretch that was compared with a phrase, when its fate is settled.
  ///   - onDetection: called for each event, right after its candidate.
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

  /// Ends the stream, so that a phrase at its very end is heard: lets silence follow for as long as the encoder looks
  /// ahead, decides what is open, and starts anew.
  public mutating func finish(onCandidate: (Candidate) -> Void = { _ in }, onDetection: (Detection) -> Void) {
    // The last samples' window is completed, and then the look-ahead of the frame that it belongs to.
    let windowHops = (FeatureContract.windowSamples + FeatureContract.hopSamples - 1) / FeatureContract.hopSamples
    let hop = UnsafeBufferPointer(start: silence, count: FeatureContract.hopSamples)
    for _ in 0..<(lookaheadFeatureFrames + windowHops) {
      process(hop, onCandidate: onCandidate, onDetection: onDetection)
    }
    spotter.finish(onCandidate: onCandidate, onDetection: onDetection)
    reset()
  }

  /// Forgets the stream: the next sample is sample 0.
  public mutating func reset() {
    frontEnd.reset()
    encoder.reset()
    spotter.reset()
  }

  /// Listens for other phrases from now on, in the same stream.
  ///
  /// Nothing of the stream is lost: a phrase that is being said while they are exchanged is heard, as though the phrases had
  /// been these for the last ``SpotterConfiguration/historyFrames``. What was decided before is not reported again. Takes as
  /// long as hearing so many frames without the encoder.
  ///
  /// - Parameters:
  ///   - model: the same as before.
  ///   - workspace: `PhraseDetector.requiredByteCount(model:phrases:configuration:)` bytes are taken from it. What the phrases
  ///     before took is used no more, unless it lies in the same block as the rest.
  /// - Precondition: as that of `init`.
  public mutating func exchangePhrases(
    model: AcousticModel, phrases: some Sequence<PhraseVariantView>,
    configuration: SpotterConfiguration = SpotterConfiguration(), in workspace: inout Workspace
  ) {
    var next = PhraseDetector(model: model, phrases: phrases, configuration: configuration, in: &workspace)
    next.follow(spotter, posteriors: posteriors, logPosteriors: logPosteriors)
    spotter = next
  }

  /// Changes the score from which a phrase is detected.
  public mutating func setThreshold(_ threshold: Float, phraseIndex: Int) {
    spotter.setThreshold(threshold, phraseIndex: phraseIndex)
  }
}
