import SeededRandom
import Testing
import Training

/// Products in bfloat16 equal those in float up to 8 bits of mantissa. Builds or processors without them report it.
@Suite struct MatrixProductTests {
  /// Numbers of rows and terms that are not multiples of a block.
  @Test("Products of every form and precision agree with plain sums", arguments: MatrixProduct.Precision.allCases)
  func products(precision: MatrixProduct.Precision) {
    let seed: UInt64 = 3201
    var generator = SplitMix64(seed: seed)
    let (m, n, k) = (300, 40, 48)
    func matrix(_ rows: Int, _ columns: Int) -> Matrix {
      Matrix(rows: rows, columns: columns, values: (0..<rows * columns).map { _ in generator.nextNormal() })
    }
    let (left, right) = (matrix(m, k), matrix(k, n))
    let turned = Matrix(rows: n, columns: k)
    for row in 0..<n { for column in 0..<k { turned[row, column] = right[column, row] } }
    let other = matrix(m, n)
    let plain = Matrix(rows: m, columns: n)
    let transposed = Matrix(rows: m, columns: n)
    let gradient = matrix(k, n)
    let before = gradient.values
    MatrixProduct.multiply(left.pointer, right.pointer, into: plain.pointer, m: m, n: n, k: k, precision: precision)
    MatrixProduct.multiplyTransposed(
      left.pointer, turned.pointer, into: transposed.pointer, m: m, n: n, k: k, precision: precision)
    MatrixProduct.accumulateTransposed(
      left.pointer, other.pointer, into: gradient.pointer, m: k, n: n, k: m, precision: precision)
    // Each operand is rounded by up to 2⁻⁹; the sums have this many terms of size 1.
    let tolerance = precision == .bfloat16 && MatrixProduct.supports(.bfloat16) ? 0.005 : 1e-6
    for row in 0..<m {
      for column in 0..<n {
        let sum = (0..<k).reduce(0.0) { $0 + Double(left[row, $1]) * Double(right[$1, column]) }
        #expect(abs(Double(plain[row, column]) - sum) < tolerance * 30, "\(row), \(column), seed \(seed)")
        #expect(abs(Double(transposed[row, column]) - sum) < tolerance * 30, "\(row), \(column), seed \(seed)")
      }
    }
    for row in 0..<k {
      for column in 0..<n {
        let sum = (0..<m).reduce(Double(before[row * n + column])) {
          $0 + Double(left[$1, row]) * Double(other[$1, column])
        }
        #expect(abs(Double(gradient[row, column]) - sum) < tolerance * 75, "\(row), \(column), seed \(seed)")
      }
    }
  }

  @Test("A recipe with an unsupported precision is rejected with the remedy") func refused() throws {
    var run = try TinyRun(["ALPHA BRAVO"])
    run.recipe.matrixPrecision = .bfloat16
    if MatrixProduct.supports(.bfloat16) {
      _ = try run.trainer()
    } else {
      #expect {
        _ = try run.trainer()
      } throws: {
        "\($0)".contains("--traits BFloat16")
      }
    }
  }
}
