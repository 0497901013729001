import Foundation

/// Transfers the structure of the text embeddings to the audio embeddings by the distance and angle terms of relational
/// distillation. The text side is the teacher and receives no gradient.
///
/// - distances: `mean_{i<j} huber(‖aᵢ − aⱼ‖ / mean − ‖tᵢ − tⱼ‖ / mean)`, each side divided by its own mean distance;
/// - angles: `mean_{i<k; i,k≠j} huber(⟨aᵢⱼ, aₖⱼ⟩ − ⟨tᵢⱼ, tₖⱼ⟩)`, `xᵢⱼ = unit(xᵢ − xⱼ)`, over the
///   first ``angleRowLimit`` rows.
///
/// Together with a point-to-point term between the audio and text of each phrase (``MetricLearningLoss`` over phrases)
/// this is the relational proxy loss.
///
/// | operand | shape |
/// |---|---|
/// | audio | `[P, D]`, unit rows |
/// | text | `[≥ P, D]`, unit rows; row `i < P` belongs to audio row `i` |
/// - Reference: Park et al. 2019, arXiv:1904.05068, eq. 4-8; Jung et al. 2024, arXiv:2406.05314 (proxy loss).
public enum RelationalStructure {
  /// The number of rows in the angle term. It bounds the cost, which grows with the cube of the phrases.
  public static let angleRowLimit = 24

  private static func huber(_ difference: Float) -> (value: Float, slope: Float) {
    let size = abs(difference)
    return size < 1 ? (0.5 * difference * difference, difference) : (size - 0.5, difference > 0 ? 1 : -1)
  }

  /// Adds `weight` times the gradient of the distance term and returns the term.
  public static func accumulateDistances(audio: Matrix, text: Matrix, weight: Float, audioGradient: Matrix) -> Float {
    let phrases = audio.rows
    let dimension = audio.columns
    guard phrases > 1 else { return 0 }
    var audioDistances: [Float] = []
    var textDistances: [Float] = []
    func distance(_ matrix: Matrix, _ i: Int, _ j: Int) -> Float {
      max(2 - 2 * VectorLoops.dot(matrix.row(i), matrix.row(j), dimension), 1e-6).squareRoot()
    }
    for i in 0..<phrases {
      for j in 0..<i {
        audioDistances.append(distance(audio, i, j))
        textDistances.append(distance(text, i, j))
      }
    }
    let pairs = Float(audioDistances.count)
    let audioMean = max(audioDistances.reduce(0, +) / pairs, 1e-3)
    let textMean = max(textDistances.reduce(0, +) / pairs, 1e-3)
    var loss: Float = 0
    var byRatio = [Float](repeating: 0, count: audioDistances.count)
    var weighted: Float = 0
    for pair in audioDistances.indices {
      let (value, slope) = huber(audioDistances[pair] / audioMean - textDistances[pair] / textMean)
      loss += value / pairs
      byRatio[pair] = slope / pairs
      weighted += byRatio[pair] * audioDistances[pair]
    }
    var pair = 0
    for i in 0..<phrases {
      for j in 0..<i {
        // The mean in the denominator depends on every distance.
        let byDistance = byRatio[pair] / audioMean - weighted / (audioMean * audioMean * pairs)
        let coefficient = -weight * byDistance / audioDistances[pair]
        VectorLoops.accumulate(coefficient, audio.row(j), into: audioGradient.row(i), dimension)
        VectorLoops.accumulate(coefficient, audio.row(i), into: audioGradient.row(j), dimension)
        pair += 1
      }
    }
    return loss
  }

  /// Adds `weight` times the gradient of the angle term and returns the term.
  public static func accumulateAngles(audio: Matrix, text: Matrix, weight: Float, audioGradient: Matrix) -> Float {
    let count = min(audio.rows, angleRowLimit)
    let dimension = audio.columns
    guard count > 2 else { return 0 }
    let share = 1 / Float(count * (count - 1) * (count - 2) / 2)
    let (audioRows, textRows) = (Matrix(), Matrix())
    let (audioCosines, textCosines) = (Matrix(), Matrix())
    let rowGradient = Matrix()
    var loss: Float = 0
    for middle in 0..<count {
      let lengths = directions(audio, from: middle, count, into: audioRows)
      _ = directions(text, from: middle, count, into: textRows)
      for (rows, cosines) in [(audioRows, audioCosines), (textRows, textCosines)] {
        cosines.reshape(rows: count, columns: count)
        MatrixProduct.multiplyTransposed(
          rows.pointer, rows.pointer, into: cosines.pointer, m: count, n: count, k: dimension)
      }
      for i in 0..<count {
        for k in 0..<count {
          guard i != k, i != middle, k != middle else {
            audioCosines[i, k] = 0
            continue
          }
          let (value, slope) = huber(audioCosines[i, k] - textCosines[i, k])
          // Each pair occurs twice in the matrix.
          loss += 0.5 * share * value
          audioCosines[i, k] = weight * share * slope
        }
      }
      rowGradient.reshape(rows: count, columns: dimension)
      MatrixProduct.multiply(
        audioCosines.pointer, audioRows.pointer, into: rowGradient.pointer, m: count, n: dimension, k: count)
      for i in 0..<count where i != middle {
        let along = VectorLoops.dot(rowGradient.row(i), audioRows.row(i), dimension)
        VectorLoops.accumulate(-along, audioRows.row(i), into: rowGradient.row(i), dimension)
        VectorLoops.accumulate(1 / lengths[i], rowGradient.row(i), into: audioGradient.row(i), dimension)
        VectorLoops.accumulate(-1 / lengths[i], rowGradient.row(i), into: audioGradient.row(middle), dimension)
      }
    }
    return loss
  }

  /// Unit vectors from one row to the others (zeros for the row itself), and the distances.
  private static func directions(_ matrix: Matrix, from middle: Int, _ count: Int, into rows: Matrix) -> [Float] {
    let dimension = matrix.columns
    rows.reshape(rows: count, columns: dimension)
    return (0..<count).map { index in
      let (row, source, origin) = (rows.row(index), matrix.row(index), matrix.row(middle))
      var square: Float = 0
      for column in 0..<dimension {
        row[column] = source[column] - origin[column]
        square += row[column] * row[column]
      }
      let length = max(square, 1e-6).squareRoot()
      for column in 0..<dimension { row[column] /= length }
      return length
    }
  }
}
