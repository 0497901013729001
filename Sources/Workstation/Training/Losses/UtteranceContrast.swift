import Foundation

/// Utterance-level metric learning: the audio embedding of each phrase against the text embeddings of the batch and of
/// phonetic hard negatives, and each text embedding against the audio of the batch.
///
/// `L = ½ (meanᵢ CE(τ · ⟨audio i, text ·⟩, i) + meanᵢ CE(τ · ⟨text i, audio ·⟩, i))`. The sums exclude other
/// occurrences of the same phrase in the batch.
///
/// | operand | shape |
/// |---|---|
/// | audio | `[P, D]`, unit rows |
/// | text | `[P + Q, D]`, unit rows; row `i < P` belongs to audio row `i`, the others are hard negatives |
/// - Reference: van den Oord et al. 2018, arXiv:1807.03748.
public final class UtteranceContrast {
  /// The bank that owns the scale.
  public let bank: ParameterBank
  /// `ln τ`.
  public let logScale: ParameterSlot
  private let similarities = Matrix()
  private let gradientBySimilarity = Matrix()

  /// Registers the scale under `name`.
  public init(_ name: String, bank: ParameterBank) {
    self.bank = bank
    logScale = bank.slot(name + ".logScale", rows: 1, columns: 1, decays: false, .constant(logf(10)))
  }

  /// Adds `weight` times the gradients and returns the loss before weighting.
  /// - Parameter keys: one value per text row, equal for equal phrases.
  public func accumulate(
    audio: Matrix, text: Matrix, keys: [Int], weight: Float, audioGradient: Matrix, textGradient: Matrix
  ) -> Float {
    let phrases = audio.rows
    let texts = text.rows
    guard phrases > 1 else { return 0 }
    let dimension = audio.columns
    let scale = expf(bank.value(logScale)[0])
    similarities.reshape(rows: phrases, columns: texts)
    MatrixProduct.multiplyTransposed(
      audio.pointer, text.pointer, into: similarities.pointer, m: phrases, n: texts, k: dimension)
    gradientBySimilarity.reshape(rows: phrases, columns: texts)
    gradientBySimilarity.setZero()
    var loss: Float = 0
    var byScale: Float = 0
    let share = 0.5 / Float(phrases)
    for anchor in 0..<phrases {
      // Audio to text over rows, text to audio over the columns of the batch's own phrases.
      for byRow in [true, false] {
        let count = byRow ? texts : phrases
        func value(_ other: Int) -> Float { byRow ? similarities[anchor, other] : similarities[other, anchor] }
        func counts(_ other: Int) -> Bool { other == anchor || keys[other] != keys[anchor] }
        var largest = value(anchor)
        for other in 0..<count where counts(other) { largest = max(largest, value(other)) }
        var sum: Float = 0
        for other in 0..<count where counts(other) { sum += expf(scale * (value(other) - largest)) }
        loss += share * (logf(sum) - scale * (value(anchor) - largest))
        for other in 0..<count where counts(other) {
          let byLogit = expf(scale * (value(other) - largest)) / sum - (other == anchor ? 1 : 0)
          byScale += share * byLogit * value(other)
          if byRow {
            gradientBySimilarity[anchor, other] += weight * share * byLogit * scale
          } else {
            gradientBySimilarity[other, anchor] += weight * share * byLogit * scale
          }
        }
      }
    }
    bank.gradient(logScale)[0] += weight * byScale * scale
    MatrixProduct.multiply(
      gradientBySimilarity.pointer, text.pointer, into: audioGradient.pointer, m: phrases, n: dimension, k: texts,
      beta: 1)
    MatrixProduct.accumulateTransposed(
      gradientBySimilarity.pointer, audio.pointer, into: textGradient.pointer, m: texts, n: dimension, k: phrases)
    return loss
  }
}
