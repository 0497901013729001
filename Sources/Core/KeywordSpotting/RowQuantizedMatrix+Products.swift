import ModelFormat

extension RowQuantizedMatrix {
  /// Computes `output[r] = bias[r] + Σ_c W[r, c] · input[c]`, without the bias if it is `nil`.
  ///
  /// | operand  | shape |
  /// |----------|-------|
  /// | `input`  | `[C]` |
  /// | `bias`   | `[R]` |
  /// | `output` | `[R]` |
  ///
  /// Allocates nothing.
  public func multiply(
    _ input: UnsafePointer<Float>, adding bias: UnsafeBufferPointer<Float>? = nil,
    into output: UnsafeMutablePointer<Float>
  ) {
    precondition(bias == nil || bias!.count == rowCount)
    var row = values.baseAddress!
    for index in 0..<rowCount {
      // Four running sums: with one, each addition would wait for the previous one.
      var sums = SIMD4<Float>.zero
      var column = 0
      while column + 4 <= columnCount {
        let weights = SIMD4<Float>(
          Float(row[column]), Float(row[column + 1]), Float(row[column + 2]), Float(row[column + 3]))
        let inputs = SIMD4<Float>(input[column], input[column + 1], input[column + 2], input[column + 3])
        sums += weights * inputs
        column += 4
      }
      var sum = (sums[0] + sums[2]) + (sums[1] + sums[3])
      while column < columnCount {
        sum += Float(row[column]) * input[column]
        column += 1
      }
      output[index] = rowScales[index] * sum + (bias?[index] ?? 0)
      row += columnCount
    }
  }

  /// Adds row `index`, as floats, to `output[columnCount]`.
  public func addRow(_ index: Int, to output: UnsafeMutablePointer<Float>) {
    precondition(index >= 0 && index < rowCount)
    let row = values.baseAddress! + index * columnCount
    for column in 0..<columnCount {
      output[column] += rowScales[index] * Float(row[column])
    }
  }
}
