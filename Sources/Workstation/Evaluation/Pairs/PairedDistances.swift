import CBLAS

/// Squared Euclidean distances within and between two sets of equally many vectors.
///
/// | member    | shape      | type     | meaning                                                     |
/// |-----------|------------|----------|-------------------------------------------------------------|
/// | `squares` | `[2N, 2N]` | `Double` | `‖x_i − x_j‖²`; rows and columns 0…N−1 audio, N…2N−1 text   |
///
/// Takes 32 N² bytes.
struct PairedDistances {
  let count: Int
  let squares: [Double]

  /// - Precondition: equally many audio and text vectors, at least one, all of the same length.
  init(audio: [[Float]], text: [[Float]]) {
    precondition(!audio.isEmpty && audio.count == text.count)
    count = audio.count
    let rows = 2 * audio.count
    let dimension = audio[0].count
    precondition(audio.allSatisfy { $0.count == dimension } && text.allSatisfy { $0.count == dimension })
    let vectors = (audio + text).flatMap { $0.map(Double.init) }
    var squares = [Double](repeating: 0, count: rows * rows)
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(rows), Int32(dimension), 1, vectors,
      Int32(dimension), vectors, Int32(dimension), 0, &squares, Int32(rows))
    let lengths = (0..<rows).map { squares[$0 * rows + $0] }
    squares.withUnsafeMutableBufferPointer { squares in
      for row in 0..<rows {
        squares[row * rows + row] = 0
        for column in 0..<row {
          let square = max(0, lengths[row] + lengths[column] - 2 * squares[row * rows + column])
          squares[row * rows + column] = square
          squares[column * rows + row] = square
        }
      }
    }
    self.squares = squares
  }

  /// `‖audio_a − text_t‖²`.
  func between(audio a: Int, text t: Int) -> Double { squares[a * 2 * count + count + t] }
}

/// A squared distance `S = 1/N² Σ_ij H_ij` between the means of two paired sets, and its bootstrap over the pairs.
///
/// With c_i the number of times that pair i is drawn, the value of a resample is `1/N² Σ_ij c_i c_j H_ij`. Pairs drawn
/// twice are paired with themselves more often, which raises the mean over the draws by exactly
/// `(1/N Σ_i H_ii − S) / N`. This bias is subtracted, which centers the interval on S.
struct PairedQuadraticForm {
  let count: Int
  /// `[N, N]`, symmetric.
  let matrix: [Double]

  /// S.
  var value: Double { matrix.reduce(0, +) / Double(count * count) }

  /// The values of the resamples.
  ///
  /// - Parameter counts: `[R, N]`, c_i of each resample.
  func resampled(counts: [Double]) -> [Double] {
    let resampleCount = counts.count / count
    let order = Int32(count)
    var products = [Double](repeating: 0, count: counts.count)
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(resampleCount), order, order, 1, counts, order, matrix, order, 0,
      &products, order)
    let diagonal = (0..<count).reduce(0.0) { $0 + matrix[$1 * count + $1] } / Double(count)
    let bias = (diagonal - value) / Double(count)
    return (0..<resampleCount).map { draw in
      var sum = 0.0
      for index in draw * count..<(draw + 1) * count { sum += counts[index] * products[index] }
      return sum / Double(count * count) - bias
    }
  }
}
