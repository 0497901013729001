import Int8Kernels
import KeywordSpotting
import Messages
import ModelFormat
import SeededRandom

/// FNV-1a over the embeddings of 1,000 frames of seeded features: one number for the whole output of a model's encoder.
public enum EncoderSignature {
  /// Bytes −127…127, `[frameCount, 40]`.
  public static func features(frameCount: Int) -> [Int8] {
    var generator = SplitMix64(seed: 0x4845_4544)
    var features = [Int8](repeating: 0, count: frameCount * LayerLimits.featureCount)
    for index in features.indices { features[index] = Int8(generator.integer(in: -127...127)) }
    return features
  }

  /// - Precondition: the path is available on this machine.
  public static func compute(_ model: AcousticModel, path: KernelPath) -> UInt64 {
    let frameCount = 1000
    let features = features(frameCount: frameCount)
    var encoder = StreamingEncoder(model, path: path)
    var hash = ContentHash()
    for frame in 0..<frameCount {
      features.withUnsafeBufferPointer { buffer in
        encoder.process(feature: buffer.baseAddress! + LayerLimits.featureCount * frame) { embedding in
          hash.update(UnsafeRawBufferPointer(start: embedding, count: model.embeddingDimension))
        }
      }
    }
    return hash.value
  }

  /// Sixteen hexadecimal digits.
  public static func text(_ signature: UInt64) -> String { hexadecimal(signature) }
}
