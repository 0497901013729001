import AudioFrontEnd
import Int8Kernels
import KeywordSpotting
import ModelFormat

/// The output of the acoustic encoder for a clip.
///
/// | member          | shape     | meaning                        |
/// |-----------------|-----------|--------------------------------|
/// | `units`         | `[T, D]`  | frame embeddings of length 1   |
/// | `logPosteriors` | `[T, 40]` | natural logarithms, 39 = blank |
public struct EncodedClip: Equatable, Sendable {
  /// `[T, D]`, row-major.
  public var units: [Float]
  /// `[T, 40]`, row-major.
  public var logPosteriors: [Float]
  /// T, the number of frames of 40 ms.
  public var frameCount: Int { logPosteriors.count / Phoneme.classCount }

  /// Creates a clip of `T` frames.
  public init(units: [Float], logPosteriors: [Float]) {
    self.units = units
    self.logPosteriors = logPosteriors
  }
}

/// An acoustic encoder under evaluation: the int8 engine by default, or a float network in training.
///
/// Everything after the encoder (search, verification, score heads) is the device's own code in both cases, so two
/// scorers differ only in their embeddings. Embeddings must lie in the space of the model file with which phrases are
/// enrolled. One thread at a time.
public protocol AcousticScorer: AnyObject {
  /// The name in reports, such as `int8` or `float`.
  var name: String { get }

  /// Encodes a whole clip, 16 kHz mono, as a separate stream. Frame j starts at sample 640 j.
  func encode(clip: UnsafeBufferPointer<Int16>) -> EncodedClip

  /// Processes the next samples of a stream and calls `body` with every completed frame in order: a unit embedding
  /// `[D]` and log posteriors `[40]`. The frames do not depend on how the stream is split into calls.
  func encode(
    stream samples: UnsafeBufferPointer<Int16>, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void)

  /// Ends the stream and calls `body` with the remaining frames whose look-ahead is complete.
  func finishStream(_ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void)

  /// Starts a new stream.
  func resetStream()

  /// Whether the frames of a stream arrive in blocks long after their samples. Latencies are then meaningless.
  var encodesInBlocks: Bool { get }
}

extension AcousticScorer {
  /// Does nothing: no frames are held back.
  public func finishStream(_ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void) {}

  /// False.
  public var encodesInBlocks: Bool { false }
}

/// The int8 engine as it runs on the device.
public final class Int8Scorer: AcousticScorer {
  /// `int8`.
  public let name: String
  private let clipEncoder: ClipEncoder
  private var frontEnd: FeatureExtractor
  private var encoder: StreamingEncoder
  private let posteriors: PosteriorLayer
  private var unit: [Float]
  private var logPosteriors = [Float](repeating: 0, count: Phoneme.classCount)

  /// - Parameter model: must outlive the scorer, with its bytes.
  public init(_ model: AcousticModel, kernelPath: KernelPath = .best) {
    name = "int8"
    clipEncoder = ClipEncoder(model, kernelPath: kernelPath)
    frontEnd = FeatureExtractor(initialMeans: model.initialMeans)
    encoder = StreamingEncoder(model, path: kernelPath)
    posteriors = PosteriorLayer(model)
    unit = [Float](repeating: 0, count: model.embeddingDimension)
  }

  /// Encodes a whole clip.
  public func encode(clip: UnsafeBufferPointer<Int16>) -> EncodedClip {
    clipEncoder.encode(clip)
    return EncodedClip(units: Array(clipEncoder.units), logPosteriors: Array(clipEncoder.logPosteriors))
  }

  /// Processes the next samples of a stream and calls `body` with every completed frame.
  public func encode(
    stream samples: UnsafeBufferPointer<Int16>, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void
  ) {
    frontEnd.process(samples) { feature in
      encoder.process(feature: feature) { embedding in
        unit.withUnsafeMutableBufferPointer { unit in
          logPosteriors.withUnsafeMutableBufferPointer { logPosteriors in
            posteriors.process(embedding, unit: unit.baseAddress!, logPosteriors: logPosteriors.baseAddress!)
            body(unit.baseAddress!, logPosteriors.baseAddress!)
          }
        }
      }
    }
  }

  /// Starts a new stream.
  public func resetStream() {
    frontEnd.reset()
    encoder.reset()
  }
}
