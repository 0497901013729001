import CBLAS
import Foundation

/// How far the embeddings of audio lie from those of text: what modality-adversarial training is to reduce.
///
/// For vectors of one kind, of phrases or of phonemes, in pairs of a sound and its text. Intervals are of 95 %, by
/// bootstrap over the pairs (``PairedQuadraticForm`` for the two distances); the kernel's width stays that of the whole
/// set. Time and memory grow with the square of the pairs: 1,000 take a tenth of a gigabyte; draw some of more.
public struct ModalityGap: Equatable, Sendable, Codable {
  /// Pairs compared.
  public var pairCount: Int
  /// Mean cosine between a sound and its own text.
  public var meanMatchedCosine: Double
  public var meanMatchedCosineInterval: ConfidenceInterval?
  /// Euclidean distance between the mean audio and the mean text embedding.
  public var centroidDistance: Double
  public var centroidDistanceInterval: ConfidenceInterval?
  /// Maximum mean discrepancy (not squared) under the kernel `exp(−‖x − y‖² / 2σ²)`, where σ is the median distance of
  /// all pairs of vectors of both sets.
  ///
  /// - Reference: Gretton et al. 2012, "A Kernel Two-Sample Test", eq. 5 (biased estimate).
  public var maximumMeanDiscrepancy: Double
  public var maximumMeanDiscrepancyInterval: ConfidenceInterval?

  /// - Parameters:
  ///   - audio: one unit vector a pair.
  ///   - text: the same pairs' unit vectors, in the same order.
  ///   - bootstrap: `nil` leaves the intervals out.
  /// - Precondition: at least one pair; all vectors have one length.
  public init(audio: [[Float]], text: [[Float]], bootstrap: Bootstrap? = Bootstrap(resampleCount: 400)) {
    self.init(audio: audio, text: text, distances: PairedDistances(audio: audio, text: text), bootstrap: bootstrap)
  }

  init(audio: [[Float]], text: [[Float]], distances: PairedDistances, bootstrap: Bootstrap?) {
    let count = audio.count
    pairCount = count
    let cosines = (0..<count).map { 1 - distances.between(audio: $0, text: $0) / 2 }
    meanMatchedCosine = cosines.reduce(0, +) / Double(count)
    let centroids = Self.centroidForm(audio, text)
    let kernels = Self.kernelForm(distances)
    centroidDistance = max(0, centroids.value).squareRoot()
    maximumMeanDiscrepancy = max(0, kernels.value).squareRoot()

    guard let bootstrap else { return }
    meanMatchedCosineInterval = bootstrap.interval(itemCount: count) { drawn in
      drawn.reduce(0) { $0 + cosines[$1] } / Double(count)
    }
    var counts: [Double] = []
    counts.reserveCapacity(bootstrap.resampleCount * count)
    bootstrap.forEachDraw(itemCount: count) { drawn in
      let base = counts.count
      for _ in 0..<count { counts.append(0) }
      for index in drawn { counts[base + index] += 1 }
    }
    func interval(_ form: PairedQuadraticForm) -> ConfidenceInterval? {
      bootstrap.interval(of: form.resampled(counts: counts).map { max(0, $0).squareRoot() })
    }
    centroidDistanceInterval = interval(centroids)
    maximumMeanDiscrepancyInterval = interval(kernels)
  }

  /// `H_ij = ⟨a_i − t_i, a_j − t_j⟩`: its mean is `‖mean a − mean t‖²`.
  private static func centroidForm(_ audio: [[Float]], _ text: [[Float]]) -> PairedQuadraticForm {
    let differences = zip(audio, text).flatMap { zip($0, $1).map { Double($0) - Double($1) } }
    let (order, dimension) = (Int32(audio.count), Int32(audio[0].count))
    var matrix = [Double](repeating: 0, count: audio.count * audio.count)
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, order, order, dimension, 1, differences, dimension, differences,
      dimension,
      0, &matrix, order)
    return PairedQuadraticForm(count: audio.count, matrix: matrix)
  }

  /// `H_ij = k(a_i, a_j) + k(t_i, t_j) − k(a_i, t_j) − k(t_i, a_j)`: its mean is the squared discrepancy.
  private static func kernelForm(_ distances: PairedDistances) -> PairedQuadraticForm {
    let count = distances.count
    let rows = 2 * count
    return distances.squares.withUnsafeBufferPointer { squares in
      var ascending: [Double] = []
      ascending.reserveCapacity(rows * (rows - 1) / 2)
      for row in 0..<rows { for column in 0..<row { ascending.append(squares[row * rows + column]) } }
      ascending.sort()
      let width = max(median(ofDistancesWithSquares: ascending), 1e-9)
      func kernel(_ row: Int, _ column: Int) -> Double { exp(-squares[row * rows + column] / (2 * width * width)) }
      var matrix = [Double](repeating: 0, count: count * count)
      for i in 0..<count {
        for j in 0...i {
          let value =
            kernel(i, j) + kernel(count + i, count + j) - kernel(i, count + j) - kernel(count + i, j)
          matrix[i * count + j] = value
          matrix[j * count + i] = value
        }
      }
      return PairedQuadraticForm(count: count, matrix: matrix)
    }
  }

  /// The median of the roots of ascending squares.
  private static func median(ofDistancesWithSquares ascending: [Double]) -> Double {
    let upper = ascending[ascending.count / 2].squareRoot()
    return ascending.count % 2 == 1 ? upper : (ascending[ascending.count / 2 - 1].squareRoot() + upper) / 2
  }
}
