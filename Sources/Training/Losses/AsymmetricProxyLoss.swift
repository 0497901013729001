import Foundation

/// Phoneme-level deep metric learning between text and audio phoneme embeddings: the asymmetric proxy loss (AsyP) with
/// margins and scales that are learned per phoneme class (AdaMS).
///
/// Text embeddings are the anchors. With `s = ⟨text i, audio j⟩`, class `c` of anchor `i`, `P(i)` the audio embeddings of
/// that class and `N(i)` the others:
/// `L = meanᵢ [ 1/α_c · ln(1 + Σ_{P(i)} e^{−α_c (s − λ_c)}) + mean_{N(i)} 1/β_c · ln(1 + e^{β_c (s − λ_c)}) ]`.
///
/// | operand | shape |
/// |---|---|
/// | text, audio | `[N, D]`, unit rows, row `i` of both belongs to class `classes[i]` |
/// | `α`, `β` (as logarithms), `λ` | `[C]` |
/// - Reference: Jung et al. 2025, arXiv:2505.16735; Jung et al. 2023 (AsyP), Jung et al. 2024 (AdaMS), in the form of the
///   design of record.
public final class AsymmetricProxyLoss {
  public let bank: ParameterBank
  public let logAlpha: ParameterSlot
  public let logBeta: ParameterSlot
  public let margin: ParameterSlot
  private let similarities = Matrix()
  private let similarityGradient = Matrix()

  public init(_ name: String, bank: ParameterBank, classCount: Int) {
    self.bank = bank
    logAlpha = bank.slot(name + ".logAlpha", rows: 1, columns: classCount, decays: false, .constant(logf(8)))
    logBeta = bank.slot(name + ".logBeta", rows: 1, columns: classCount, decays: false, .constant(logf(16)))
    margin = bank.slot(name + ".margin", rows: 1, columns: classCount, decays: false, .constant(0.4))
  }

  /// Adds `weight` times the gradients to the parameters' and to `textGradient` and `audioGradient` (`[N, D]`).
  public func accumulate(
    text: Matrix, audio: Matrix, classes: [UInt8], weight: Float, textGradient: Matrix, audioGradient: Matrix
  ) -> Float {
    let count = text.rows
    guard count > 1 else { return 0 }
    similarities.reshape(rows: count, columns: count)
    MatrixProduct.multiplyTransposed(
      text.pointer, audio.pointer, into: similarities.pointer, m: count, n: count, k: text.columns)
    similarityGradient.reshape(rows: count, columns: count)
    var loss: Float = 0
    let share = weight / Float(count)
    for anchor in 0..<count {
      let label = Int(classes[anchor])
      let alpha = expf(bank.value(logAlpha)[label])
      let beta = expf(bank.value(logBeta)[label])
      let lambda = bank.value(margin)[label]
      let row = similarities.row(anchor)
      let rowGradient = similarityGradient.row(anchor)
      // Positives: ln(1 + Σ e^x) with its largest term taken out.
      var largest: Float = 0
      var positiveCount = 0
      for column in 0..<count where classes[column] == classes[anchor] {
        largest = max(largest, -alpha * (row[column] - lambda))
        positiveCount += 1
      }
      var sum = expf(-largest)
      for column in 0..<count where classes[column] == classes[anchor] {
        sum += expf(-alpha * (row[column] - lambda) - largest)
      }
      let positive = (logf(sum) + largest) / alpha
      var byAlpha = -positive / alpha
      var byLambda: Float = 0
      var byBeta: Float = 0
      var negative: Float = 0
      let negativeShare = 1 / Float(max(count - positiveCount, 1))
      for column in 0..<count {
        let offset = row[column] - lambda
        if classes[column] == classes[anchor] {
          let probability = expf(-alpha * offset - largest) / sum
          rowGradient[column] = -probability * share
          byLambda += probability
          byAlpha -= probability * offset / alpha
        } else {
          let exponent = beta * offset
          let probability = 1 / (1 + expf(-exponent))
          let softplus = exponent > 20 ? exponent : logf(1 + expf(exponent))
          negative += softplus / beta * negativeShare
          rowGradient[column] = probability * negativeShare * share
          byLambda -= probability * negativeShare
          byBeta += (probability * offset / beta - softplus / (beta * beta)) * negativeShare
        }
      }
      loss += (positive + negative) / Float(count)
      bank.gradient(logAlpha)[label] += share * byAlpha * alpha
      bank.gradient(logBeta)[label] += share * byBeta * beta
      bank.gradient(margin)[label] += share * byLambda
    }
    MatrixProduct.multiply(
      similarityGradient.pointer, audio.pointer, into: textGradient.pointer, m: count, n: text.columns, k: count,
      beta: 1)
    MatrixProduct.accumulateTransposed(
      similarityGradient.pointer, text.pointer, into: audioGradient.pointer, m: count, n: text.columns, k: count)
    return loss
  }
}
