import Testing
import Training

@Suite struct FakeQuantizationTests {
  /// Values well inside, at the limits and outside of `127 · 0.1 · factor`, of either sign.
  private static let step: Float = 0.1
  private static let factors: [Float] = [1, 0.5, 4]

  private static func tensor(_ seed: UInt64) -> Matrix {
    var draws = Draws(seed: seed)
    let values = draws.matrix(rows: 40, columns: 3, size: 9)
    values[0, 0] = 12.7
    values[1, 0] = -12.7
    values[2, 1] = 0.024
    return values
  }

  @Test("Every value is rounded to the nearest point of its channel's grid, halves up, or clamped")
  func grid() {
    let seed: UInt64 = 2301
    let values = Self.tensor(seed)
    let original = values.values
    FakeQuantization().forward(values, step: Self.step, factors: Self.factors)
    for (index, value) in original.enumerated() {
      let unit = Double(Self.step) * Double(Self.factors[index % 3])
      // The oracle: the nearest of all 255 points, the upper one of two.
      let nearest = (-127...127).map { Double($0) * unit }.min {
        (abs($0 - Double(value)), -$0) < (abs($1 - Double(value)), -$1)
      }!
      #expect(abs(Double(values.values[index]) - nearest) < 1e-5, "[\(index)] \(value), seed \(seed)")
    }
  }

  @Test("The gradient is that of the identity inside the range and zero outside")
  func straightThrough() {
    let seed: UInt64 = 2302
    let values = Self.tensor(seed)
    let original = values.values
    var draws = Draws(seed: seed + 1)
    let gradient = draws.matrix(rows: 40, columns: 3)
    let before = gradient.values
    let quantization = FakeQuantization()
    quantization.forward(values, step: Self.step, factors: Self.factors)
    quantization.backward(gradient)
    var clamped = 0
    for (index, value) in original.enumerated() {
      let isInside = abs(value) <= 127 * (Self.step * Self.factors[index % 3])
      clamped += isInside ? 0 : 1
      #expect(gradient.values[index] == (isInside ? before[index] : 0), "[\(index)] \(value), seed \(seed)")
    }
    #expect(clamped > 10 && clamped < 60, "seed \(seed): \(clamped) of 120 outside")
    #expect(quantization.original.values == original)
  }

  /// Over steps much wider than the grid, differences show the identity that the estimate assumes.
  @Test("Over many grid steps the rounded value changes as its gradient predicts")
  func slope() {
    let seed: UInt64 = 2303
    var draws = Draws(seed: seed)
    let values = draws.matrix(rows: 6, columns: 2, size: 0.3)
    let probe = Probe(&draws, rows: 6, columns: 2)
    let quantization = FakeQuantization()
    let factors: [Float] = [1, 2]
    func loss() -> Double {
      let rounded = Matrix(rows: 6, columns: 2, values: values.values)
      quantization.forward(rounded, step: 1e-3 * 8, factors: factors)
      return probe.loss(rounded)
    }
    _ = loss()
    let gradient = probe.gradient
    quantization.backward(gradient)
    for index in 0..<12 {
      let original = values.pointer[index]
      // Fifty steps to either side. Outside the range there is no gradient.
      let move: Float = 0.4 * factors[index % 2]
      let limit = 127 * (8e-3 * factors[index % 2])
      guard abs(original) + move < limit else { continue }
      values.pointer[index] = original + move
      let above = loss()
      values.pointer[index] = original - move
      let below = loss()
      values.pointer[index] = original
      let difference = (above - below) / Double(2 * move)
      #expect(abs(difference - Double(gradient.pointer[index])) < 0.03, "[\(index)], seed \(seed)")
    }
  }

  @Test("Rounded weights are at most half a step of their output channel off, for any input factors")
  func weights() {
    let seed: UInt64 = 2304
    var draws = Draws(seed: seed)
    let factors: [Float] = [0.25, 1, 3, 8]
    let weights = draws.matrix(rows: 5, columns: 12)
    let original = weights.values
    FakeQuantization.roundWeights(weights.pointer, outputs: 5, depth: 12, inputFactors: factors)
    for output in 0..<5 {
      let scaled = (0..<12).map { Double(original[output * 12 + $0]) * Double(factors[$0 % 4]) }
      let step = scaled.map(abs).max()! / 127
      for index in 0..<12 {
        let rounded = Double(weights[output, index]) * Double(factors[index % 4]) / step
        #expect(abs(rounded - rounded.rounded()) < 1e-3, "off the grid at [\(output), \(index)], seed \(seed)")
        #expect(abs(rounded - scaled[index] / step) < 0.501, "[\(output), \(index)], seed \(seed)")
      }
    }
  }

  @Test("Depthwise weights are rounded by channel") func depthwiseWeights() {
    let weights = Matrix(rows: 3, columns: 2, values: [127, 0.3, 0.6, -12.7, -90.4, 0])
    FakeQuantization.roundDepthwiseWeights(weights.pointer, taps: 3, channels: 2)
    let expected: [Float] = [127, 0.3, 1, -12.7, -90, 0]
    #expect(zip(weights.values, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "\(weights.values)")
  }
}
