/// A matrix of floats stored as one byte per value: `W[r, c] = rowScales[r] · values[r · columnCount + c]`.
///
/// | part        | shape    | type    | meaning                                     |
/// |-------------|----------|---------|---------------------------------------------|
/// | `rowScales` | `[R]`    | `Float` | finite, not negative; borrowed from the file |
/// | `values`    | `[R, C]` | `Int8`  | −127…127, row-major, borrowed from the file |
///
/// For matrices that are used once per enrollment or candidate. The inputs stay floats, so only the weights lose
/// precision. The file's bytes must outlive the value. Safe to read from several threads.
public struct RowQuantizedMatrix: @unchecked Sendable {
  /// The number of rows R.
  public let rowCount: Int
  /// The number of columns C.
  public let columnCount: Int
  /// `[R]`, finite and not negative.
  public let rowScales: UnsafeBufferPointer<Float>
  /// `[R, C]`, −127…127, row-major.
  public let values: UnsafeBufferPointer<Int8>

  /// Reads the next matrix of a section and checks its shape against the dimensions of the section.
  ///
  /// - Throws: ``ModelFileError/matrixShape(section:rows:columns:expectedRows:expectedColumns:)``,
  ///   ``ModelFileError/invalidScale(section:index:)``, ``ModelFileError/misaligned(alignment:)``, or the error of a
  ///   truncated section.
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
}
