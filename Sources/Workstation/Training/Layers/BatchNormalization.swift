/// `output = activation(γ · (input − μ) / √(σ² + ε) + β)` with the mean and variance of each channel over all rows of
/// the batch in training, and their running averages in evaluation.
///
/// With ReLU the mask is derived from the output, so only the normalized input is kept. Alternatively the ReLU comes
/// first and the input is `max(input, 0)`, as in x-vector networks.
/// - Reference: Ioffe and Szegedy 2015, arXiv:1502.03167.
public final class BatchNormalization {
  /// `ε`.
  public static let epsilon: Float = 1e-3
  /// Weight of the newest batch in the running averages.
  public static let momentum: Float = 0.02

  /// The bank that owns the parameters and the running statistics.
  public let bank: ParameterBank
  /// `γ`: `[1, channelCount]`.
  public let scale: ParameterSlot
  /// `β`: `[1, channelCount]`.
  public let shift: ParameterSlot
  /// Offset of `[mean, variance]` in the bank's statistics.
  public let statisticOffset: Int
  /// Columns of the input.
  public let channelCount: Int
  /// Whether a ReLU follows the normalization.
  public let rectifies: Bool
  /// Whether the input passes through a ReLU first.
  public let rectifiesInput: Bool
  /// Whether a forward pass in evaluation first anchors the layer to its input: see
  /// ``AcousticEncoder/anchorNormalizations(to:_:)``.
  var isAnchoring = false
  private let normalized = Matrix()
  private var inverseDeviation: [Float]
  /// The normalized value of a zero input.
  private var normalizedZero: [Float]
  private var sums: [Float]

  /// Registers the parameters and the running statistics under `name`.
  ///
  /// - Parameter initialScale: the initial `γ`.
  public init(
    _ name: String, bank: ParameterBank, channelCount: Int, rectifies: Bool, rectifiesInput: Bool = false,
    initialScale: Float = 1
  ) {
    self.bank = bank
    self.channelCount = channelCount
    self.rectifies = rectifies
    self.rectifiesInput = rectifiesInput
    scale = bank.slot(name + ".scale", rows: 1, columns: channelCount, decays: false, .constant(initialScale))
    shift = bank.slot(name + ".shift", rows: 1, columns: channelCount, decays: false, .constant(0))
    statisticOffset = bank.statisticOffset(name + ".mean", count: channelCount, initial: 0)
    _ = bank.statisticOffset(name + ".variance", count: channelCount, initial: 1)
    inverseDeviation = [Float](repeating: 1, count: channelCount)
    normalizedZero = [Float](repeating: 0, count: channelCount)
    sums = [Float](repeating: 0, count: 2 * channelCount)
  }

  /// Normalizes `values` `[T, C]` in place.
  ///
  /// - Parameters:
  ///   - residual: `[T, C]`, added before the ReLU.
  ///   - training: whether to use the statistics of the batch instead of the running ones.
  public func forward(_ values: Matrix, residual: Matrix? = nil, training: Bool) {
    let rows = values.rows
    guard rows > 0 else { return }
    let channels = channelCount
    if rectifiesInput {
      let pointer = values.pointer
      for index in 0..<values.count { pointer[index] = max(pointer[index], 0) }
    }
    let mean: UnsafeMutablePointer<Float>
    let variance: UnsafeMutablePointer<Float>
    if training {
      mean = bank.batchStatistics + statisticOffset
      variance = mean + channels
      measure(values, mean, variance)
    } else {
      if isAnchoring { anchor(to: values) }
      mean = bank.statistics + statisticOffset
      variance = mean + channels
    }
    normalized.reshape(rows: rows, columns: channels)
    let gamma = bank.value(scale)
    let beta = bank.value(shift)
    inverseDeviation.withUnsafeMutableBufferPointer { inverse in
      for channel in 0..<channels { inverse[channel] = 1 / (variance[channel] + Self.epsilon).squareRoot() }
      let inverse = inverse.baseAddress!
      if rectifiesInput {
        for channel in 0..<channels { normalizedZero[channel] = (0 - mean[channel]) * inverse[channel] }
      }
      for row in 0..<rows {
        let target = values.row(row)
        let kept = normalized.row(row)
        if let residual {
          let added = residual.row(row)
          for channel in 0..<channels {
            let value = (target[channel] - mean[channel]) * inverse[channel]
            kept[channel] = value
            target[channel] = gamma[channel] * value + beta[channel] + added[channel]
          }
        } else {
          for channel in 0..<channels {
            let value = (target[channel] - mean[channel]) * inverse[channel]
            kept[channel] = value
            target[channel] = gamma[channel] * value + beta[channel]
          }
        }
        if rectifies { for channel in 0..<channels { target[channel] = max(target[channel], 0) } }
      }
    }
  }

  /// Computes the mean and the variance of each channel.
  private func measure(
    _ values: Matrix, _ mean: UnsafeMutablePointer<Float>, _ variance: UnsafeMutablePointer<Float>
  ) {
    let channels = channelCount
    mean.update(repeating: 0, count: channels)
    variance.update(repeating: 0, count: channels)
    // Sums relative to the first row avoid cancellation in the subtraction below.
    let origin = values.pointer
    for row in 0..<values.rows {
      let source = values.row(row)
      for channel in 0..<channels {
        let difference = source[channel] - origin[channel]
        mean[channel] += difference
        variance[channel] += difference * difference
      }
    }
    let scale = 1 / Float(values.rows)
    for channel in 0..<channels {
      let average = mean[channel] * scale
      variance[channel] = max(variance[channel] * scale - average * average, 0)
      mean[channel] = average + origin[channel]
    }
  }

  /// Replaces the running statistics by those of `values`, and `γ` and `β` such that the function stays the same.
  private func anchor(to values: Matrix) {
    let (gamma, beta) = (bank.value(scale), bank.value(shift))
    let mean = bank.statistics + statisticOffset
    let variance = mean + channelCount
    for channel in 0..<channelCount {
      gamma[channel] /= (variance[channel] + Self.epsilon).squareRoot()
      beta[channel] -= gamma[channel] * mean[channel]
    }
    measure(values, mean, variance)
    for channel in 0..<channelCount {
      beta[channel] += gamma[channel] * mean[channel]
      gamma[channel] *= (variance[channel] + Self.epsilon).squareRoot()
    }
  }

  /// Converts the gradient by the output into that by the input, in place.
  ///
  /// - Parameters:
  ///   - output: the result of ``forward(_:residual:training:)``.
  ///   - residualGradient: receives the masked gradient.
  public func backward(_ gradient: Matrix, output: Matrix, residualGradient: Matrix? = nil) {
    let rows = gradient.rows
    guard rows > 0 else { return }
    let channels = channelCount
    let gamma = bank.value(scale)
    let gammaGradient = bank.gradient(scale)
    let betaGradient = bank.gradient(shift)
    residualGradient?.reshape(rows: rows, columns: channels)
    sums.withUnsafeMutableBufferPointer { buffer in
      let sum = buffer.baseAddress!
      let product = sum + channels
      sum.update(repeating: 0, count: 2 * channels)
      for row in 0..<rows {
        let target = gradient.row(row)
        let kept = normalized.row(row)
        if rectifies {
          let out = output.row(row)
          for channel in 0..<channels { target[channel] = out[channel] > 0 ? target[channel] : 0 }
        }
        for channel in 0..<channels {
          sum[channel] += target[channel]
          product[channel] += target[channel] * kept[channel]
        }
        if let residualGradient { residualGradient.row(row).update(from: target, count: channels) }
      }
      for channel in 0..<channels {
        gammaGradient[channel] += product[channel]
        betaGradient[channel] += sum[channel]
        sum[channel] /= Float(rows)
        product[channel] /= Float(rows)
      }
      inverseDeviation.withUnsafeMutableBufferPointer { inverse in
        let inverse = inverse.baseAddress!
        for row in 0..<rows {
          let target = gradient.row(row)
          let kept = normalized.row(row)
          for channel in 0..<channels {
            let centred = target[channel] - sum[channel] - kept[channel] * product[channel]
            target[channel] = gamma[channel] * inverse[channel] * centred
          }
        }
        if rectifiesInput { mask(gradient) }
      }
    }
  }

  /// With a ReLU before the normalization: whether each value of the last input exceeded zero, row-major.
  public var openInputs: [Bool] {
    (0..<normalized.count).map { normalized.pointer[$0] > normalizedZero[$0 % channelCount] }
  }

  /// Clears the gradient where the input did not exceed zero. Such inputs were normalized by the same arithmetic as
  /// zero itself.
  private func mask(_ gradient: Matrix) {
    normalizedZero.withUnsafeBufferPointer { buffer in
      let closed = buffer.baseAddress!
      for row in 0..<gradient.rows {
        let target = gradient.row(row)
        let kept = normalized.row(row)
        for channel in 0..<channelCount { target[channel] = kept[channel] > closed[channel] ? target[channel] : 0 }
      }
    }
  }

  /// Moves the running averages of `bank` toward the mean of the workers' batch statistics.
  public static func updateRunningStatistics(of bank: ParameterBank, from workers: [ParameterBank]) {
    let share = momentum / Float(workers.count)
    for index in 0..<bank.statisticCount {
      var value = bank.statistics[index] * (1 - momentum)
      for worker in workers { value += share * worker.batchStatistics[index] }
      bank.statistics[index] = value
    }
  }
}
