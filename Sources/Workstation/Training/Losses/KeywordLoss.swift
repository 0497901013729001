import Foundation

/// The loss that separates keywords within the audio.
public enum KeywordObjective: String, Codable, Sendable, CaseIterable {
  /// The objectives in the table of ``KeywordLoss``; `none` disables the loss.
  case none, triplet, aamSoftmax, sphereFace2
}

/// Keyword discrimination among the audio embeddings of words that are frequent in the training speech.
///
/// `cos θ_k` is the cosine between an embedding and the unit weight vector of class `k`, and `y` is its own class. The
/// loss is the mean over the rows:
///
/// | objective | for one row |
/// |---|---|
/// | triplet | `mean over the batch's rows of the same word of [max over other words s − s_p + m]₊`, m = 0.2 |
/// | AAM-softmax | `−ln(e^{s cos(θ_y + m)} / (e^{s cos(θ_y + m)} + Σ_{k≠y} e^{s cos θ_k}))`, s = 30, m = 0.2 |
/// | SphereFace2 | `λ/s · softplus(−s (g(cos θ_y) − m) − b) + (1 − λ)/s · Σ_{k≠y} softplus(s (g(cos θ_k) + m) + b)`, `g(z) = 2 ((z + 1)/2)ᵗ − 1`, s = 32, m = 0.2, λ = 0.7, t = 3, learned `b` |
///
/// | operand | shape |
/// |---|---|
/// | embeddings | `[K, D]`, unit rows |
/// | labels | `[K]`, 0 ..< C |
/// | weights | `[C, D]`, scaled to unit rows at each use |
/// - Reference: Deng et al. 2019, arXiv:1801.07698 (AAM-softmax); Wen et al. 2022, arXiv:2108.01513
///   (SphereFace2, type C).
public final class KeywordLoss {
  /// The bank that owns the parameters.
  public let bank: ParameterBank
  /// The form of the loss.
  public let objective: KeywordObjective
  /// `[C, D]`; nil for an objective without class vectors.
  public let weights: ParameterSlot?
  /// `b` of SphereFace2; nil for other objectives.
  public let bias: ParameterSlot?
  private let metric: MetricLearningLoss?
  private let classCount: Int
  private let dimension: Int
  private let units = Matrix()
  private let unitGradient = Matrix()
  private let cosines = Matrix()
  private let unitRows = UnitRows()

  /// `s` of AAM-softmax.
  public static let marginalScale: Float = 30
  /// `m` of AAM-softmax, in radians.
  public static let marginalAngle: Float = 0.2
  /// `s` of SphereFace2.
  public static let sphereScale: Float = 32
  /// `m` of SphereFace2.
  public static let sphereMargin: Float = 0.2
  /// `λ` of SphereFace2.
  public static let sphereBalance: Float = 0.7
  /// `t` of SphereFace2.
  public static let sphereExponent: Float = 3

  /// Registers the parameters of the objective under `name`.
  ///
  /// - Precondition: there are at least two classes, unless the objective is `none`.
  public init(_ name: String, bank: ParameterBank, objective: KeywordObjective, classCount: Int, dimension: Int) {
    precondition(objective == .none || classCount > 1, "a keyword loss needs two classes")
    self.bank = bank
    self.objective = objective
    self.classCount = classCount
    self.dimension = dimension
    let hasClasses = objective == .aamSoftmax || objective == .sphereFace2
    weights =
      hasClasses
      ? bank.slot(
        name + ".weights", rows: classCount, columns: dimension, decays: false,
        .scaledNormal(fanIn: dimension, gain: 1))
      : nil
    // Start where the sum over many negatives and the one positive have equal weight.
    let start = -logf(Float(max(classCount, 2)))
    bias =
      objective == .sphereFace2
      ? bank.slot(name + ".bias", rows: 1, columns: 1, decays: false, .constant(start)) : nil
    metric =
      objective == .triplet
      ? MetricLearningLoss(name + ".metric", bank: bank, classCount: 1, objective: .triplet, isAdaptive: false) : nil
  }

  /// Adds `weight` times the gradient by the embeddings, and the gradients of the parameters.
  ///
  /// - Returns: the loss before weighting; 0 if there is nothing to compare.
  public func accumulate(embeddings: Matrix, labels: [Int], weight: Float, gradient: Matrix) -> Float {
    guard !labels.isEmpty else { return 0 }
    switch objective {
    case .none: return 0
    case .triplet: return accumulateTriplet(embeddings, labels, weight, gradient)
    case .aamSoftmax, .sphereFace2: return accumulateClasses(embeddings, labels, weight, gradient)
    }
  }

  /// Anchors are the rows whose word occurs again in the batch. An anchor's own row, at cosine 1, is always one of its
  /// positives. It pulls nothing, and pushes only if another word is nearer than the margin.
  private func accumulateTriplet(_ embeddings: Matrix, _ labels: [Int], _ weight: Float, _ gradient: Matrix) -> Float {
    guard let metric else { return 0 }
    var counts: [Int: Int] = [:]
    for label in labels { counts[label, default: 0] += 1 }
    let anchors = labels.indices.filter { counts[labels[$0]]! > 1 }
    guard !anchors.isEmpty, counts.count > 1 else { return 0 }
    let rows = Matrix(rows: anchors.count, columns: embeddings.columns)
    let rowGradient = Matrix(rows: anchors.count, columns: embeddings.columns)
    rowGradient.setZero()
    for (row, anchor) in anchors.enumerated() {
      rows.row(row).update(from: embeddings.row(anchor), count: embeddings.columns)
    }
    let loss = metric.accumulate(
      anchors: rows, candidates: embeddings, anchorLabels: anchors.map { labels[$0] }, candidateLabels: labels,
      parameterClasses: [Int](repeating: 0, count: anchors.count), weight: weight, anchorGradient: rowGradient,
      candidateGradient: gradient)
    for (row, anchor) in anchors.enumerated() {
      VectorLoops.accumulate(1, rowGradient.row(row), into: gradient.row(anchor), embeddings.columns)
    }
    return loss
  }

  private func accumulateClasses(_ embeddings: Matrix, _ labels: [Int], _ weight: Float, _ gradient: Matrix) -> Float {
    guard let weights else { return 0 }
    let rows = embeddings.rows
    units.reshape(rows: classCount, columns: dimension)
    units.pointer.update(from: bank.value(weights), count: classCount * dimension)
    unitRows.forward(units)
    cosines.reshape(rows: rows, columns: classCount)
    MatrixProduct.multiplyTransposed(
      embeddings.pointer, units.pointer, into: cosines.pointer, m: rows, n: classCount, k: dimension)
    var loss: Float = 0
    let share = 1 / Float(rows)
    for (row, label) in labels.enumerated() {
      // The cosines are overwritten with their gradients.
      loss +=
        share
        * (objective == .aamSoftmax
          ? angularMarginRow(cosines.row(row), label, weight * share)
          : sphereRow(cosines.row(row), label, weight * share))
    }
    MatrixProduct.multiply(
      cosines.pointer, units.pointer, into: gradient.pointer, m: rows, n: dimension, k: classCount, beta: 1)
    unitGradient.reshape(rows: classCount, columns: dimension)
    unitGradient.setZero()
    MatrixProduct.accumulateTransposed(
      cosines.pointer, embeddings.pointer, into: unitGradient.pointer, m: classCount, n: dimension, k: rows)
    unitRows.backward(unitGradient, output: units)
    VectorLoops.accumulate(1, unitGradient.pointer, into: bank.gradient(weights), unitGradient.count)
    return loss
  }

  private func angularMarginRow(_ row: UnsafeMutablePointer<Float>, _ label: Int, _ share: Float) -> Float {
    let scale = Self.marginalScale
    let cosine = min(max(row[label], -0.9999), 0.9999)
    let sine = (1 - cosine * cosine).squareRoot()
    let shifted = cosine * cosf(Self.marginalAngle) - sine * sinf(Self.marginalAngle)
    let slope = cosf(Self.marginalAngle) + cosine / sine * sinf(Self.marginalAngle)
    row[label] = shifted
    var largest = -Float.infinity
    for index in 0..<classCount { largest = max(largest, row[index]) }
    var sum: Float = 0
    for index in 0..<classCount { sum += expf(scale * (row[index] - largest)) }
    let loss = logf(sum) - scale * (shifted - largest)
    for index in 0..<classCount {
      row[index] = share * scale * (expf(scale * (row[index] - largest)) / sum - (index == label ? 1 : 0))
    }
    row[label] *= slope
    return loss
  }

  private func sphereRow(_ row: UnsafeMutablePointer<Float>, _ label: Int, _ share: Float) -> Float {
    guard let bias else { return 0 }
    let (scale, margin, balance) = (Self.sphereScale, Self.sphereMargin, Self.sphereBalance)
    let offset = bank.value(bias)[0]
    var loss: Float = 0
    var byBias: Float = 0
    for index in 0..<classCount {
      let half = max((row[index] + 1) / 2, 0)
      let stretched = 2 * powf(half, Self.sphereExponent) - 1
      let stretchedSlope = Self.sphereExponent * powf(half, Self.sphereExponent - 1)
      let own = index == label
      let x = own ? -scale * (stretched - margin) - offset : scale * (stretched + margin) + offset
      let value = x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x))
      let slope = 1 / (1 + expf(-x))
      let coefficient = (own ? balance : 1 - balance) / scale
      loss += coefficient * value
      let byX = coefficient * slope * (own ? -1 : 1)
      byBias += byX
      row[index] = share * byX * scale * stretchedSlope
    }
    bank.gradient(bias)[0] += share * byBias
    return loss
  }
}
