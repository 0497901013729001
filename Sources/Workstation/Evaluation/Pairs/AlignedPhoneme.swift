import Foundation
import KeywordSpotting
import SeededRandom
import Training

/// One phoneme of a phrase: unit vectors `[D]` of its audio and its text.
///
/// `audio = normalize(Σ_t softmax_t(γ ⟨p, a_t⟩) a_t)` over a recording's unit frames a_t, where p is the text's phoneme
/// embedding and γ the model's attention scale. ``Verifier`` compares the same vector with p.
struct AlignedPhoneme {
  let audio: [Float]
  let text: [Float]

  /// - Parameters:
  ///   - variant: the pronunciation from which one phoneme is drawn uniformly.
  ///   - frames: `[T, D]`, unit vectors, of a recording of the phrase.
  /// - Precondition: at least one frame.
  init(drawnFrom variant: PhraseVariant, frames: [Float], attentionScale: Float, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let dimension = variant.utteranceEmbedding.count
    let index = generator.nextIndex(variant.phonemes.count)
    let text = Array(variant.phonemeEmbeddings[index * dimension..<(index + 1) * dimension])
    let rows = stride(from: 0, to: frames.count, by: dimension)
    let logits = rows.map { row in
      Double(attentionScale) * (0..<dimension).reduce(0.0) { $0 + Double(text[$1] * frames[row + $1]) }
    }
    let largest = logits.max()!
    var sum = [Double](repeating: 0, count: dimension)
    for (row, logit) in zip(rows, logits) {
      let weight = exp(logit - largest)
      for component in 0..<dimension { sum[component] += weight * Double(frames[row + component]) }
    }
    let length = max(sum.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
    self.text = text
    audio = sum.map { Float($0 / length) }
  }
}
