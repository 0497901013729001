/// Packs frame embeddings into a few bits: coordinates along the directions in which embeddings vary, rounded to a
/// step.
///
/// ```text
/// code[k] = round(⟨unit − mean, direction[k]⟩ / step)          unit ≈ normalize(mean + step · Σ_k code[k] · direction[k])
/// ```
///
/// | member           | shape    | meaning                                        |
/// |------------------|----------|------------------------------------------------|
/// | `mean`           | `[D]`    | mean of the unit embeddings                    |
/// | `directions`     | `[K, D]` | orthogonal unit vectors                        |
/// | `riceParameters` | `[K]`    | 0…8, low bits of a code stored as they are      |
///
/// A few dozen phonemes span the embeddings, so far fewer directions than dimensions suffice. Rounding changes a
/// coordinate by at most half a step. A code n is stored as the natural number u = 2n (n ≥ 0) or −2n − 1 (n < 0): ⌊u /
/// 2ʳ⌋ one bits, a zero bit, and the r low bits of u. After 16 one bits there is no zero bit; u follows in 16 bits.
struct EmbeddingPacking: Equatable, Sendable {
  static let longestPrefix = 16
  static let largestRiceParameter = 8

  let dimension: Int
  let step: Float
  let mean: [Float]
  let directions: [Float]
  let riceParameters: [UInt8]

  /// The number of coordinates K.
  var coordinateCount: Int { riceParameters.count }

  /// Reads the codes of the next frame into `coordinates`, `[K]`.
  @inline(__always)
  func read(_ reader: inout PackedBitReader, into coordinates: UnsafeMutablePointer<Int32>) {
    for index in 0..<coordinateCount {
      coordinates[index] = EmbeddingPacking.readCode(&reader, riceParameter: Int(riceParameters[index]))
    }
  }

  /// Computes the unit embedding `[D]` from the codes `[K]` of a frame.
  func unpack(_ coordinates: UnsafePointer<Int32>, into unit: UnsafeMutablePointer<Float>) {
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
  func codes(of unit: UnsafePointer<Float>) -> [Int32] {
    var codes: [Int32] = []
    for index in 0..<coordinateCount {
      var product: Float = 0
      for component in 0..<dimension {
        product += (unit[component] - mean[component]) * directions[index * dimension + component]
      }
      let code = (product / step).rounded(.toNearestOrAwayFromZero)
      codes.append(Int32(max(-32_767, min(32_767, code))))
    }
    return codes
  }

  static func write(_ code: Int32, riceParameter: Int, to writer: inout PackedBitWriter) {
    let number = code >= 0 ? 2 * UInt32(code) : 2 * UInt32(-(code + 1)) + 1
    let prefix = Int(number >> UInt32(riceParameter))
    for _ in 0..<min(prefix, longestPrefix) { writer.write(1, 1) }
    if prefix >= longestPrefix {
      writer.write(UInt8(truncatingIfNeeded: number), 8)
      writer.write(UInt8(truncatingIfNeeded: number >> 8), 8)
    } else {
      writer.write(0, 1)
      if riceParameter > 0 { writer.write(UInt8(number & (1 << UInt32(riceParameter) - 1)), riceParameter) }
    }
  }

  /// The number of bits of a code.
  static func bitCount(_ code: Int32, riceParameter: Int) -> Int {
    let number = code >= 0 ? 2 * Int(code) : -2 * Int(code) - 1
    let prefix = number >> riceParameter
    return prefix >= longestPrefix ? longestPrefix + 16 : prefix + 1 + riceParameter
  }

  @inline(__always)
  private static func readCode(_ reader: inout PackedBitReader, riceParameter: Int) -> Int32 {
    var prefix: UInt32 = 0
    while prefix < UInt32(longestPrefix) && reader.read(1) == 1 { prefix += 1 }
    var number: UInt32
    if prefix == UInt32(longestPrefix) {
      number = UInt32(reader.read(8))
      number |= UInt32(reader.read(8)) << 8
    } else {
      number = prefix << UInt32(riceParameter)
      if riceParameter > 0 { number |= UInt32(reader.read(riceParameter)) }
    }
    return number & 1 == 0 ? Int32(number >> 1) : -Int32(number >> 1) - 1
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
