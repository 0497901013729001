import Foundation
import Training

/// `ln(1 + eˣ)`, computed literally.
func softplus(_ x: Double) -> Double { log(1 + exp(x)) }

/// The mean of at least one value.
func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

extension Matrix {
  /// A row in double precision.
  func wide(_ row: Int) -> [Double] { (0..<columns).map { Double(self[row, $0]) } }

  /// The inner product of a row with a row of another matrix, in double precision.
  func product(_ row: Int, _ other: Matrix, _ otherRow: Int) -> Double {
    zip(wide(row), other.wide(otherRow)).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Zeros of the same shape.
  var zeros: Matrix { Matrix(rows: rows, columns: columns) }

  /// The gradient that `backward` adds to a matrix of this shape with nonzero values.
  func added(by backward: (Matrix) -> Void) -> Matrix {
    let gradient = zeros
    gradient.pointer.update(repeating: 0.5, count: count)
    backward(gradient)
    for index in 0..<count { gradient.pointer[index] -= 0.5 }
    return gradient
  }
}

extension Array where Element == Double {
  var norm: Double { reduce(0) { $0 + $1 * $1 }.squareRoot() }

  static func - (left: [Double], right: [Double]) -> [Double] { zip(left, right).map { $0 - $1 } }
}
