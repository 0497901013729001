import Testing
import Training

@Suite struct PhonemeAttentionTests {
  /// Segments that overlap, skip frames, or contain one frame.
  @Test(
    "The gradient reaches the queries, the frames as keys and as values, and the scale", arguments: [301, 302, 303])
  func gradient(seed: UInt64) {
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = PhonemeAttention("attention", bank: bank, initialScale: 3)
    bank.seal()
    let bounds = SequenceBounds(lengths: [2, 4, 1])
    let segments = [1..<6, 4..<11, 11..<12]
    let frames = draws.unitRows(13, 5)
    let queries = draws.unitRows(7, 5)
    let probe = Probe(&draws, rows: 7, columns: 5)
    let output = Matrix()
    let larger = draws.unitRows(20, 5)
    layer.forward(
      queries: larger, SequenceBounds(lengths: [9, 8, 2, 1]), frames: larger,
      segments: [0..<20, 0..<9, 3..<6, 2..<12], into: output)
    func forward() -> Evaluation {
      layer.forward(queries: queries, bounds, frames: frames, segments: segments, into: output)
      return Evaluation(loss: probe.loss(output))
    }
    _ = forward()
    let before = draws.matrix(rows: 13, columns: 5)
    let queryGradient = Matrix(rows: 7, columns: 5, values: Array(before.values.prefix(35)))
    let frameGradient = Matrix(rows: 13, columns: 5, values: before.values)
    let parameters = bank.added {
      layer.backward(probe.gradient, queryGradient: queryGradient, frameGradient: frameGradient)
    }
    for index in 0..<queryGradient.count { queryGradient.pointer[index] -= before.pointer[index] }
    for index in 0..<frameGradient.count { frameGradient.pointer[index] -= before.pointer[index] }
    let check = GradientCheck(seed: seed, evaluate: forward)
    check.expect("queries", queries, gradient: queryGradient)
    check.expect("frames", frames, gradient: frameGradient)
    check.expectParameters(of: bank, gradients: parameters)
  }

  @Test("A phrase without frames gets zeros, receives no gradient and does not affect the others") func emptySegment() {
    let seed: UInt64 = 310
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = PhonemeAttention("attention", bank: bank)
    bank.seal()
    let frames = draws.unitRows(6, 5)
    let queries = draws.unitRows(3, 5)
    let output = draws.matrix(rows: 3, columns: 5)
    layer.forward(
      queries: queries, SequenceBounds(lengths: [2, 1]), frames: frames, segments: [3..<3, 1..<6], into: output)
    #expect(output.values.prefix(10).allSatisfy { $0 == 0 })
    #expect(output.values.suffix(5).contains { abs($0) > 0.1 })
    let (queryGradient, frameGradient) = (Matrix(rows: 3, columns: 5), Matrix(rows: 6, columns: 5))
    layer.backward(draws.matrix(rows: 3, columns: 5), queryGradient: queryGradient, frameGradient: frameGradient)
    #expect(queryGradient.values.prefix(10).allSatisfy { $0 == 0 })
    #expect((queryGradient.values + frameGradient.values).allSatisfy { $0.isFinite })
  }
}
