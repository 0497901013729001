import Foundation

/// Deep metric learning between text and audio embeddings in one of the forms of ``MetricObjective``.
///
/// | operand | shape |
/// |---|---|
/// | anchors (text) | `[M, D]`, unit rows, row `i` has label `anchorLabels[i]` and the parameters of class `parameterClasses[i]` |
/// | candidates (audio) | `[N, D]`, unit rows, with labels |
/// | `α`, `β` (as logarithms), `λ` | `[C]` |
///
/// For an anchor without a candidate of its label, only the term of its negatives counts. Triplet and InfoNCE skip it.
public final class MetricLearningLoss {
  /// The bank that owns the parameters.
  public let bank: ParameterBank
  /// The form of the loss.
  public let objective: MetricObjective
  /// Whether scales and margins are learned.
  public let isAdaptive: Bool
  /// `ln α`, `[1, C]`.
  public let logAlpha: ParameterSlot
  /// `ln β`, `[1, C]`.
  public let logBeta: ParameterSlot
  /// `λ`, `[1, C]`.
  public let margin: ParameterSlot
  private let similarities = Matrix()
  private let similarityGradient = Matrix()

  /// The labeled similarities of one anchor, and the destination of their gradients.
  private struct Anchor {
    let row: UnsafeMutablePointer<Float>
    let gradient: UnsafeMutablePointer<Float>
    let labels: UnsafePointer<Int>
    let count: Int
    let label: Int
    let positiveCount: Int
    let alpha: Float
    let beta: Float
    let lambda: Float

    @inline(__always) func isPositive(_ column: Int) -> Bool { labels[column] == label }
  }

  /// A loss and its derivatives by the anchor's parameters (not their logarithms).
  private struct Term {
    var loss: Float = 0
    var byAlpha: Float = 0
    var byBeta: Float = 0
    var byLambda: Float = 0
  }

  /// Registers the parameters under `name`. Their initial values are ``MetricObjective/constants``.
  ///
  /// - Parameter classCount: `C`, sets of margins and scales.
  public init(
    _ name: String, bank: ParameterBank, classCount: Int, objective: MetricObjective = .asyP, isAdaptive: Bool = true
  ) {
    self.bank = bank
    self.objective = objective
    self.isAdaptive = isAdaptive
    let start = objective.constants
    logAlpha = bank.slot(name + ".logAlpha", rows: 1, columns: classCount, decays: false, .constant(logf(start.alpha)))
    logBeta = bank.slot(name + ".logBeta", rows: 1, columns: classCount, decays: false, .constant(logf(start.beta)))
    margin = bank.slot(name + ".margin", rows: 1, columns: classCount, decays: false, .constant(start.margin))
  }

  /// Adds `weight` times the gradients to those of the parameters (if learned), to `anchorGradient` and to
  /// `candidateGradient`.
  /// - Returns: the loss before weighting; 0 if there are fewer than two candidates.
  public func accumulate(
    anchors: Matrix, candidates: Matrix, anchorLabels: [Int], candidateLabels: [Int], parameterClasses: [Int],
    weight: Float, anchorGradient: Matrix, candidateGradient: Matrix
  ) -> Float {
    let (rows, columns) = (anchors.rows, candidates.rows)
    precondition(anchorLabels.count == rows && candidateLabels.count == columns && parameterClasses.count == rows)
    guard rows > 0, columns > 1 else { return 0 }
    similarities.reshape(rows: rows, columns: columns)
    MatrixProduct.multiplyTransposed(
      anchors.pointer, candidates.pointer, into: similarities.pointer, m: rows, n: columns, k: anchors.columns)
    similarityGradient.reshape(rows: rows, columns: columns)
    similarityGradient.setZero()
    let share = 1 / Float(rows)
    var loss: Float = 0
    candidateLabels.withUnsafeBufferPointer { labels in
      for index in 0..<rows {
        let parameters = parameterClasses[index]
        let label = anchorLabels[index]
        let anchor = Anchor(
          row: similarities.row(index), gradient: similarityGradient.row(index), labels: labels.baseAddress!,
          count: columns, label: label, positiveCount: candidateLabels.count { $0 == label },
          alpha: expf(bank.value(logAlpha)[parameters]), beta: expf(bank.value(logBeta)[parameters]),
          lambda: bank.value(margin)[parameters])
        let term = term(anchor)
        loss += share * term.loss
        guard isAdaptive else { continue }
        bank.gradient(logAlpha)[parameters] += weight * share * term.byAlpha * anchor.alpha
        bank.gradient(logBeta)[parameters] += weight * share * term.byBeta * anchor.beta
        bank.gradient(margin)[parameters] += weight * share * term.byLambda
      }
    }
    for index in 0..<similarityGradient.count { similarityGradient.pointer[index] *= weight * share }
    MatrixProduct.multiply(
      similarityGradient.pointer, candidates.pointer, into: anchorGradient.pointer, m: rows, n: anchors.columns,
      k: columns, beta: 1)
    MatrixProduct.accumulateTransposed(
      similarityGradient.pointer, anchors.pointer, into: candidateGradient.pointer, m: columns, n: anchors.columns,
      k: rows)
    return loss
  }

  private func term(_ anchor: Anchor) -> Term {
    var term = Term()
    let separation = objective.constants.separation
    switch objective {
    case .triplet: addTriplet(anchor, &term)
    case .infoNCE: addContrast(anchor, &term)
    case .proxyAnchor, .proxyMS:
      addPositiveSum(anchor, separation, &term)
      addNegativeSum(anchor, separation, &term)
    case .proxyBD:
      addPositiveMean(anchor, &term)
      addNegativeMean(anchor, &term)
    case .asyP:
      addPositiveSum(anchor, separation, &term)
      addNegativeMean(anchor, &term)
    }
    return term
  }

  /// `ln(1 + eˣ)` and its derivative.
  @inline(__always) private func softplus(_ x: Float) -> (value: Float, slope: Float) {
    let value = x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x))
    return (value, 1 / (1 + expf(-x)))
  }

  /// `1/scale · ln(1 + Σ e^x)` over the columns of one kind, `x = sign · scale · (s − threshold)`.
  private func addSum(
    _ anchor: Anchor, positives: Bool, scale: Float, threshold: Float, _ byScale: inout Float, _ term: inout Term
  ) {
    let sign: Float = positives ? -1 : 1
    var largest: Float = 0
    for column in 0..<anchor.count where anchor.isPositive(column) == positives {
      largest = max(largest, sign * scale * (anchor.row[column] - threshold))
    }
    var sum = expf(-largest)
    for column in 0..<anchor.count where anchor.isPositive(column) == positives {
      let exponential = expf(sign * scale * (anchor.row[column] - threshold) - largest)
      anchor.gradient[column] = exponential
      sum += exponential
    }
    let loss = (logf(sum) + largest) / scale
    term.loss += loss
    byScale -= loss / scale
    for column in 0..<anchor.count where anchor.isPositive(column) == positives {
      let probability = anchor.gradient[column] / sum
      anchor.gradient[column] = sign * probability
      term.byLambda -= sign * probability
      byScale += sign * probability * (anchor.row[column] - threshold) / scale
    }
  }

  private func addPositiveSum(_ anchor: Anchor, _ separation: Float, _ term: inout Term) {
    guard anchor.positiveCount > 0 else { return }
    var byScale: Float = 0
    addSum(
      anchor, positives: true, scale: anchor.alpha, threshold: anchor.lambda + separation, &byScale, &term)
    term.byAlpha += byScale
  }

  private func addNegativeSum(_ anchor: Anchor, _ separation: Float, _ term: inout Term) {
    var byScale: Float = 0
    addSum(
      anchor, positives: false, scale: anchor.beta, threshold: anchor.lambda - separation, &byScale, &term)
    term.byBeta += byScale
  }

  /// The mean over the columns of one kind of `1/scale · softplus(x)`.
  private func addMean(_ anchor: Anchor, positives: Bool, scale: Float, _ byScale: inout Float, _ term: inout Term) {
    let count = positives ? anchor.positiveCount : anchor.count - anchor.positiveCount
    guard count > 0 else { return }
    let sign: Float = positives ? -1 : 1
    let share = 1 / Float(count)
    for column in 0..<anchor.count where anchor.isPositive(column) == positives {
      let offset = sign * (anchor.row[column] - anchor.lambda)
      let (value, slope) = softplus(scale * offset)
      term.loss += share * value / scale
      anchor.gradient[column] = share * sign * slope
      term.byLambda -= share * sign * slope
      byScale += share * (slope * offset / scale - value / (scale * scale))
    }
  }

  private func addPositiveMean(_ anchor: Anchor, _ term: inout Term) {
    var byScale: Float = 0
    addMean(anchor, positives: true, scale: anchor.alpha, &byScale, &term)
    term.byAlpha += byScale
  }

  private func addNegativeMean(_ anchor: Anchor, _ term: inout Term) {
    var byScale: Float = 0
    addMean(anchor, positives: false, scale: anchor.beta, &byScale, &term)
    term.byBeta += byScale
  }

  private func addTriplet(_ anchor: Anchor, _ term: inout Term) {
    var hardest = -1
    for column in 0..<anchor.count where !anchor.isPositive(column) {
      if hardest < 0 || anchor.row[column] > anchor.row[hardest] { hardest = column }
    }
    guard hardest >= 0, anchor.positiveCount > 0 else { return }
    let share = 1 / Float(anchor.positiveCount)
    for column in 0..<anchor.count where anchor.isPositive(column) {
      let offset = anchor.row[hardest] - anchor.row[column] + anchor.lambda
      var slope: Float = offset > 0 ? 1 : 0
      if isAdaptive {
        let (value, derivative) = softplus(anchor.beta * offset)
        slope = derivative
        term.loss += share * value / anchor.beta
        term.byBeta += share * (slope * offset / anchor.beta - value / (anchor.beta * anchor.beta))
      } else {
        term.loss += share * max(offset, 0)
      }
      anchor.gradient[column] = -share * slope
      anchor.gradient[hardest] += share * slope
    }
  }

  private func addContrast(_ anchor: Anchor, _ term: inout Term) {
    guard anchor.positiveCount > 0, anchor.positiveCount < anchor.count else { return }
    var largest = -Float.infinity
    for column in 0..<anchor.count where !anchor.isPositive(column) { largest = max(largest, anchor.row[column]) }
    var sum: Float = 0
    var mean: Float = 0
    for column in 0..<anchor.count where !anchor.isPositive(column) {
      let exponential = expf(anchor.alpha * (anchor.row[column] - largest))
      anchor.gradient[column] = exponential
      sum += exponential
      mean += exponential * anchor.row[column]
    }
    mean /= sum
    let negatives = anchor.alpha * largest + logf(sum)
    let share = 1 / Float(anchor.positiveCount)
    // The joint gradient of all positives by each negative, before the negative's own share of the sum.
    var byNegatives: Float = 0
    for column in 0..<anchor.count where anchor.isPositive(column) {
      let (value, slope) = softplus(negatives - anchor.alpha * anchor.row[column])
      term.loss += share * value
      anchor.gradient[column] = -share * anchor.alpha * slope
      byNegatives += share * anchor.alpha * slope
      term.byAlpha += share * slope * (mean - anchor.row[column])
    }
    for column in 0..<anchor.count where !anchor.isPositive(column) { anchor.gradient[column] *= byNegatives / sum }
  }
}
