import Foundation

/// Whether an audio phoneme vector matches the phoneme of its query: cross-entropy of `σ(κ · (cos − m))`.
///
/// A phonetic hard negative (a phrase with some phonemes replaced) attends to the audio of the true phrase. At the
/// replaced positions the cosine between the query and the attended audio must be low, and at the phonemes of the true
/// phrase high. Verification on the device uses the same cosine. `κ` (as a logarithm) and `m` are learned.
///
/// | operand | shape |
/// |---|---|
/// | text, audio | `[N, D]`, unit rows |
/// | targets | `[N]`: 1 match, 0 mismatch, −1 ignored |
public final class MatchDiscrimination {
  /// The bank that owns the parameters.
  public let bank: ParameterBank
  /// `ln κ`.
  public let logScale: ParameterSlot
  /// `m`.
  public let threshold: ParameterSlot

  /// Registers the parameters under `name`.
  public init(_ name: String, bank: ParameterBank) {
    self.bank = bank
    logScale = bank.slot(name + ".logScale", rows: 1, columns: 1, decays: false, .constant(logf(8)))
    threshold = bank.slot(name + ".threshold", rows: 1, columns: 1, decays: false, .constant(0.5))
  }

  /// Adds `weight` times the gradients. Matches and mismatches have the same total weight.
  ///
  /// - Returns: the loss before weighting.
  public func accumulate(
    text: Matrix, audio: Matrix, targets: [Int8], weight: Float, textGradient: Matrix, audioGradient: Matrix
  ) -> Float {
    let matches = targets.count { $0 == 1 }
    let mismatches = targets.count { $0 == 0 }
    guard matches > 0, mismatches > 0 else { return 0 }
    let scale = expf(bank.value(logScale)[0])
    let middle = bank.value(threshold)[0]
    var loss: Float = 0
    var byScale: Float = 0
    var byMiddle: Float = 0
    for (row, target) in targets.enumerated() where target >= 0 {
      let cosine = VectorLoops.dot(text.row(row), audio.row(row), text.columns)
      let share = 0.5 / Float(target == 1 ? matches : mismatches)
      let logit = scale * (cosine - middle)
      let signed = target == 1 ? logit : -logit
      loss += share * (signed > 0 ? logf(1 + expf(-signed)) : logf(1 + expf(signed)) - signed)
      let byLogit = (target == 1 ? -1 : 1) * share / (1 + expf(signed))
      byScale += byLogit * (cosine - middle)
      byMiddle -= byLogit * scale
      let coefficient = weight * byLogit * scale
      VectorLoops.accumulate(coefficient, audio.row(row), into: textGradient.row(row), text.columns)
      VectorLoops.accumulate(coefficient, text.row(row), into: audioGradient.row(row), text.columns)
    }
    bank.gradient(logScale)[0] += weight * byScale * scale
    bank.gradient(threshold)[0] += weight * byMiddle
    return loss
  }
}
