import SeededRandom
import Testing
import Training

/// The result of a forward pass: the loss, and which rectifiers were open.
struct Evaluation {
  var loss: Double
  var open: [Bool] = []
}

/// Compares gradients from a backward pass with differences of the forward pass.
///
/// The difference is the five-point one, `(8 (f(x + h) − f(x − h)) − (f(x + 2h) − f(x − 2h))) / 12h`. Its error falls
/// with
/// `h⁴`, which allows an `h` large enough for a forward pass in single precision. If the step opens or closes a
/// rectifier,
/// the difference is invalid: the step is halved down to `smallestStep`, and then the value is skipped. At most
/// `skippedShare` of a tensor may be skipped. A smaller step is more sensitive to single-precision rounding, which
/// differs
/// between BLAS libraries, so the mean of the differences at ``shorterSteps`` more, slightly shorter steps is compared
/// then.
struct GradientCheck {
  /// The seed of the draw, part of every failure message.
  let seed: UInt64
  var step: Float = 8e-3
  /// If nil, no step is halved.
  var smallestStep: Float?
  /// Largest error as a share of the value plus the root mean square of its tensor.
  var tolerance = 1e-2
  var skippedShare = 0.35
  let evaluate: () -> Evaluation

  /// Checks `gradient` against the change of the loss with each of the `values`, which are restored afterwards.
  func expect(
    _ name: String, _ values: UnsafeMutablePointer<Float>, gradient: [Float],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let reference = evaluate()
    var differences = [Double?](repeating: nil, count: gradient.count)
    for index in gradient.indices {
      var halved = step
      repeat {
        differences[index] = difference(at: values + index, step: halved, reference: reference)
        if differences[index] != nil && halved < step {
          differences[index] = meanDifference(at: values + index, longestStep: halved, reference: reference)
        }
        halved /= 2
      } while differences[index] == nil && halved >= smallestStep ?? .infinity
    }
    let kept = differences.compactMap { $0 }
    #expect(
      Double(gradient.count - kept.count) <= skippedShare * Double(gradient.count),
      "\(name), seed \(seed): only \(kept.count) of \(gradient.count) values lie away from a kink",
      sourceLocation: sourceLocation)
    guard !kept.isEmpty else { return }
    let size = (kept.reduce(0) { $0 + $1 * $1 } / Double(kept.count)).squareRoot()
    #expect(size > 1e-4, "\(name), seed \(seed): the loss does not depend on it", sourceLocation: sourceLocation)
    var wrong: [String] = []
    for (index, difference) in differences.enumerated() {
      guard let difference else { continue }
      let error = abs(Double(gradient[index]) - difference)
      // The comparison fails for a NaN gradient.
      if !(error <= tolerance * (abs(difference) + size)) {
        wrong.append("[\(index)] gradient \(gradient[index]), difference \(difference)")
      }
    }
    #expect(
      wrong.isEmpty, "\(name), seed \(seed): \(wrong.count) of \(kept.count) wrong: \(wrong.prefix(4))",
      sourceLocation: sourceLocation)
  }

  private static let shorterSteps = 15

  /// The mean over steps from `longestStep` down to half of it.
  private func meanDifference(
    at value: UnsafeMutablePointer<Float>, longestStep: Float, reference: Evaluation
  ) -> Double? {
    var sum = 0.0
    for shorter in 0...Self.shorterSteps {
      let step = longestStep * (1 - Float(shorter) / Float(2 * Self.shorterSteps))
      guard let difference = difference(at: value, step: step, reference: reference) else { return nil }
      sum += difference
    }
    return sum / Double(Self.shorterSteps + 1)
  }

  /// Nil if a rectifier opens or closes within the step.
  private func difference(at value: UnsafeMutablePointer<Float>, step: Float, reference: Evaluation) -> Double? {
    let original = value.pointee
    defer { value.pointee = original }
    var moved: [Double] = []
    for multiple: Float in [-2, -1, 1, 2] {
      value.pointee = original + multiple * step
      let evaluation = evaluate()
      guard evaluation.open == reference.open else { return nil }
      moved.append(evaluation.loss)
    }
    return (8 * (moved[2] - moved[1]) - (moved[3] - moved[0])) / (12 * Double(step))
  }

  func expect(_ name: String, _ values: Matrix, gradient: Matrix, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(
      values.rows == gradient.rows && values.columns == gradient.columns, "\(name): the gradient's shape",
      sourceLocation: sourceLocation)
    expect(name, values.pointer, gradient: gradient.values, sourceLocation: sourceLocation)
  }

  /// Checks every slot of `bank`. `gradients` are those that one backward pass added to ``ParameterBank/gradients``.
  func expectParameters(
    of bank: ParameterBank, gradients: [Float], where included: (ParameterSlot) -> Bool = { _ in true },
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for slot in bank.slots where included(slot) {
      expect(
        slot.name, bank.value(slot), gradient: Array(gradients[slot.offset..<slot.offset + slot.count]),
        sourceLocation: sourceLocation)
    }
  }
}

extension ParameterBank {
  /// The gradients that `backward` adds. They start from a nonzero value, which exposes a backward pass that overwrites
  /// instead of adding.
  func added(by backward: () -> Void) -> [Float] {
    let before: Float = 0.25
    gradients.update(repeating: before, count: valueCount)
    backward()
    return (0..<valueCount).map { gradients[$0] - before }
  }

  /// Perturbs every value, so that no parameter has a constant value at which a wrong factor would not show.
  func disturb(_ draws: inout Draws, by size: Float = 0.2) {
    for index in 0..<valueCount { values[index] += draws.generator.nextUniform(in: -size...size) }
  }
}

/// Seeded test data.
struct Draws {
  var generator: SplitMix64

  init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  mutating func matrix(rows: Int, columns: Int, size: Float = 1) -> Matrix {
    Matrix(rows: rows, columns: columns, values: (0..<rows * columns).map { _ in size * generator.nextNormal() })
  }

  mutating func unitRows(_ rows: Int, _ columns: Int) -> Matrix {
    let matrix = matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      var square: Float = 0
      for column in 0..<columns { square += matrix[row, column] * matrix[row, column] }
      for column in 0..<columns { matrix[row, column] /= square.squareRoot() }
    }
    return matrix
  }
}

/// The loss `Σ weights · output`, whose gradient by the output is the weights.
struct Probe {
  let weights: Matrix

  init(_ draws: inout Draws, rows: Int, columns: Int) { weights = draws.matrix(rows: rows, columns: columns) }

  func loss(_ output: Matrix) -> Double {
    var sum = 0.0
    for index in 0..<weights.count { sum += Double(weights.pointer[index]) * Double(output.pointer[index]) }
    return sum
  }

  /// A copy, since backward passes may overwrite it.
  var gradient: Matrix { Matrix(rows: weights.rows, columns: weights.columns, values: weights.values) }
}

extension Matrix {
  /// Which entries are above zero: the open rectifiers of an output.
  var open: [Bool] { values.map { $0 > 0 } }
}
