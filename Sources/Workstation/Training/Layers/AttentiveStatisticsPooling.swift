import Foundation

/// Pools a range of frames into one vector: attention-weighted mean and standard deviation, projected and scaled to
/// unit length.
///
/// `e_t = v · tanh(W₁ a_t + b₁)`, `w = softmax(e)`, `μ = Σ w a`, `σ = √max(Σ w a² − μ², 10⁻⁶)`,
/// `E = unit(W_a [μ; σ] + b_a)`; `a` is `[T, D]`, `E` is `[P, D]`, one row per phrase.
/// - Reference: Okabe et al. 2018, arXiv:1803.10963.
public final class AttentiveStatisticsPooling {
  /// `W₁` and `b₁`: `[H, D]`.
  public let hidden: Linear
  /// `v`: `[1, H]`.
  public let vector: ParameterSlot
  /// `W_a` and `b_a`: `[D, 2 D]`.
  public let projection: Linear
  /// The bank that owns the parameters.
  public let bank: ParameterBank
  private let hiddenValues = Matrix()
  private let gathered = Matrix()
  private let statistics = Matrix()
  private let statisticGradient = Matrix()
  private let hiddenGradient = Matrix()
  private let gatheredGradient = Matrix()
  private let unitRows = UnitRows()
  private var weights: [Float] = []
  private var segments: [Range<Int>] = []
  private var output: Matrix?

  /// Registers the parameters under `name`.
  ///
  /// - Parameters:
  ///   - dimension: `D`.
  ///   - hiddenCount: `H`, units of the attention.
  public init(_ name: String, bank: ParameterBank, dimension: Int, hiddenCount: Int) {
    self.bank = bank
    hidden = Linear(name + ".hidden", bank: bank, inputCount: dimension, outputCount: hiddenCount, gain: 2)
    vector = bank.slot(
      name + ".vector", rows: 1, columns: hiddenCount, decays: true, .scaledNormal(fanIn: hiddenCount, gain: 1))
    projection = Linear(name + ".projection", bank: bank, inputCount: 2 * dimension, outputCount: dimension)
  }

  /// Writes one pooled row per segment to `output` and keeps what ``backward(_:frameGradient:)`` needs.
  ///
  /// - Parameters:
  ///   - frames: `[T, D]`.
  ///   - segments: the rows of `frames` that belong to each phrase.
  ///   - output: `[P, D]`.
  public func forward(frames: Matrix, segments: [Range<Int>], into output: Matrix) {
    self.segments = segments
    self.output = output
    let dimension = frames.columns
    let total = segments.reduce(0) { $0 + $1.count }
    gathered.reshape(rows: total, columns: dimension)
    var row = 0
    for range in segments {
      gathered.row(row).update(from: frames.row(range.lowerBound), count: range.count * dimension)
      row += range.count
    }
    hidden.forward(gathered, into: hiddenValues)
    for index in 0..<hiddenValues.count { hiddenValues.pointer[index] = tanhf(hiddenValues.pointer[index]) }
    weights = [Float](repeating: 0, count: total)
    statistics.reshape(rows: segments.count, columns: 2 * dimension)
    statistics.setZero()
    row = 0
    for (phrase, range) in segments.enumerated() {
      var largest = -Float.infinity
      for index in 0..<range.count {
        weights[row + index] = VectorLoops.dot(hiddenValues.row(row + index), bank.value(vector), hidden.outputCount)
        largest = max(largest, weights[row + index])
      }
      var sum: Float = 0
      for index in 0..<range.count {
        weights[row + index] = expf(weights[row + index] - largest)
        sum += weights[row + index]
      }
      let mean = statistics.row(phrase)
      let deviation = mean + dimension
      for index in 0..<range.count {
        weights[row + index] /= sum
        let weight = weights[row + index]
        let source = gathered.row(row + index)
        for column in 0..<dimension {
          mean[column] += weight * source[column]
          deviation[column] += weight * source[column] * source[column]
        }
      }
      for column in 0..<dimension {
        deviation[column] = max(deviation[column] - mean[column] * mean[column], 1e-6).squareRoot()
      }
      row += range.count
    }
    projection.forward(statistics, into: output)
    unitRows.forward(output)
  }

  /// Adds to the gradients of the parameters and to `frameGradient`. `gradient` is by the output and is overwritten.
  public func backward(_ gradient: Matrix, frameGradient: Matrix) {
    guard let output else { preconditionFailure("backward before forward") }
    let dimension = gathered.columns
    unitRows.backward(gradient, output: output)
    projection.backward(gradient, into: statisticGradient)
    hiddenGradient.reshape(rows: gathered.rows, columns: hidden.outputCount)
    gatheredGradient.reshape(rows: gathered.rows, columns: dimension)
    let vectorGradient = bank.gradient(vector)
    var row = 0
    for (phrase, range) in segments.enumerated() {
      let mean = statistics.row(phrase)
      let deviation = mean + dimension
      let byMean = statisticGradient.row(phrase)
      let byDeviation = byMean + dimension
      // dσ/d(Σ w a²) = 1 / 2σ and dσ/dμ = −μ/σ if the variance is above its floor.
      for column in 0..<dimension {
        let active = deviation[column] > 1.0001e-3
        byDeviation[column] = active ? byDeviation[column] / (2 * deviation[column]) : 0
        byMean[column] -= 2 * mean[column] * byDeviation[column]
      }
      var byWeight = [Float](repeating: 0, count: range.count)
      var average: Float = 0
      for index in 0..<range.count {
        let source = gathered.row(row + index)
        let target = gatheredGradient.row(row + index)
        let weight = weights[row + index]
        var sum: Float = 0
        for column in 0..<dimension {
          let value = source[column]
          sum += byMean[column] * value + byDeviation[column] * value * value
          target[column] = weight * (byMean[column] + 2 * byDeviation[column] * value)
        }
        byWeight[index] = sum
        average += weight * sum
      }
      for index in 0..<range.count {
        let byLogit = weights[row + index] * (byWeight[index] - average)
        let activation = hiddenValues.row(row + index)
        let target = hiddenGradient.row(row + index)
        let query = bank.value(vector)
        for unit in 0..<hidden.outputCount {
          vectorGradient[unit] += byLogit * activation[unit]
          target[unit] = byLogit * query[unit] * (1 - activation[unit] * activation[unit])
        }
      }
      row += range.count
    }
    hidden.backward(hiddenGradient, into: gatheredGradient, accumulates: true)
    row = 0
    for range in segments {
      VectorLoops.accumulate(
        1, gatheredGradient.row(row), into: frameGradient.row(range.lowerBound), range.count * dimension)
      row += range.count
    }
  }
}
