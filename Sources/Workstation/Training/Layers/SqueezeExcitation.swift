import Foundation

/// `output[t, c] = s[u, c] · input[t, c]` with one factor per channel of an utterance `u`, computed from its mean over
/// time: `s = σ(W₂ relu(W₁ z + b₁) + b₂)`, `z = mean_t input[t]`.
///
/// | operand | shape |
/// |---|---|
/// | input, output | `[T, C]` ragged by utterance |
/// | `W₁`, `W₂` | `[B, C]`, `[C, B]` |
///
/// - Reference: Hu et al. 2018, arXiv:1709.01507; over time only, as in Desplanques et al. 2020, arXiv:2005.07143,
///   §3.2.
public final class SqueezeExcitation {
  /// `W₁` and `b₁`.
  public let squeeze: Linear
  /// `W₂` and `b₂`.
  public let excitation: Linear
  /// `C`, columns of input and output.
  public let channelCount: Int
  private let means = Matrix()
  private let hidden = Matrix()
  private let factors = Matrix()
  private let factorGradient = Matrix()
  private let hiddenGradient = Matrix()
  private let meanGradient = Matrix()
  private var input: Matrix?
  private var bounds = SequenceBounds(lengths: [])

  /// Registers the parameters under `name`.
  ///
  /// - Parameter bottleneckCount: `B`.
  public init(_ name: String, bank: ParameterBank, channelCount: Int, bottleneckCount: Int) {
    self.channelCount = channelCount
    squeeze = Linear(
      name + ".squeeze", bank: bank, inputCount: channelCount, outputCount: bottleneckCount, gain: 1.4)
    excitation = Linear(name + ".excitation", bank: bank, inputCount: bottleneckCount, outputCount: channelCount)
  }

  /// Which rectifiers of the bottleneck were open in the last forward pass.
  public var openRectifiers: [Bool] { hidden.values.map { $0 > 0 } }

  /// Writes `output`, plus `residual` if given. Keeps a reference to `input` until ``backward(_:into:)``.
  public func forward(_ input: Matrix, _ bounds: SequenceBounds, residual: Matrix? = nil, into output: Matrix) {
    self.input = input
    self.bounds = bounds
    let channels = channelCount
    means.reshape(rows: bounds.count, columns: channels)
    means.setZero()
    for utterance in 0..<bounds.count {
      let share = 1 / Float(max(bounds.length(utterance), 1))
      for row in bounds.starts[utterance]..<bounds.starts[utterance + 1] {
        VectorLoops.accumulate(share, input.row(row), into: means.row(utterance), channels)
      }
    }
    squeeze.forward(means, into: hidden)
    for index in 0..<hidden.count { hidden.pointer[index] = max(hidden.pointer[index], 0) }
    excitation.forward(hidden, into: factors)
    for index in 0..<factors.count { factors.pointer[index] = 1 / (1 + expf(-factors.pointer[index])) }
    output.reshape(rows: input.rows, columns: channels)
    for utterance in 0..<bounds.count {
      let factor = factors.row(utterance)
      for row in bounds.starts[utterance]..<bounds.starts[utterance + 1] {
        let source = input.row(row)
        let target = output.row(row)
        if let residual {
          let added = residual.row(row)
          for channel in 0..<channels { target[channel] = factor[channel] * source[channel] + added[channel] }
        } else {
          for channel in 0..<channels { target[channel] = factor[channel] * source[channel] }
        }
      }
    }
  }

  /// Adds to the gradients of the parameters and writes that of the input. That of the residual is `outputGradient`
  /// itself.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix) {
    guard let input else { preconditionFailure("backward before forward") }
    let channels = channelCount
    factorGradient.reshape(rows: bounds.count, columns: channels)
    factorGradient.setZero()
    for utterance in 0..<bounds.count {
      let byFactor = factorGradient.row(utterance)
      for row in bounds.starts[utterance]..<bounds.starts[utterance + 1] {
        let source = input.row(row)
        let gradient = outputGradient.row(row)
        for channel in 0..<channels { byFactor[channel] += gradient[channel] * source[channel] }
      }
    }
    for index in 0..<factors.count {
      let factor = factors.pointer[index]
      factorGradient.pointer[index] *= factor * (1 - factor)
    }
    excitation.backward(factorGradient, into: hiddenGradient)
    for index in 0..<hidden.count where hidden.pointer[index] <= 0 { hiddenGradient.pointer[index] = 0 }
    squeeze.backward(hiddenGradient, into: meanGradient)
    inputGradient.reshape(rows: input.rows, columns: channels)
    for utterance in 0..<bounds.count {
      let share = 1 / Float(max(bounds.length(utterance), 1))
      let factor = factors.row(utterance)
      let byMean = meanGradient.row(utterance)
      for row in bounds.starts[utterance]..<bounds.starts[utterance + 1] {
        let gradient = outputGradient.row(row)
        let target = inputGradient.row(row)
        for channel in 0..<channels { target[channel] = factor[channel] * gradient[channel] + share * byMean[channel] }
      }
    }
  }
}
