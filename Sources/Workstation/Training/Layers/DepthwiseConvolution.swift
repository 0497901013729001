/// `output[j, c] = Σₖ weights[k, c] · input[j − left + k, c]`, per sequence, with zeros outside it.
///
/// Weights are `[kernel, channels]`. `left = kernel − 1 − rightContext`. Stride and dilation are 1.
public final class DepthwiseConvolution {
  /// The bank that owns the weights.
  public let bank: ParameterBank
  /// `[kernel, channels]`.
  public let weights: ParameterSlot
  /// Columns of input and output.
  public let channelCount: Int
  /// The number of taps.
  public let kernel: Int
  /// Taps on later frames.
  public let rightContext: Int
  private var input: Matrix?
  private var bounds = SequenceBounds(lengths: [])

  /// Registers the weights under `name`.
  public init(_ name: String, bank: ParameterBank, channelCount: Int, kernel: Int, rightContext: Int) {
    self.bank = bank
    self.channelCount = channelCount
    self.kernel = kernel
    self.rightContext = rightContext
    weights = bank.slot(
      name, rows: kernel, columns: channelCount, decays: true, .scaledNormal(fanIn: kernel, gain: 1))
  }

  /// Takes the weights of a convolution with another kernel or right context, each for the frame that it covers
  /// there. Taps on frames that `other` does not cover become 0.
  func adoptTaps(of other: DepthwiseConvolution) {
    let (taps, source) = (bank.value(weights), other.bank.value(other.weights))
    let shift = (kernel - 1 - rightContext) - (other.kernel - 1 - other.rightContext)
    for tap in 0..<kernel {
      let isCovered = (0..<other.kernel).contains(tap - shift)
      for channel in 0..<channelCount {
        taps[tap * channelCount + channel] = isCovered ? source[(tap - shift) * channelCount + channel] : 0
      }
    }
  }

  /// Writes `output`, `[T, C]` like `input`. Keeps a reference to `input` until ``backward(_:into:)``.
  public func forward(_ input: Matrix, _ bounds: SequenceBounds, into output: Matrix) {
    self.input = input
    self.bounds = bounds
    output.reshape(rows: input.rows, columns: channelCount)
    let left = kernel - 1 - rightContext
    let taps = bank.value(weights)
    for sequence in 0..<bounds.count {
      let length = bounds.length(sequence)
      let base = input.row(bounds.starts[sequence])
      for frame in 0..<length {
        let target = output.row(bounds.starts[sequence] + frame)
        target.update(repeating: 0, count: channelCount)
        let first = max(0, left - frame)
        let last = min(kernel, length - frame + left)
        for tap in first..<max(first, last) {
          let source = base + (frame - left + tap) * channelCount
          let weight = taps + tap * channelCount
          for channel in 0..<channelCount { target[channel] += weight[channel] * source[channel] }
        }
      }
    }
  }

  /// Adds to the gradient of the weights and writes that of the input.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix) {
    guard let input else { preconditionFailure("backward before forward") }
    inputGradient.reshape(rows: input.rows, columns: channelCount)
    inputGradient.setZero()
    let left = kernel - 1 - rightContext
    let taps = bank.value(weights)
    let tapGradients = bank.gradient(weights)
    for sequence in 0..<bounds.count {
      let length = bounds.length(sequence)
      let start = bounds.starts[sequence]
      for frame in 0..<length {
        let gradient = outputGradient.row(start + frame)
        let first = max(0, left - frame)
        let last = min(kernel, length - frame + left)
        for tap in first..<max(first, last) {
          let offset = start + frame - left + tap
          let source = input.row(offset)
          let sourceGradient = inputGradient.row(offset)
          let weight = taps + tap * channelCount
          let weightGradient = tapGradients + tap * channelCount
          for channel in 0..<channelCount {
            sourceGradient[channel] += weight[channel] * gradient[channel]
            weightGradient[channel] += source[channel] * gradient[channel]
          }
        }
      }
    }
  }
}
