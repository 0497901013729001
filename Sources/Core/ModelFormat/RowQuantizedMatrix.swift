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
}
