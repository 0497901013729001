/// The quantization grids of an encoder's tensors: the divisors of the channels and the step of each tensor.
///
/// Tensors are in the order of the model file's layers: stem, reduction, inner activation and output of each block,
/// projection.
public struct EncoderGrid: Sendable, Equatable {
  /// `[tensor][channel]`, divisors of the channels.
  public var factors: [[Float]]
  /// `[tensor]`, zero for a tensor that is not measured yet.
  public var steps: [Float]
}

/// Rounds the activations of an ``AcousticEncoder`` during training as the device will, and measures their ranges.
///
/// Ranges are running averages over training batches of two values: each channel's largest magnitude, which determines
/// the channel factors, and the step whose rounding and clipping give the least squared error. The exporter uses the
/// same rule, so the grid in training is the grid in the file. An average of maxima alone would let the loudest frame
/// set the step. A learned step would be a parameter with its own learning rate. The averages are statistics of the
/// bank, like those of batch normalization: checkpoints contain them, and all workers share them.
///
/// One instance per worker. Without a ``grid`` and with ``measures`` false it does nothing.
public final class EncoderQuantization {
  private let bank: ParameterBank
  private let tensors: [FakeQuantization]
  /// Offsets of the channel maxima of each tensor in the bank's statistics.
  private let maximaOffsets: [Int]
  private let channelCounts: [Int]
  private let stepOffset: Int
  /// The grid to which tensors are rounded. If any step is zero, tensors are only measured.
  var grid: EncoderGrid?
  /// Whether ``forward(_:tensor:)`` writes the ranges of the batch to the bank's batch statistics.
  var measures = false

  /// - Parameter channelCounts: channels of each tensor.
  init(bank: ParameterBank, channelCounts: [Int]) {
    self.bank = bank
    self.channelCounts = channelCounts
    tensors = channelCounts.map { _ in FakeQuantization() }
    maximaOffsets = channelCounts.enumerated().map { index, count in
      bank.statisticOffset("quantization.maxima\(index)", count: count, initial: 0)
    }
    stepOffset = bank.statisticOffset("quantization.steps", count: channelCounts.count, initial: 0)
  }

  /// The number of statistics that it adds to a bank.
  var statisticCount: Int { channelCounts.reduce(channelCounts.count, +) }

  private var rounds: Bool { grid.map { !$0.steps.contains(0) } ?? false }

  /// Measures an output tensor, in forward order, then rounds it in place.
  func forward(_ values: Matrix, tensor: Int) {
    if measures && values.rows > 0 {
      FakeQuantization.channelMaxima(values, into: bank.batchStatistics + maximaOffsets[tensor])
      // Steps apply to channels divided by their factors, which come from the maxima, one batch later.
      let step = grid.map { FakeQuantization.step(of: values, factors: $0.factors[tensor]) } ?? 0
      bank.batchStatistics[stepOffset + tensor] = step
    }
    guard rounds, let grid else { return }
    tensors[tensor].forward(values, step: grid.steps[tensor], factors: grid.factors[tensor])
  }

  /// Masks the gradient by a tensor that was rounded.
  /// - Returns: the tensor before rounding, for the mask of the rectifier, or `output` unchanged if nothing was
  ///   rounded.
  func backward(_ gradient: Matrix, tensor: Int, output: Matrix) -> Matrix {
    guard rounds else { return output }
    tensors[tensor].backward(gradient)
    return tensors[tensor].original
  }

  /// The ranges measured so far; nil before the first batch. Steps are zero until the second batch.
  var ranges: ActivationRanges? {
    let maxima = channelCounts.indices.map { tensor in
      (0..<channelCounts[tensor]).map { bank.statistics[maximaOffsets[tensor] + $0] }
    }
    guard maxima.contains(where: { $0.contains { $0 > 0 } }) else { return nil }
    return ActivationRanges(
      channelMaxima: maxima, steps: channelCounts.indices.map { bank.statistics[stepOffset + $0] })
  }

  /// Initializes running averages that were never written with the workers' mean, instead of letting them rise from
  /// zero.
  func adoptFirstRanges(from workers: [ParameterBank]) {
    let places =
      zip(maximaOffsets, channelCounts).flatMap { Array($0..<$0 + $1) }
      + (0..<channelCounts.count).map {
        stepOffset + $0
      }
    for place in places where bank.statistics[place] == 0 {
      bank.statistics[place] = workers.reduce(0) { $0 + $1.batchStatistics[place] } / Float(workers.count)
    }
  }
}
