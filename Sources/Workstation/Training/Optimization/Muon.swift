import Dispatch

/// The optimizer of the encoder's dense matrices. ``AdamW`` updates all other parameters.
public enum MatrixOptimizer: String, Codable, Sendable, CaseIterable {
  /// ``AdamW`` as for all other parameters, or ``Muon``.
  case adamW, muon
}

/// Muon: momentum that is orthogonalized before it is applied. A step then moves all directions of a layer equally,
/// rather than the few on which the gradients agree.
///
/// `m ← μ m + g`, `u = orthogonal(g + μ m)`, `θ ← θ − η (0.2 √max(rows, columns) u + λ θ)`. The factor gives a step the
/// root mean square of an AdamW step, which lets both share the learning rate and the decay.
/// - Reference: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"; the factor:
///   Liu et al. 2025, arXiv:2502.16982.
package final class Muon {
  package let slots: [ParameterSlot]
  let momentum: Float = 0.95
  /// Smaller momenta become 0. Those of a channel that no longer contributes would otherwise decay to subnormal numbers
  /// and stay there, and some processors multiply these much more slowly.
  static let smallestMomentum: Float = 1e-15
  private let rateFactor: Float
  private let workspaces: [Orthogonalizer]

  /// - Parameter rateFactor: multiplies the learning rate that it shares with ``AdamW``.
  package init(slots: [ParameterSlot], rateFactor: Float = 1) {
    self.slots = slots
    self.rateFactor = rateFactor
    workspaces = slots.map { Orthogonalizer(rows: $0.rows, columns: $0.columns) }
  }

  /// The encoder's matrices with at least 32 rows and columns. Depthwise kernels are not matrices between two spaces.
  package static func matrices(of bank: ParameterBank) -> [ParameterSlot] {
    bank.slots.filter { $0.name.hasPrefix("encoder.") && $0.decays && min($0.rows, $0.columns) >= 32 }
  }

  /// Takes one step with the gradients in `bank`, times `clip`. Each matrix is processed by one thread, so the result
  /// does not depend on the number of threads.
  /// - Parameter moments: the momenta, in the layout of the bank's values.
  func step(
    _ bank: ParameterBank, moments: UnsafeMutablePointer<Float>, clip: Float, learningRate: Float, weightDecay: Float
  ) {
    nonisolated(unsafe) let moments = moments
    nonisolated(unsafe) let muon = self
    let rate = learningRate * rateFactor
    DispatchQueue.concurrentPerform(iterations: slots.count) { index in
      let slot = muon.slots[index]
      let (values, gradients, moment) = (bank.value(slot), bank.gradient(slot), moments + slot.offset)
      let direction = muon.workspaces[index].matrix
      for value in 0..<slot.count {
        let gradient = gradients[value] * clip
        let updated = muon.momentum * moment[value] + gradient
        moment[value] = abs(updated) < Muon.smallestMomentum ? 0 : updated
        direction.pointer[value] = gradient + muon.momentum * moment[value]
      }
      muon.workspaces[index].orthogonalize(bank.precision)
      let scale = 0.2 * Float(max(slot.rows, slot.columns)).squareRoot()
      for value in 0..<slot.count {
        values[value] -= rate * (scale * direction.pointer[value] + weightDecay * values[value])
      }
    }
  }
}

/// Moves the singular values of a matrix close to 1 and keeps its singular vectors, by four steps of
/// `X ← a X + (b A + c A²) X` with `A = X Xᵀ` over the shorter side.
///
/// Singular values between 10⁻³ and 1, relative to the Frobenius norm, end between 0.4 and 1.6.
/// - Reference: coefficients for that range from Amsel et al. 2025, "The Polar Express", arXiv:2505.16932.
package final class Orthogonalizer {
  /// `[rows, columns]`, changed in place.
  package let matrix: Matrix
  private let working = Matrix()
  private let other = Matrix()
  private let gram = Matrix()
  private let polynomial = Matrix()
  private static let coefficients: [(a: Float, b: Float, c: Float)] = [
    (8.287212, -23.595887, 17.300387), (4.107059, -2.94785, 0.5448431), (3.9486909, -2.9089021, 0.5518191),
    (3.3184197, -2.488488, 0.5100489),
  ]

  package init(rows: Int, columns: Int) { matrix = Matrix(rows: rows, columns: columns) }

  package func orthogonalize(_ precision: MatrixProduct.Precision) {
    let isTall = matrix.rows > matrix.columns
    let (m, n) = isTall ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    working.reshape(rows: m, columns: n)
    let norm = VectorLoops.dot(matrix.pointer, matrix.pointer, matrix.count).squareRoot()
    // Slightly below 1, so that rounding cannot move a value outside the valid range of the polynomials.
    let scale = 1 / (1.01 * norm + 1e-7)
    for row in 0..<m {
      for column in 0..<n { working[row, column] = scale * (isTall ? matrix[column, row] : matrix[row, column]) }
    }
    gram.reshape(rows: m, columns: m)
    polynomial.reshape(rows: m, columns: m)
    other.reshape(rows: m, columns: n)
    for (a, b, c) in Self.coefficients {
      MatrixProduct.multiplyTransposed(
        working.pointer, working.pointer, into: gram.pointer, m: m, n: m, k: n, precision: precision)
      MatrixProduct.multiply(
        gram.pointer, gram.pointer, into: polynomial.pointer, m: m, n: m, k: m, precision: precision)
      for index in 0..<gram.count {
        polynomial.pointer[index] = c * polynomial.pointer[index] + b * gram.pointer[index]
      }
      MatrixProduct.multiply(
        polynomial.pointer, working.pointer, into: other.pointer, m: m, n: n, k: m, precision: precision)
      for index in 0..<working.count { working.pointer[index] = a * working.pointer[index] + other.pointer[index] }
    }
    for row in 0..<m {
      for column in 0..<n {
        if isTall { matrix[column, row] = working[row, column] } else { matrix[row, column] = working[row, column] }
      }
    }
  }
}
