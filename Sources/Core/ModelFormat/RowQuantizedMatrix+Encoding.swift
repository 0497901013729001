/// A row-quantized matrix that owns its values, for the exporter and for the trainer's simulation.
///
/// `rowScales[r] = max_c |W[r, c]| / 127` and `values = round(W / scale)`, halves away from zero, so the error of a
/// value is at most half a scale. A row of zeros has scale 0.
public struct EncodedRowQuantizedMatrix: Equatable, Sendable {
  /// The number of rows R.
  public let rowCount: Int
  /// The number of columns C.
  public let columnCount: Int
  /// `[R]`, not negative.
  public let rowScales: [Float]
  /// `[R, C]`, −127…127, row-major.
  public let values: [Int8]

  /// Quantizes a row-major matrix.
  ///
  /// - Precondition: `weights.count == rowCount * columnCount`, both are at least 1, and every weight is finite.
  public init(_ weights: [Float], rowCount: Int, columnCount: Int) {
    precondition(rowCount > 0 && columnCount > 0 && weights.count == rowCount * columnCount)
    var scales = [Float](repeating: 0, count: rowCount)
    var values = [Int8](repeating: 0, count: weights.count)
    for row in 0..<rowCount {
      let range = row * columnCount..<(row + 1) * columnCount
      var largest: Float = 0
      for index in range {
        precondition(weights[index].isFinite, "a weight is not finite")
        largest = max(largest, abs(weights[index]))
      }
      let scale = largest / 127
      // A row whose scale underflows to 0 is a row of zeros.
      guard scale > 0 else { continue }
      scales[row] = scale
      for index in range {
        let quotient = (weights[index] / scale).rounded(.toNearestOrAwayFromZero)
        values[index] = Int8(max(-127, min(127, quotient)))
      }
    }
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.rowScales = scales
    self.values = values
  }

  /// The matrix that the device computes with, `[rowCount, columnCount]`, row-major.
  public var dequantized: [Float] {
    var weights = [Float](repeating: 0, count: values.count)
    for index in 0..<values.count {
      weights[index] = rowScales[index / columnCount] * Float(values[index])
    }
    return weights
  }

  /// Appends `u32 rows, u32 columns, f32[rows], i8[rows · columns]` and zeros up to a multiple of four bytes.
  package func append(to section: inout [UInt8]) {
    section.appendLittleEndian(UInt32(rowCount))
    section.appendLittleEndian(UInt32(columnCount))
    section.appendLittleEndian(rowScales)
    for value in values { section.append(UInt8(bitPattern: value)) }
    section.padWithZeros(toMultipleOf: 4)
  }
}
