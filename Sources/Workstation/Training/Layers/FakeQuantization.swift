/// Rounds an activation tensor to the 8-bit grid of the device and passes the gradient through.
///
/// `y = u · clamp(⌊x / u + ½⌋, −127, 127)` with the unit `u[c] = step · factors[c]` of each channel: one step per
/// tensor, and the factors with which the exporter equalizes its channels. The gradient by `x` equals that by `y` if
/// `|x| ≤ 127 · u` and is zero otherwise (straight-through estimate).
///
/// One instance per tensor and worker. ``forward(_:step:factors:)`` keeps what ``backward(_:)`` needs.
/// - Reference: Jacob et al. 2018, arXiv:1712.05877, §3; Bengio et al. 2013, arXiv:1308.3432 (straight-through).
public final class FakeQuantization {
  /// The tensor before rounding. Read the mask of a rectifier from it: a value rounded to zero was still open.
  public let original = Matrix()
  private var limits: [Float] = []

  /// Creates an instance for one tensor.
  public init() {}

  /// Rounds `values` `[T, C]` in place.
  /// - Precondition: `step` and the factors are positive, and there is one factor per channel.
  public func forward(_ values: Matrix, step: Float, factors: [Float]) {
    precondition(step > 0 && factors.count == values.columns, "a tensor needs a step and one factor per channel")
    original.copy(from: values)
    let units = factors.map { $0 * step }
    let inverses = units.map { 1 / $0 }
    limits = units.map { $0 * 127 }
    for row in 0..<values.rows {
      let target = values.row(row)
      for channel in 0..<values.columns {
        let steps = (target[channel] * inverses[channel] + 0.5).rounded(.down)
        target[channel] = min(max(steps, -127), 127) * units[channel]
      }
    }
  }

  /// Clears the gradient `[T, C]` where the value was clamped.
  public func backward(_ gradient: Matrix) {
    precondition(gradient.rows == original.rows && gradient.columns == limits.count, "backward before forward")
    for row in 0..<gradient.rows {
      let target = gradient.row(row)
      let value = original.row(row)
      for channel in 0..<gradient.columns {
        target[channel] = abs(value[channel]) <= limits[channel] ? target[channel] : 0
      }
    }
  }

  /// Largest magnitude of each channel of `values` `[T, C]`.
  static func channelMaxima(_ values: Matrix, into maxima: UnsafeMutablePointer<Float>) {
    maxima.update(repeating: 0, count: values.columns)
    for row in 0..<values.rows {
      let source = values.row(row)
      for channel in 0..<values.columns { maxima[channel] = max(maxima[channel], abs(source[channel])) }
    }
  }

  /// The step of least squared error, estimated from about 8,000 values in rows spread evenly over `values` `[T, C]`.
  static func step(of values: Matrix, factors: [Float]) -> Float {
    let wanted = max(8_192 / max(values.columns, 1), 1)
    let inverses = factors.map { 1 / $0 }
    var samples: [Float] = []
    for row in stride(from: 0, to: values.rows, by: max(values.rows / wanted, 1)) {
      let source = values.row(row)
      for channel in 0..<values.columns { samples.append(source[channel] * inverses[channel]) }
    }
    return QuantizationStep.leastSquares(samples)
  }

  /// Rounds weights in place, symmetrically to `−127…127` steps of each output channel, as the exporter does.
  ///
  /// With `f` the factors of the input channels, the channel's step is `max |w · f| / 127` and a weight becomes
  /// `step · round(w · f / step) / f`. Folding batch normalization multiplies an output channel by a factor. That
  /// changes only the step and not the integers, so the unfolded weights are rounded. No weight is clamped, and the
  /// straight-through gradient is that by the rounded weights.
  ///
  /// - Parameters:
  ///   - weights: `[outputs, taps, inputs]`.
  ///   - inputFactors: `[inputs]`.
  package static func roundWeights(
    _ weights: UnsafeMutablePointer<Float>, outputs: Int, depth: Int, inputFactors: [Float]
  ) {
    let inverses = inputFactors.map { 1 / $0 }
    let inputs = inputFactors.count
    for output in 0..<outputs {
      let row = weights + output * depth
      var largest: Float = 0
      for index in 0..<depth { largest = max(largest, abs(row[index] * inputFactors[index % inputs])) }
      guard largest > 0 else { continue }
      let step = largest / 127
      for index in 0..<depth {
        row[index] = (row[index] * inputFactors[index % inputs] / step).rounded() * step * inverses[index % inputs]
      }
    }
  }

  /// Rounds depthwise weights `[taps, channels]` in the same way. Channel factors have no effect on them.
  package static func roundDepthwiseWeights(_ weights: UnsafeMutablePointer<Float>, taps: Int, channels: Int) {
    for channel in 0..<channels {
      var largest: Float = 0
      for tap in 0..<taps { largest = max(largest, abs(weights[tap * channels + channel])) }
      guard largest > 0 else { continue }
      let step = largest / 127
      for tap in 0..<taps {
        weights[tap * channels + channel] = (weights[tap * channels + channel] / step).rounded() * step
      }
    }
  }
}
