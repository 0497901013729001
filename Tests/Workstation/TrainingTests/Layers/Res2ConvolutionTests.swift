import Foundation
import Testing
import Training

@Suite struct Res2ConvolutionTests {
  /// Several utterances, one of a single frame, one shorter than the dilation.
  private static let bounds = SequenceBounds(lengths: [7, 1, 10, 3])

  /// Groups: one (without convolution), two, and several.
  @Test("In evaluation each group is convolved together with the previous group's output", arguments: [1, 2, 3, 6])
  func formula(scale: Int) {
    let seed = UInt64(820 + scale)
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = Res2Convolution("res2", bank: bank, channelCount: 6, scale: scale, kernel: 3, dilation: 2)
    bank.seal()
    bank.disturb(&draws)
    for index in 0..<bank.statisticCount { bank.statistics[index] += draws.generator.nextUniform(in: 0...0.5) }
    let rows = Self.bounds.rowCount
    let input = draws.matrix(rows: rows, columns: 6)
    let output = Matrix()
    layer.forward(input, Self.bounds, into: output, training: false)
    let width = 6 / scale
    var expected = (0..<rows).map { row in (0..<6).map { Double(input[row, $0]) } }
    var statistics = 0
    for group in stride(from: 1, to: scale, by: 1) {
      func value(_ name: String, _ index: Int) -> Double {
        Double(bank.value(bank.find("res2.group\(group)" + name)!)[index])
      }
      let source = (0..<rows).map { row in
        (0..<width).map {
          Double(input[row, group * width + $0]) + (group > 1 ? expected[row][(group - 1) * width + $0] : 0)
        }
      }
      for sequence in 0..<Self.bounds.count {
        let range = Self.bounds.starts[sequence]..<Self.bounds.starts[sequence + 1]
        for row in range {
          for channel in 0..<width {
            var sum = value(".bias", channel)
            for tap in 0..<3 where range.contains(row + 2 * (tap - 1)) {
              for inner in 0..<width {
                sum += value("", (channel * 3 + tap) * width + inner) * source[row + 2 * (tap - 1)][inner]
              }
            }
            let mean = Double(bank.statistics[statistics + channel])
            let variance = Double(bank.statistics[statistics + width + channel])
            let unit = (max(sum, 0) - mean) / (variance + Double(BatchNormalization.epsilon)).squareRoot()
            expected[row][group * width + channel] =
              value(".norm.scale", channel) * unit + value(".norm.shift", channel)
          }
        }
      }
      statistics += 2 * width
    }
    for row in 0..<rows {
      for channel in 0..<6 {
        #expect(
          abs(Double(output[row, channel]) - expected[row][channel]) < 1e-4, "row \(row), \(channel), seed \(seed)")
      }
    }
  }

  @Test("The gradient passes through the groups to every parameter and the input", arguments: [2, 3])
  func gradient(scale: Int) {
    let seed = UInt64(830 + scale)
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = Res2Convolution("res2", bank: bank, channelCount: 6, scale: scale, kernel: 3, dilation: 2)
    bank.seal()
    bank.disturb(&draws)
    let larger = SequenceBounds(lengths: [30, 9])
    let output = Matrix()
    layer.forward(draws.matrix(rows: 39, columns: 6), larger, into: output, training: true)
    layer.backward(draws.matrix(rows: 39, columns: 6))
    let input = draws.matrix(rows: Self.bounds.rowCount, columns: 6)
    let probe = Probe(&draws, rows: Self.bounds.rowCount, columns: 6)
    func forward() -> Evaluation {
      layer.forward(input, Self.bounds, into: output, training: true)
      return Evaluation(loss: probe.loss(output), open: layer.openRectifiers)
    }
    _ = forward()
    let gradient = probe.gradient
    let parameters = bank.added { layer.backward(gradient) }
    let check = GradientCheck(seed: seed, step: 1e-3, skippedShare: 0.5, evaluate: forward)
    check.expect("input", input, gradient: gradient)
    check.expectParameters(of: bank, gradients: parameters)
  }
}
