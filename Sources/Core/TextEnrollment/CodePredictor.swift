/// Predicts the codes of a frame from those of the frame before, because speech changes slowly.
///
/// ```text
/// prediction[k] = ⌊(Σ_j weight[j, k] · code[j] + 32) / 64⌋          modulo 2¹⁶, weights −127…127
/// ```
///
/// Integer arithmetic, so every machine predicts the same. The codes before the first frame are zeros.
struct CodePredictor: Equatable, Sendable {
  /// The number of codes K.
  let count: Int
  /// `[K, K]`: for each code of the frame before, its weights in the codes of the next.
  let weights: [Int8]
  /// The weights of each code, padded to whole lanes.
  private let rows: [SIMD8<Int16>]

  init(count: Int, weights: [Int8]) {
    self.count = count
    self.weights = weights
    let lanes = (count + 7) / 8
    var rows = [SIMD8<Int16>](repeating: .zero, count: count * lanes)
    for index in 0..<count * count {
      rows[index / count * lanes + index % count / 8][index % count % 8] = Int16(weights[index])
    }
    self.rows = rows
  }

  /// The weights with the smallest squared error on utterances of frames of codes.
  init(count: Int, fitting utterances: some Sequence<[[Int16]]>) {
    // Sums are exact, and the rest rounds alike everywhere.
    var moments = [Int64](repeating: 0, count: count * count)
    var products = [Int64](repeating: 0, count: count * count)
    for frames in utterances {
      for (before, after) in zip(frames, frames.dropFirst()) {
        for row in 0..<count where before[row] != 0 {
          let code = Int64(before[row])
          for column in 0..<count {
            moments[row * count + column] += code * Int64(before[column])
            products[row * count + column] += code * Int64(after[column])
          }
        }
      }
    }
    var matrix = moments.map { Double($0) }
    for index in 0..<count { matrix[index * (count + 1)] += 1 }
    let solution = CodePredictor.solve(&matrix, products.map { Double($0) }, count)
    self.init(
      count: count, weights: solution.map { Int8(max(-127, min(127, ($0 * 64).rounded(.toNearestOrAwayFromZero)))) })
  }

  /// The scratch memory that ``predict(_:into:)`` needs, in lanes.
  var laneCount: Int { (count + 7) / 8 }

  /// Computes the predictions `[K, rounded up to lanes]` from the codes `[K]` of the frame before.
  func predict(_ codes: UnsafePointer<Int16>, into predictions: UnsafeMutablePointer<SIMD8<Int16>>) {
    let laneCount = laneCount
    for lane in 0..<laneCount { predictions[lane] = SIMD8(repeating: 32) }
    rows.withUnsafeBufferPointer { rows in
      var row = rows.baseAddress!
      for index in 0..<count {
        let code = codes[index]
        if code != 0 {
          let factor = SIMD8<Int16>(repeating: code)
          for lane in 0..<laneCount { predictions[lane] = predictions[lane] &+ row[lane] &* factor }
        }
        row += laneCount
      }
    }
    for lane in 0..<laneCount { predictions[lane] = predictions[lane] &>> SIMD8(repeating: 6) }
  }

  /// Solves `matrix · x = right` by Cholesky's decomposition. All are `[K, K]`; the matrix is symmetric and positive.
  private static func solve(_ matrix: inout [Double], _ right: [Double], _ count: Int) -> [Double] {
    for column in 0..<count {
      for row in column..<count {
        var sum = matrix[row * count + column]
        for index in 0..<column { sum -= matrix[row * count + index] * matrix[column * count + index] }
        matrix[row * count + column] =
          row == column ? sum.squareRoot() : sum / matrix[column * count + column]
      }
    }
    var solution = right
    for row in 0..<count {
      for column in 0..<count {
        var sum = solution[row * count + column]
        for index in 0..<row { sum -= matrix[row * count + index] * solution[index * count + column] }
        solution[row * count + column] = sum / matrix[row * count + row]
      }
    }
    for row in (0..<count).reversed() {
      for column in 0..<count {
        var sum = solution[row * count + column]
        for index in row + 1..<count { sum -= matrix[index * count + row] * solution[index * count + column] }
        solution[row * count + column] = sum / matrix[row * count + row]
      }
    }
    return solution
  }
}
