import ModelFormat
import SeededRandom
import Testing

@Suite struct RowQuantizedMatrixTests {
  @Test("Quantization errors are at most half a step, and the largest value is exact")
  func rounding() throws {
    let seed: UInt64 = 11
    var generator = SplitMix64(seed: seed)
    let weights = generator.floats(7 * 33, magnitude: 3) + [Float](repeating: 0, count: 33)
    let encoded = EncodedRowQuantizedMatrix(weights, rowCount: 8, columnCount: 33)
    for (index, (before, after)) in zip(weights, encoded.dequantized).enumerated() {
      let step = encoded.rowScales[index / 33]
      #expect(abs(before - after) <= step * 0.5001, "seed \(seed), index \(index): \(before) became \(after)")
    }
    for row in 0..<7 { #expect(encoded.values[row * 33..<(row + 1) * 33].map { abs(Int($0)) }.max() == 127) }
    #expect(encoded.rowScales[7] == 0 && encoded.values.suffix(33).allSatisfy { $0 == 0 })
  }
}
