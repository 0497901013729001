/// The directions of largest variance of a set of vectors: eigenvectors of their covariance, largest eigenvalue first.
///
/// Cyclic Jacobi rotations in double precision compute the eigenvectors. They converge regardless of the gaps between
/// eigenvalues and take a tenth of a second for 128 dimensions. The largest entry of each direction is positive, which
/// makes the map of a set of vectors unique.
///
/// - Reference: Golub, Van Loan 2013, "Matrix Computations", §8.5.
public struct PrincipalComponents: Sendable {
  /// `[D]`, the mean of the vectors.
  public let mean: [Double]
  /// `[K][D]`, orthonormal vectors.
  public let directions: [[Double]]
  /// The share of each direction in the total variance; 0 if there is no variance.
  public let varianceShares: [Double]

  /// Computes the directions.
  ///
  /// - Parameter count: the number of directions, at most the dimension.
  /// - Precondition: at least one vector; all vectors have the same length, at least `count`.
  public init(_ vectors: [[Float]], count: Int = 2) {
    precondition(!vectors.isEmpty && vectors.allSatisfy { $0.count == vectors[0].count })
    precondition(count >= 1 && count <= vectors[0].count)
    let dimension = vectors[0].count
    var mean = [Double](repeating: 0, count: dimension)
    for vector in vectors { for index in 0..<dimension { mean[index] += Double(vector[index]) } }
    for index in 0..<dimension { mean[index] /= Double(vectors.count) }
    var covariance = [Double](repeating: 0, count: dimension * dimension)
    for vector in vectors {
      let centred = (0..<dimension).map { Double(vector[$0]) - mean[$0] }
      for row in 0..<dimension {
        for column in 0...row { covariance[row * dimension + column] += centred[row] * centred[column] }
      }
    }
    for row in 0..<dimension {
      for column in 0...row {
        covariance[row * dimension + column] /= Double(vectors.count)
        covariance[column * dimension + row] = covariance[row * dimension + column]
      }
    }
    let (values, eigenvectors) = Self.eigenvectors(covariance, order: dimension)
    let order = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }.prefix(count)
    let total = values.reduce(0, +)
    self.mean = mean
    varianceShares = order.map { total > 0 ? max(0, values[$0]) / total : 0 }
    directions = order.map { column in
      let direction = (0..<dimension).map { eigenvectors[$0 * dimension + column] }
      let largest = direction.max { abs($0) < abs($1) }!
      return largest < 0 ? direction.map { -$0 } : direction
    }
  }

  /// Coordinates of a vector along the directions, `[K]`. Those of the mean are 0.
  public func project(_ vector: [Float]) -> [Double] {
    directions.map { direction in
      direction.indices.reduce(0) { $0 + (Double(vector[$1]) - mean[$1]) * direction[$1] }
    }
  }

  /// Eigenvalues, and eigenvectors as columns, of a symmetric matrix `[N, N]`.
  private static func eigenvectors(_ matrix: [Double], order: Int) -> (values: [Double], vectors: [Double]) {
    var a = matrix
    var v = [Double](repeating: 0, count: order * order)
    for index in 0..<order { v[index * order + index] = 1 }
    let scale = (0..<order).reduce(0.0) { $0 + a[$1 * order + $1] * a[$1 * order + $1] }
    for _ in 0..<60 {
      var outside = 0.0
      for row in 1..<max(order, 1) {
        for column in 0..<row { outside += a[row * order + column] * a[row * order + column] }
      }
      if outside <= 1e-26 * scale { break }
      for p in 0..<order {
        for q in (p + 1)..<max(order, p + 1) { rotate(&a, &v, p, q, order) }
      }
    }
    return ((0..<order).map { a[$0 * order + $0] }, v)
  }

  /// The rotation in the plane of p and q that makes `a[p, q]` zero.
  private static func rotate(_ a: inout [Double], _ v: inout [Double], _ p: Int, _ q: Int, _ order: Int) {
    let element = a[p * order + q]
    guard element != 0 else { return }
    let theta = (a[q * order + q] - a[p * order + p]) / (2 * element)
    let tangent = (theta >= 0 ? 1 : -1) / (abs(theta) + (theta * theta + 1).squareRoot())
    let cosine = 1 / (tangent * tangent + 1).squareRoot()
    let sine = tangent * cosine
    for k in 0..<order {
      let (left, right) = (a[k * order + p], a[k * order + q])
      a[k * order + p] = cosine * left - sine * right
      a[k * order + q] = sine * left + cosine * right
    }
    for k in 0..<order {
      let (left, right) = (a[p * order + k], a[q * order + k])
      a[p * order + k] = cosine * left - sine * right
      a[q * order + k] = sine * left + cosine * right
      let (first, second) = (v[k * order + p], v[k * order + q])
      v[k * order + p] = cosine * first - sine * second
      v[k * order + q] = sine * first + cosine * second
    }
  }
}
