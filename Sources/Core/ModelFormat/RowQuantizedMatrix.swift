/// A matrix of floats stored as one byte a value: `W[r, c] = rowScales[r] · values[r · columnCount + c]`.
///
/// | part        | shape    | type    | meaning                                     |
/// |-------------|----------|---------|---------------------------------------------|
/// | `rowScales` | `[R]`    | `Float` | finite, not negative; borrowed from the file |
/// | `values`    | `[R, C]` | `Int8`  | −127…127, row-major, borrowed from the file |
///
/// Used where a matrix runs once per enrollment or candidate: the inputs stay floats, so that only the weights lose bits.
/// The file's bytes must outlive it. Reading from several threads is safe.
public struct RowQuantizedMatrix: @unchecked Sendable {
  public let rowCount: Int
  public let columnCount: Int
  public let rowScales: UnsafeBufferPointer<Float>
  public let values: UnsafeBufferPointer<Int8>

  /// Reads the next matrix of a section and checks that it has the shape that the section's dimensions ask for.
  ///
  /// - Throws: ``ModelFileError/matrixShape(section:rows:columns:expectedRows:expectedColumns:)``, or a truncated section,
  ///   ``ModelFileError/invalidScale(section:index:)``, or ``ModelFileError/misaligned(alignment:)``.
  package init(_ reader: inout SectionReader, rowCount: Int, columnCount: Int) throws(ModelFileError) {
    let rows = try reader.modelInteger()
    let columns = try reader.modelInteger()
    guard UInt64(rows) == UInt64(rowCount), UInt64(columns) == UInt64(columnCount) else {
      throw .matrixShape(
        section: reader.id, rows: rows, columns: columns, expectedRows: rowCount, expectedColumns: columnCount)
    }
    let scales = try reader.alignedFloats(rowCount)
    for (index, scale) in scales.enumerated() where !(scale.isFinite && scale >= 0) {
      throw .invalidScale(section: reader.id, index: index)
    }
    let bytes = try reading { () throws(ContainerError) in try reader.bytes(UInt64(rows) * UInt64(columns)) }
    try reading { () throws(ContainerError) in try reader.skipPadding(toMultipleOf: 4) }
    rowScales = scales
    values = bytes.bindMemory(to: Int8.self)
    self.rowCount = rowCount
    self.columnCount = columnCount
  }

  /// Computes `output[r] = bias[r] + Σ_c W[r, c] · input[c]`, or without the bias where there is none.
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
      // Four running sums: one alone would wait for each addition to finish.
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

  /// Row `index` as floats, added onto `output[columnCount]`.
  public func addRow(_ index: Int, to output: UnsafeMutablePointer<Float>) {
    precondition(index >= 0 && index < rowCount)
    let row = values.baseAddress! + index * columnCount
    for column in 0..<columnCount {
      output[column] += rowScales[index] * Float(row[column])
    }
  }
}
