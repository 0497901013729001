import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing

@Suite struct RowQuantizedMatrixProductTests {
  /// Encodes a matrix, reads it back from a section and passes it on.
  private func withMatrix(
    _ weights: [Float], _ rows: Int, _ columns: Int, _ body: (RowQuantizedMatrix, EncodedRowQuantizedMatrix) -> Void
  ) throws {
    let encoded = EncodedRowQuantizedMatrix(weights, rowCount: rows, columnCount: columns)
    var section: [UInt8] = []
    encoded.append(to: &section)
    #expect(section.count % 4 == 0)
    try section.withUnsafeBytes { buffer in
      var reader = SectionReader(id: "TEST", bytes: buffer)
      let matrix = try RowQuantizedMatrix(&reader, rowCount: rows, columnCount: columns)
      try reader.expectEnd()
      body(matrix, encoded)
    }
  }

  @Test("Products match those of the dequantized matrix", arguments: [1, 3, 4, 5, 31, 64])
  func products(columns: Int) throws {
    let seed = UInt64(columns)
    var generator = SplitMix64(seed: seed)
    let rows = 5
    let input = generator.floats(columns, magnitude: 2)
    let bias = generator.floats(rows, magnitude: 1)
    try withMatrix(generator.floats(rows * columns, magnitude: 1), rows, columns) { matrix, encoded in
      var output = [Float](repeating: .nan, count: rows)
      var plain = output
      bias.withUnsafeBufferPointer { matrix.multiply(input, adding: $0, into: &output) }
      matrix.multiply(input, into: &plain)
      var row = [Float](repeating: 1, count: columns)
      matrix.addRow(2, to: &row)
      for index in 0..<rows {
        var sum = 0.0
        for column in 0..<columns {
          sum += Double(encoded.dequantized[index * columns + column]) * Double(input[column])
        }
        #expect(abs(Double(plain[index]) - sum) < 1e-4, "seed \(seed), row \(index)")
        #expect(abs(Double(output[index]) - sum - Double(bias[index])) < 1e-4, "seed \(seed), row \(index)")
      }
      for column in 0..<columns { #expect(row[column] == 1 + encoded.dequantized[2 * columns + column]) }
    }
  }
}
