/// Packs frame embeddings into a few bits: coordinates along the directions in which embeddings vary, rounded to a
/// step.
///
/// ```text
/// code[k] = round(⟨unit − mean, direction[k]⟩ / step)          unit ≈ normalize(mean + step · Σ_k code[k] · direction[k])
/// ```
///
/// | member       | shape    | meaning                                                               |
/// |--------------|----------|-----------------------------------------------------------------------|
/// | `mean`       | `[D]`    | mean of the unit embeddings                                           |
/// | `directions` | `[K, D]` | orthogonal unit vectors                                               |
/// | `tables`     | `[1 + K]` | frequencies of the repetitions, and of the differences of each code  |
/// | `predictor`  | `[K, K]` | predicts the codes of a frame from those of the one before            |
///
/// A few dozen phonemes span the embeddings, so far fewer directions than dimensions suffice. Rounding changes a
/// coordinate by at most half a step. A frame is stored as its repetitions − 1, and then for each code n with the
/// prediction p the difference n − p as the natural number 2(n − p), or −2(n − p) − 1 if it is negative.
struct EmbeddingPacking: Sendable {
  let dimension: Int
  let step: Float
  let mean: [Float]
  let directions: [Float]
  let tables: SymbolTables
  let predictor: CodePredictor

  /// The number of coordinates K.
  var coordinateCount: Int { predictor.count }

  /// Reads the next frame: its repetitions, and the differences `[K]` from the prediction.
  @inline(__always)
  func read(_ reader: inout SymbolReader, into differences: UnsafeMutablePointer<Int32>) -> Int {
    tables.frequencies.withUnsafeBufferPointer { frequencies in
      var table = frequencies.baseAddress!
      let repetitions = Int(reader.read(table)) + 1
      for index in 0..<predictor.count {
        table += SymbolTables.symbolCount
        differences[index] = EmbeddingPacking.difference(reader.read(table))
      }
      return repetitions
    }
  }

  /// Computes the unit embedding `[D]` from the codes `[K]` of a frame.
  func unpack(_ coordinates: UnsafePointer<Int16>, into unit: UnsafeMutablePointer<Float>) {
    for component in 0..<dimension { unit[component] = mean[component] }
    directions.withUnsafeBufferPointer { directions in
      var direction = directions.baseAddress!
      for index in 0..<coordinateCount {
        let coordinate = Float(coordinates[index]) * step
        if coordinate != 0 {
          for component in 0..<dimension { unit[component] += coordinate * direction[component] }
        }
        direction += dimension
      }
    }
    EmbeddingPacking.normalize(unit, dimension)
  }

  /// The codes `[K]` of a unit embedding `[D]`.
  static func codes(
    of unit: UnsafePointer<Float>, mean: [Float], directions: [Float], step: Float
  ) -> [Int16] {
    var codes: [Int16] = []
    for first in stride(from: 0, to: directions.count, by: mean.count) {
      var product: Float = 0
      for component in mean.indices {
        product += (unit[component] - mean[component]) * directions[first + component]
      }
      let code = (product / step).rounded(.toNearestOrAwayFromZero)
      codes.append(Int16(max(-32_767, min(32_767, code))))
    }
    return codes
  }

  /// The natural number that stands for the difference of a code from its prediction, modulo 2¹⁶.
  static func number(_ code: Int16, prediction: Int16) -> UInt32 {
    let difference = Int32(code &- prediction)
    return UInt32(difference >= 0 ? 2 * difference : -2 * difference - 1)
  }

  @inline(__always)
  private static func difference(_ number: UInt32) -> Int32 {
    number & 1 == 0 ? Int32(number >> 1) : -Int32(number >> 1) - 1
  }

  /// Scales a vector to length 1; a zero vector stays zero.
  static func normalize(_ vector: UnsafeMutablePointer<Float>, _ count: Int) {
    var squares: Float = 0
    for index in 0..<count { squares += vector[index] * vector[index] }
    guard squares > 0 else { return }
    let factor = 1 / squares.squareRoot()
    for index in 0..<count { vector[index] *= factor }
  }
}
