import Foundation
import Testing
import Training

@Suite struct MonotonicAttentionTests {
  /// Three phrases. The last one, a hard negative, is not penalized.
  private static let bounds = SequenceBounds(lengths: [3, 2, 4])
  private static let segments = [0..<7, 5..<11, 3..<9]

  private struct Fixture {
    let bank: ParameterBank
    let layer: PhonemeAttention
    let queries: Matrix
    let frames: Matrix
    let output = Matrix()

    init(seed: UInt64) {
      var draws = Draws(seed: seed)
      bank = ParameterBank(seed: seed)
      layer = PhonemeAttention("attention", bank: bank, initialScale: 3)
      bank.seal()
      queries = draws.unitRows(9, 5)
      frames = draws.unitRows(12, 5)
    }

    func forward() { layer.forward(queries: queries, bounds, frames: frames, segments: segments, into: output) }

    /// The loss, and its gradients by queries and frames.
    func run(weight: Float) -> (loss: Double, queries: Matrix, frames: Matrix) {
      forward()
      let loss = layer.accumulateMonotonicLoss(phraseCount: 2, weight: weight)
      var frameGradient = Matrix()
      let queryGradient = queries.added { byQueries in
        frameGradient = frames.added {
          layer.backward(output.zeros, queryGradient: byQueries, frameGradient: $0)
        }
      }
      return (Double(loss), queryGradient, frameGradient)
    }

    /// Attention weights in double precision, times their distance from the diagonal.
    func expected() -> Double {
      var sum = 0.0
      for phrase in 0..<2 {
        let (count, segment) = (bounds.length(phrase), segments[phrase])
        for row in 0..<count {
          let logits = segment.map { Double(layer.scale) * queries.product(bounds.starts[phrase] + row, frames, $0) }
          let total = logits.map { exp($0) }.reduce(0, +)
          for (column, logit) in logits.enumerated() {
            let offset = (Double(row) + 0.5) / Double(count) - (Double(column) + 0.5) / Double(segment.count)
            sum += exp(logit) / total * (1 - exp(-offset * offset / (2 * 0.2 * 0.2)))
          }
        }
      }
      return sum / 5
    }
  }

  @Test("The loss is the attention's mean distance from the diagonal over the first phrases", arguments: 321...324)
  func value(seed: UInt64) {
    let fixture = Fixture(seed: seed)
    let (found, expected) = (fixture.run(weight: 1).loss, fixture.expected())
    #expect(abs(found - expected) < 1e-5 * expected, "\(found), expected \(expected), seed \(seed)")
  }

  @Test("Its gradient reaches queries, frames and the scale, and only the first phrases", arguments: 325...327)
  func gradient(seed: UInt64) {
    let fixture = Fixture(seed: seed)
    var result = (loss: 0.0, queries: Matrix(), frames: Matrix())
    let parameters = fixture.bank.added { result = fixture.run(weight: 0.6) }
    let check = GradientCheck(seed: seed) {
      fixture.forward()
      return Evaluation(loss: 0.6 * Double(fixture.layer.accumulateMonotonicLoss(phraseCount: 2, weight: 0)))
    }
    check.expect("queries", fixture.queries, gradient: result.queries)
    check.expect("frames", fixture.frames, gradient: result.frames)
    check.expectParameters(of: fixture.bank, gradients: parameters)
    #expect(result.queries.values.suffix(20).allSatisfy { $0 == 0 })
    // Frame 11 is in no segment.
    #expect(result.frames.values.suffix(5).allSatisfy { $0 == 0 })
  }

  @Test("The next forward pass discards the loss") func forgets() {
    let fixture = Fixture(seed: 328)
    _ = fixture.run(weight: 1)
    fixture.forward()
    let gradient = fixture.queries.zeros
    fixture.layer.backward(fixture.output.zeros, queryGradient: gradient, frameGradient: fixture.frames.zeros)
    #expect(gradient.values.allSatisfy { $0 == 0 })
  }

  @Test("Attention on the diagonal costs nothing, on the opposite diagonal almost everything") func diagonal() {
    let bank = ParameterBank(seed: 329)
    let layer = PhonemeAttention("attention", bank: bank, initialScale: 200)
    bank.seal()
    let queries = Matrix(rows: 6, columns: 6)
    let (same, turned) = (queries.zeros, queries.zeros)
    for row in 0..<6 {
      queries[row, row] = 1
      same[row, row] = 1
      turned[5 - row, row] = 1
    }
    func loss(_ frames: Matrix) -> Float {
      layer.forward(
        queries: queries, SequenceBounds(lengths: [6]), frames: frames, segments: [0..<6], into: Matrix())
      return layer.accumulateMonotonicLoss(phraseCount: 1, weight: 1)
    }
    #expect(loss(same) < 1e-6)
    // Offsets of 5/6, 3/6 and 1/6 of the phrase.
    let offsets: [Float] = [5, 3, 1].map { $0 / 6 }
    let expected = offsets.map { 1 - exp(-$0 * $0 / 0.08) }.reduce(0, +) / 3
    #expect(abs(loss(turned) - expected) < 1e-5)
    #expect(expected > 0.7)
  }

  @Test("Without phrases there is no loss") func noPhrases() {
    let fixture = Fixture(seed: 330)
    fixture.forward()
    #expect(fixture.layer.accumulateMonotonicLoss(phraseCount: 0, weight: 1) == 0)
  }
}
