import Foundation
import ModelFormat

/// The gated recurrent unit, one unit at a time in double precision, as a reference for the layers.
struct ScalarRecurrence {
  var inputWeights: [Double]
  var hiddenWeights: [Double]
  var inputBiases: [Double]
  var hiddenBiases: [Double]
  let units: Int
  let inputCount: Int

  /// Uses the weights of the device, rounded to one byte per value.
  init(_ unit: AcousticModelContents.RecurrentUnit, inputCount: Int) {
    units = unit.inputBiases.count / 3
    self.inputCount = inputCount
    inputWeights = Self.quantized(unit.inputWeights, rowCount: 3 * units)
    hiddenWeights = Self.quantized(unit.hiddenWeights, rowCount: 3 * units)
    inputBiases = unit.inputBiases.map(Double.init)
    hiddenBiases = unit.hiddenBiases.map(Double.init)
  }

  static func quantized(_ weights: [Float], rowCount: Int) -> [Double] {
    EncodedRowQuantizedMatrix(weights, rowCount: rowCount, columnCount: weights.count / rowCount).dequantized
      .map(Double.init)
  }

  /// The state at each input, in input order.
  func states(_ inputs: [[Double]], reversed: Bool) -> [[Double]] {
    var state = [Double](repeating: 0, count: units)
    var states: [[Double]] = []
    for input in reversed ? inputs.reversed() : inputs {
      state = (0..<units).map { unit in
        let reset = logistic(fromInput(unit, input) + fromHidden(unit, state))
        let update = logistic(fromInput(units + unit, input) + fromHidden(units + unit, state))
        let new = tanh(fromInput(2 * units + unit, input) + reset * fromHidden(2 * units + unit, state))
        return (1 - update) * new + update * state[unit]
      }
      states.append(state)
    }
    return reversed ? states.reversed() : states
  }

  private func fromInput(_ row: Int, _ input: [Double]) -> Double {
    (0..<inputCount).reduce(inputBiases[row]) { $0 + inputWeights[row * inputCount + $1] * input[$1] }
  }

  private func fromHidden(_ row: Int, _ state: [Double]) -> Double {
    (0..<units).reduce(hiddenBiases[row]) { $0 + hiddenWeights[row * units + $1] * state[$1] }
  }

  private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
