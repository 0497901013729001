import AudioFrontEnd
import Int8Kernels
import ModelFormat

/// Encodes whole clips, each as its own stream.
///
/// A clip of n samples has the frames j with 640·j < n. Silence follows the clip for the look-ahead of the encoder.
/// Memory is reused from clip to clip and grows with the longest one. Use from one thread at a time. The model's bytes
/// must outlive the encoder.
public final class ClipEncoder {
  private var frontEnd: FeatureExtractor
  private var encoder: StreamingEncoder
  private let posteriors: PosteriorLayer
  private let dimension: Int
  private let lookaheadSamples: Int
  private let silence: UnsafeMutableBufferPointer<Int16>
  private var capacity = 0
  private var unitMemory: UnsafeMutablePointer<Float>
  private var posteriorMemory: UnsafeMutablePointer<Float>

  /// The number of frames of the latest clip.
  public private(set) var frameCount = 0

  /// Creates an encoder without a clip.
  ///
  /// - Precondition: `kernelPath` is available on this machine.
  public init(_ model: AcousticModel, kernelPath: KernelPath = .best) {
    frontEnd = FeatureExtractor(initialMeans: model.initialMeans)
    encoder = StreamingEncoder(model, path: kernelPath)
    posteriors = PosteriorLayer(model)
    dimension = model.embeddingDimension
    lookaheadSamples = model.lookaheadFeatureFrames * FeatureContract.hopSamples
    silence = .allocate(capacity: lookaheadSamples + FeatureContract.windowSamples + FrameTiming.samplesPerFrame)
    silence.initialize(repeating: 0)
    unitMemory = .allocate(capacity: 1)
    posteriorMemory = .allocate(capacity: 1)
  }

  deinit {
    silence.deallocate()
    unitMemory.deallocate()
    posteriorMemory.deallocate()
  }

  /// `[frameCount, D]` unit embeddings of the latest clip. Valid until the next one.
  public var units: UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: unitMemory, count: frameCount * dimension)
  }

  /// `[frameCount, 40]` log posteriors of the latest clip. Valid until the next one.
  public var logPosteriors: UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: posteriorMemory, count: frameCount * Phoneme.classCount)
  }

  /// Encodes a clip: 16 kHz, one channel.
  public func encode(_ samples: UnsafeBufferPointer<Int16>) {
    let expected = (samples.count + FrameTiming.samplesPerFrame - 1) / FrameTiming.samplesPerFrame
    reserve(expected)
    frontEnd.reset()
    encoder.reset()
    frameCount = 0
    feed(samples, upTo: expected)
    feed(UnsafeBufferPointer(silence), upTo: expected)
    assert(frameCount == expected)
  }

  private func feed(_ samples: UnsafeBufferPointer<Int16>, upTo limit: Int) {
    frontEnd.process(samples) { feature in
      encoder.process(feature: feature) { embedding in
        guard frameCount < limit else { return }
        posteriors.process(
          embedding, unit: unitMemory + frameCount * dimension,
          logPosteriors: posteriorMemory + frameCount * Phoneme.classCount)
        frameCount += 1
      }
    }
  }

  private func reserve(_ count: Int) {
    guard count > capacity else { return }
    capacity = max(count, 2 * capacity)
    unitMemory.deallocate()
    posteriorMemory.deallocate()
    unitMemory = .allocate(capacity: capacity * dimension)
    unitMemory.initialize(repeating: 0, count: capacity * dimension)
    posteriorMemory = .allocate(capacity: capacity * Phoneme.classCount)
    posteriorMemory.initialize(repeating: 0, count: capacity * Phoneme.classCount)
  }
}
