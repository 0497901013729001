import Foundation

/// Cross attention that computes one audio vector per phoneme of a phrase:
/// `Ẽ[u] = unit(Σ_t w[u, t] · a[t])`, `w[u, ·] = softmax_t(γ · ⟨E[u], a[t]⟩)`.
///
/// | operand | shape |
/// |---|---|
/// | queries `E`, phoneme embeddings of unit length | `[N, D]` ragged by phrase |
/// | keys and values `a`, frame embeddings of unit length | rows of `[T, D]`, one range per phrase |
/// | output `Ẽ` | `[N, D]` ragged by phrase |
///
/// Both sides have unit length, so a learned scale `γ` replaces the paper's `1/√d`. Without it the weights would be
/// almost uniform.
/// - Reference: Jung et al. 2025, arXiv:2505.16735 (cross attention with text queries).
public final class PhonemeAttention {
  /// The bank that owns the scale.
  public let bank: ParameterBank
  /// `ln γ`.
  public let logScale: ParameterSlot
  private let unitRows = UnitRows()
  private var weights: [Matrix] = []
  private var cosines: [Matrix] = []
  private var segments: [Range<Int>] = []
  private var bounds = SequenceBounds(lengths: [])
  private var queries: Matrix?
  private var frames: Matrix?
  private var output: Matrix?
  /// Gradient by each attention weight's distance from the diagonal, per phrase; 0 for phrases without the loss.
  private var diagonalCoefficients: [Float] = []

  /// Distance from the diagonal within which attention costs little, as a share of the phrase.
  public static let diagonalWidth: Float = 0.2

  /// Registers the scale under `name`.
  ///
  /// - Parameter initialScale: the initial `γ`.
  public init(_ name: String, bank: ParameterBank, initialScale: Float = 8) {
    self.bank = bank
    logScale = bank.slot(name + ".logScale", rows: 1, columns: 1, decays: false, .constant(logf(initialScale)))
  }

  /// `γ`.
  public var scale: Float { expf(bank.value(logScale)[0]) }

  /// Computes the audio vector of each phoneme and keeps what the backward pass needs.
  ///
  /// - Parameters:
  ///   - queries: `[N, D]`.
  ///   - bounds: the rows of each phrase in `queries`.
  ///   - frames: `[T, D]`.
  ///   - segments: the rows of each phrase in `frames`.
  ///   - output: `[N, D]`.
  public func forward(
    queries: Matrix, _ bounds: SequenceBounds, frames: Matrix, segments: [Range<Int>], into output: Matrix
  ) {
    self.queries = queries
    self.frames = frames
    self.segments = segments
    self.bounds = bounds
    self.output = output
    let dimension = queries.columns
    let gamma = scale
    output.reshape(rows: queries.rows, columns: dimension)
    while weights.count < bounds.count {
      weights.append(Matrix())
      cosines.append(Matrix())
    }
    for phrase in 0..<bounds.count {
      let count = bounds.length(phrase)
      let range = segments[phrase]
      let weight = weights[phrase]
      let cosine = cosines[phrase]
      cosine.reshape(rows: count, columns: range.count)
      MatrixProduct.multiplyTransposed(
        queries.row(bounds.starts[phrase]), frames.row(range.lowerBound), into: cosine.pointer, m: count,
        n: range.count, k: dimension)
      weight.reshape(rows: count, columns: range.count)
      for row in 0..<count {
        let source = cosine.row(row)
        let target = weight.row(row)
        var largest = -Float.infinity
        for column in 0..<range.count { largest = max(largest, source[column]) }
        var sum: Float = 0
        for column in 0..<range.count {
          target[column] = expf(gamma * (source[column] - largest))
          sum += target[column]
        }
        for column in 0..<range.count { target[column] /= sum }
      }
      MatrixProduct.multiply(
        weight.pointer, frames.row(range.lowerBound), into: output.row(bounds.starts[phrase]), m: count, n: dimension,
        k: range.count)
    }
    unitRows.forward(output)
    diagonalCoefficients = [Float](repeating: 0, count: bounds.count)
  }

  /// The cost of attending to frame `column` of `columns` for phoneme `row` of `rows`: 0 on the diagonal, below 1
  /// elsewhere.
  @inline(__always)
  private func diagonalCost(_ row: Int, of rows: Int, _ column: Int, of columns: Int) -> Float {
    let offset = (Float(row) + 0.5) / Float(rows) - (Float(column) + 0.5) / Float(columns)
    return 1 - expf(-offset * offset / (2 * Self.diagonalWidth * Self.diagonalWidth))
  }

  /// The monotonic matching loss: the mean over the phonemes of the first `phraseCount` phrases of
  /// `Σ_t w[u, t] · (1 − exp(−((u + ½)/U − (t + ½)/T)² / 2g²))`, g = ``diagonalWidth``. It pushes the attention map
  /// toward the diagonal. Call it after ``forward(queries:_:frames:segments:into:)``.
  /// ``backward(_:queryGradient:frameGradient:)`` adds `weight` times its gradient.
  /// - Reference: Tachibana et al. 2018, arXiv:1710.08969 (guided attention), as L_MM of arXiv:2505.16735.
  public func accumulateMonotonicLoss(phraseCount: Int, weight: Float) -> Float {
    let rowCount = bounds.starts[phraseCount]
    guard rowCount > 0 else { return 0 }
    var loss: Float = 0
    for phrase in 0..<phraseCount {
      let map = weights[phrase]
      diagonalCoefficients[phrase] = weight / Float(rowCount)
      for row in 0..<map.rows {
        for column in 0..<map.columns {
          loss += map[row, column] * diagonalCost(row, of: map.rows, column, of: map.columns)
        }
      }
    }
    return loss / Float(rowCount)
  }

  /// Adds to `queryGradient` and `frameGradient`. `gradient` is by the output and is overwritten.
  public func backward(_ gradient: Matrix, queryGradient: Matrix, frameGradient: Matrix) {
    guard let queries, let frames, let output else { preconditionFailure("backward before forward") }
    unitRows.backward(gradient, output: output)
    let dimension = queries.columns
    let gamma = scale
    let weightGradient = Matrix()
    var scaleGradient: Float = 0
    for phrase in 0..<bounds.count {
      let count = bounds.length(phrase)
      let range = segments[phrase]
      let weight = weights[phrase]
      let cosine = cosines[phrase]
      let first = bounds.starts[phrase]
      MatrixProduct.accumulateTransposed(
        weight.pointer, gradient.row(first), into: frameGradient.row(range.lowerBound), m: range.count, n: dimension,
        k: count)
      weightGradient.reshape(rows: count, columns: range.count)
      MatrixProduct.multiplyTransposed(
        gradient.row(first), frames.row(range.lowerBound), into: weightGradient.pointer, m: count, n: range.count,
        k: dimension)
      let coefficient = diagonalCoefficients[phrase]
      for row in 0..<count {
        let byWeight = weightGradient.row(row)
        if coefficient != 0 {
          for column in 0..<range.count {
            byWeight[column] += coefficient * diagonalCost(row, of: count, column, of: range.count)
          }
        }
        let probability = weight.row(row)
        let source = cosine.row(row)
        let mean = VectorLoops.dot(byWeight, probability, range.count)
        for column in 0..<range.count {
          let byLogit = probability[column] * (byWeight[column] - mean)
          scaleGradient += byLogit * source[column]
          byWeight[column] = byLogit * gamma
        }
      }
      MatrixProduct.multiply(
        weightGradient.pointer, frames.row(range.lowerBound), into: queryGradient.row(first), m: count, n: dimension,
        k: range.count, beta: 1)
      MatrixProduct.accumulateTransposed(
        weightGradient.pointer, queries.row(first), into: frameGradient.row(range.lowerBound), m: range.count,
        n: dimension, k: count)
    }
    bank.gradient(logScale)[0] += scaleGradient * gamma
  }
}
