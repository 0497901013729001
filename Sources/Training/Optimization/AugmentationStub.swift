public struct AugmentedAudio { public var samples: [Int16] = []; public var speedFactor: Float = 1; public var leadingSamples = 0 }
public struct AudioAugmenter {
  init(corpus: PreparedCorpus, noises: [Utterance], babble: [Utterance]) {}
  mutating func augment(_ s: UnsafeBufferPointer<Int16>, using g: inout SplitMix64) -> AugmentedAudio { AugmentedAudio(samples: Array(s)) }
}
public struct SpecAugment { func apply(to: UnsafeMutableBufferPointer<Float>, using g: inout SplitMix64) {} }
