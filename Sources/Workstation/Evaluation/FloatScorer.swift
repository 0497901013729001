import AudioFrontEnd
import KeywordSpotting
import ModelFormat
import Training

/// The float network of a checkpoint in evaluation mode, before quantization.
///
/// A stream is encoded in blocks of ten seconds, each preceded by four seconds of the past. That exceeds the encoder's
/// receptive field, so the frames equal those of a single pass. Frames arrive up to ten seconds late.
public final class FloatScorer: AcousticScorer {
  /// `float`.
  public let name = "float"
  /// True.
  public let encodesInBlocks = true
  private static let historyFrames = 400
  private static let blockFrames = 1_000

  private let network: SpottingNetwork
  private let initialMeans: [Float]
  private let lookAheadFrames: Int
  private var streamFeatures: [Float] = []
  private var streamHistory = 0
  private var streamExtractor: FeatureExtractor

  /// Creates a scorer with the network's own blank bias.
  ///
  /// - Parameter initialMeans: `[40]`, nepers: average log-mel energies of speech, as stored in a model.
  public init(network: SpottingNetwork, initialMeans: [Float]) {
    self.network = network
    self.initialMeans = initialMeans
    lookAheadFrames = (network.encoder.configuration.lookAheadFrames + 3) / 4 * 4
    streamExtractor = FeatureExtractor(initialMeans: initialMeans)
  }

  /// Creates a scorer with the blank bias and the initial means of a model.
  ///
  /// - Parameter model: the model file exported from the checkpoint.
  public convenience init(network: SpottingNetwork, model: AcousticModel) {
    self.init(network: network, initialMeans: Array(model.initialMeans))
    network.bank.value(network.classifier.blankBias)[0] = model.classVectors.blankBias
  }

  /// Encodes a whole clip.
  public func encode(clip: UnsafeBufferPointer<Int16>) -> EncodedClip {
    var extractor = FeatureExtractor(initialMeans: initialMeans)
    var features: [Float] = []
    extractor.process(clip, appendingTo: &features)
    let silence = [Int16](repeating: 0, count: lookAheadFrames * FeatureContract.hopSamples + 1_040)
    silence.withUnsafeBufferPointer { extractor.process($0, appendingTo: &features) }
    let frames = (clip.count + FrameTiming.samplesPerFrame - 1) / FrameTiming.samplesPerFrame
    return forward(features, frames: 0..<min(frames, features.count / 160))
  }

  /// Buffers the next samples of a stream and calls `body` with the frames of every completed block.
  public func encode(
    stream samples: UnsafeBufferPointer<Int16>, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void
  ) {
    streamExtractor.process(samples, appendingTo: &streamFeatures)
    while streamFeatures.count / 40 >= streamHistory + Self.blockFrames + lookAheadFrames {
      encodeBlock(Self.blockFrames, body)
    }
  }

  /// Ends the stream and calls `body` with its remaining frames.
  public func finishStream(_ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void) {
    // Whole encoder frames with complete look-ahead, as the engine emits them.
    let whole = (streamFeatures.count / 40 - streamHistory - lookAheadFrames) / 4 * 4
    if whole > 0 { encodeBlock(whole, body) }
  }

  /// Encodes the next frames (a multiple of four feature frames) and keeps the past for the following block.
  private func encodeBlock(_ frames: Int, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void) {
    let clip = forward(
      Array(streamFeatures.prefix((streamHistory + frames + lookAheadFrames) * 40)),
      frames: streamHistory / 4..<(streamHistory + frames) / 4)
    let dimension = clip.units.count / clip.frameCount
    clip.units.withUnsafeBufferPointer { units in
      clip.logPosteriors.withUnsafeBufferPointer { posteriors in
        for frame in 0..<clip.frameCount {
          body(units.baseAddress! + frame * dimension, posteriors.baseAddress! + frame * Phoneme.classCount)
        }
      }
    }
    let kept = min(Self.historyFrames, streamHistory + frames)
    streamFeatures.removeFirst((streamHistory + frames - kept) * 40)
    streamHistory = kept
  }

  /// Starts a new stream.
  public func resetStream() {
    streamExtractor.reset()
    streamFeatures = []
    streamHistory = 0
  }

  /// The network's output over `[T, 40]` features, cut to a range of its frames.
  private func forward(_ features: [Float], frames: Range<Int>) -> EncodedClip {
    let input = Matrix(rows: features.count / 40, columns: 40, values: features)
    network.forward(input, SequenceBounds(lengths: [input.rows]), training: false)
    let classCount = Phoneme.classCount
    var posteriors = [Float](repeating: 0, count: frames.count * classCount)
    posteriors.withUnsafeMutableBufferPointer { posteriors in
      for (row, frame) in frames.enumerated() {
        Softmax.logProbabilities(
          network.logits.row(frame), into: posteriors.baseAddress! + row * classCount, classCount)
      }
    }
    let embeddings = network.embeddings
    let units = UnsafeBufferPointer(
      start: embeddings.row(frames.lowerBound), count: frames.count * embeddings.columns)
    return EncodedClip(units: Array(units), logPosteriors: posteriors)
  }
}
