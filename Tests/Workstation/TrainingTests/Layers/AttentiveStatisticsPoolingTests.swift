import Foundation
import Testing
import Training

@Suite struct AttentiveStatisticsPoolingTests {
  @Test("The gradient reaches the frames through weights, mean and deviation", arguments: [401, 402, 403])
  func gradient(seed: UInt64) {
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = AttentiveStatisticsPooling("pooling", bank: bank, dimension: 4, hiddenCount: 3)
    bank.seal()
    bank.disturb(&draws)
    let segments = [2..<7, 5..<13, 0..<3]
    let frames = draws.matrix(rows: 14, columns: 4)
    let probe = Probe(&draws, rows: 3, columns: 4)
    let output = Matrix()
    func forward() -> Evaluation {
      layer.forward(frames: frames, segments: segments, into: output)
      return Evaluation(loss: probe.loss(output))
    }
    _ = forward()
    let before = draws.matrix(rows: 14, columns: 4)
    let frameGradient = Matrix(rows: 14, columns: 4, values: before.values)
    let parameters = bank.added { layer.backward(probe.gradient, frameGradient: frameGradient) }
    for index in 0..<frameGradient.count { frameGradient.pointer[index] -= before.pointer[index] }
    let check = GradientCheck(seed: seed, evaluate: forward)
    check.expect("frames", frames, gradient: frameGradient)
    check.expectParameters(of: bank, gradients: parameters)
  }

  @Test("A segment of one frame has the floor as deviation and a gradient through the mean only")
  func singleFrame() {
    let seed: UInt64 = 404
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = AttentiveStatisticsPooling("pooling", bank: bank, dimension: 4, hiddenCount: 3)
    bank.seal()
    let frames = draws.unitRows(1, 4)
    let probe = Probe(&draws, rows: 1, columns: 4)
    let output = Matrix()
    func forward() -> Evaluation {
      layer.forward(frames: frames, segments: [0..<1], into: output)
      return Evaluation(loss: probe.loss(output))
    }
    _ = forward()
    let frameGradient = Matrix(rows: 1, columns: 4)
    let parameters = bank.added { layer.backward(probe.gradient, frameGradient: frameGradient) }
    let check = GradientCheck(seed: seed, evaluate: forward)
    check.expect("frames", frames, gradient: frameGradient)
    // A single frame has all the weight, regardless of the attention.
    for slot in [layer.vector, layer.hidden.weights] {
      #expect((slot.offset..<slot.offset + slot.count).allSatisfy { abs(parameters[$0]) < 1e-5 }, "\(slot.name)")
    }
  }

  @Test("The embedding equals the formula")
  func formula() {
    let seed: UInt64 = 405
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = AttentiveStatisticsPooling("pooling", bank: bank, dimension: 3, hiddenCount: 2)
    bank.seal()
    bank.disturb(&draws)
    let frames = draws.unitRows(6, 3)
    let output = Matrix()
    layer.forward(frames: frames, segments: [1..<5], into: output)
    func value(_ slot: ParameterSlot, _ index: Int) -> Double { Double(bank.value(slot)[index]) }
    let energies = (1..<5).map { frame in
      (0..<2).reduce(0.0) { sum, unit in
        let inner = (0..<3).reduce(value(layer.hidden.bias!, unit)) {
          $0 + value(layer.hidden.weights, unit * 3 + $1) * Double(frames[frame, $1])
        }
        return sum + value(layer.vector, unit) * tanh(inner)
      }
    }
    let total = energies.map { exp($0) }.reduce(0, +)
    var statistics = [Double](repeating: 0, count: 6)
    for dimension in 0..<3 {
      let column = (1..<5).map { Double(frames[$0, dimension]) }
      let weights = energies.map { exp($0) / total }
      statistics[dimension] = zip(weights, column).map { $0 * $1 }.reduce(0, +)
      let variance = zip(weights, column).map { $0 * pow($1 - statistics[dimension], 2) }.reduce(0, +)
      statistics[3 + dimension] = max(variance, 1e-6).squareRoot()
    }
    let projected = (0..<3).map { row in
      (0..<6).reduce(value(layer.projection.bias!, row)) {
        $0 + value(layer.projection.weights, row * 6 + $1) * statistics[$1]
      }
    }
    let norm = projected.map { $0 * $0 }.reduce(0, +).squareRoot()
    for column in 0..<3 { #expect(abs(Double(output[0, column]) - projected[column] / norm) < 1e-5, "seed \(seed)") }
  }
}
