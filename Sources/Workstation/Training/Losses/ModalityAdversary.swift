import Foundation

/// Modality-adversarial learning: a classifier of audio versus text embeddings behind a gradient reversal layer.
///
/// `p = σ(w₂ · relu(W₁ e + b₁) + b₂)` is the probability that embedding `e` came from audio. The loss is the mean
/// cross-entropy with equal weight for both modalities. The classifier minimizes it. The embeddings receive the
/// gradient times `−reversal`, which trains the encoders to make them indistinguishable. Export drops the classifier.
/// - Reference: Ganin and Lempitsky 2015, arXiv:1409.7495; Jung et al. 2025, arXiv:2505.16735.
public final class ModalityAdversary {
  private let hidden: Linear
  private let output: Linear
  private let inputs = Matrix()
  private let hiddenValues = Matrix()
  private let logits = Matrix()
  private let logitGradient = Matrix()
  private let hiddenGradient = Matrix()
  private let inputGradient = Matrix()

  /// Registers the classifier's parameters under `name`.
  public init(_ name: String, bank: ParameterBank, dimension: Int, hiddenCount: Int = 64) {
    hidden = Linear(name + ".hidden", bank: bank, inputCount: dimension, outputCount: hiddenCount, gain: 1.4)
    output = Linear(name + ".output", bank: bank, inputCount: hiddenCount, outputCount: 1)
  }

  /// Adds the gradients of the classifier, and the reversed ones to `audioGradient` and `textGradient`.
  ///
  /// - Parameters:
  ///   - audio: `[N, D]`.
  ///   - text: `[M, D]`.
  ///   - weight: weight of the classifier's own loss.
  ///   - reversal: factor of the embeddings' gradient, whose sign is reversed; the ramp of the recipe.
  /// - Returns: the loss and the share of embeddings classified correctly (0.5 is chance).
  public func accumulate(
    audio: Matrix, text: Matrix, weight: Float, reversal: Float, audioGradient: Matrix, textGradient: Matrix
  ) -> (loss: Float, accuracy: Float) {
    let dimension = audio.columns
    let (audioRows, textRows) = (audio.rows, text.rows)
    guard audioRows > 0, textRows > 0 else { return (0, 0.5) }
    inputs.reshape(rows: audioRows + textRows, columns: dimension)
    inputs.pointer.update(from: audio.pointer, count: audio.count)
    inputs.row(audioRows).update(from: text.pointer, count: text.count)
    hidden.forward(inputs, into: hiddenValues)
    for index in 0..<hiddenValues.count { hiddenValues.pointer[index] = max(hiddenValues.pointer[index], 0) }
    output.forward(hiddenValues, into: logits)
    logitGradient.reshape(rows: inputs.rows, columns: 1)
    var loss: Float = 0
    var audioRight = 0
    var textRight = 0
    for row in 0..<inputs.rows {
      let isAudio = row < audioRows
      let share = 0.5 / Float(isAudio ? audioRows : textRows)
      let signed = isAudio ? logits[row, 0] : -logits[row, 0]
      loss += share * (signed > 0 ? logf(1 + expf(-signed)) : logf(1 + expf(signed)) - signed)
      if signed > 0 { if isAudio { audioRight += 1 } else { textRight += 1 } }
      let byLogit = -share / (1 + expf(signed))
      logitGradient[row, 0] = weight * (isAudio ? byLogit : -byLogit)
    }
    output.backward(logitGradient, into: hiddenGradient)
    for index in 0..<hiddenGradient.count where hiddenValues.pointer[index] <= 0 { hiddenGradient.pointer[index] = 0 }
    hidden.backward(hiddenGradient, into: inputGradient)
    VectorLoops.accumulate(-reversal, inputGradient.pointer, into: audioGradient.pointer, audio.count)
    VectorLoops.accumulate(-reversal, inputGradient.row(audioRows), into: textGradient.pointer, text.count)
    let accuracy = 0.5 * (Float(audioRight) / Float(audioRows) + Float(textRight) / Float(textRows))
    return (loss, accuracy)
  }
}
