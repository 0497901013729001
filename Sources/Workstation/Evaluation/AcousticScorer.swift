import AudioFrontEnd
import Int8Kernels
import KeywordSpotting
import ModelFormat

/// A clip as the acoustic encoder sees it.
///
/// | member          | shape     | meaning                        |
/// |-----------------|-----------|--------------------------------|
/// | `units`         | `[T, D]`  | frame embeddings of length 1   |
/// | `logPosteriors` | `[T, 40]` | natural logarithms, 39 = blank |
public struct EncodedClip: Equatable, Sendable {
  public var units: [Float]
  public var logPosteriors: [Float]
  /// T: frames of 40 ms.
  public var frameCount: Int { logPosteriors.count / Phoneme.classCount }

  public init(units: [Float], logPosteriors: [Float]) {
    self.units = units
    self.logPosteriors = logPosteriors
  }
}

/// What an evaluation needs of an acoustic encoder: the int8 engine by default, or a float network in training.
///
/// Everything after the encoder (search, verification, score heads) is the device's own code in either case, so two
/// scorers differ in their embeddings alone. Embeddings must be in the space of the model file that phrases are
/// enrolled with. One thread at a time.
public protocol AcousticScorer: AnyObject {
  /// Named in reports, say `int8 (avx2)` or `float`.
  var name: String { get }

  /// Encodes a whole clip, 16 kHz mono, as a stream that begins and ends with it; frame j starts at sample 640 j.
  func encode(clip: UnsafeBufferPointer<Int16>) -> EncodedClip

  /// Takes the next samples of a stream and calls `body` with every frame that they complete, in order: a unit
  /// embedding `[D]` and log posteriors `[40]`. Any chunking must give the same frames.
  func encode(
    stream samples: UnsafeBufferPointer<Int16>, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void)

  /// Ends the stream: calls `body` with the frames that are held back although everything they need has been heard.
  func finishStream(_ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void)

  /// Begins a new stream.
  func resetStream()

  /// Whether a stream's frames come in blocks, long after their samples, so that latencies say nothing.
  var encodesInBlocks: Bool { get }
}

extension AcousticScorer {
  /// Nothing is held back.
  public func finishStream(_ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void) {}

  public var encodesInBlocks: Bool { false }
}

/// The int8 engine as it runs on the device.
public final class Int8Scorer: AcousticScorer {
  public let name: String
  private let clipEncoder: ClipEncoder
  private var frontEnd: FeatureExtractor
  private var encoder: StreamingEncoder
  private let posteriors: PosteriorLayer
  private var unit: [Float]
  private var logPosteriors = [Float](repeating: 0, count: Phoneme.classCount)

  /// - Parameter model: its bytes must outlive the scorer.
  public init(_ model: AcousticModel, kernelPath: KernelPath = .best) {
    name = "int8"
    clipEncoder = ClipEncoder(model, kernelPath: kernelPath)
    frontEnd = FeatureExtractor(initialMeans: model.initialMeans)
    encoder = StreamingEncoder(model, path: kernelPath)
    posteriors = PosteriorLayer(model)
    unit = [Float](repeating: 0, count: model.embeddingDimension)
  }

  public func encode(clip: UnsafeBufferPointer<Int16>) -> EncodedClip {
    clipEncoder.encode(clip)
    return EncodedClip(units: Array(clipEncoder.units), logPosteriors: Array(clipEncoder.logPosteriors))
  }

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

  public func resetStream() {
    frontEnd.reset()
    encoder.reset()
  }
}
