import CBLAS
import Foundation

/// The distance between audio and text embeddings, which modality-adversarial training should reduce.
///
/// The vectors are of one kind, phrases or phonemes, in pairs of a recording and its text. Intervals are 95 %
/// intervals, by bootstrap over the pairs (``PairedQuadraticForm`` for the two distances). The kernel's width stays
/// that of the whole set. Time and memory grow with the square of the pairs. 1,000 pairs take a tenth of a gigabyte;
/// sample larger sets.
public struct ModalityGap: Equatable, Sendable, Codable {
  /// Pairs compared.
  public var pairCount: Int
  /// Mean cosine between a recording and its own text.
  public var meanMatchedCosine: Double
  /// 95 % interval of ``meanMatchedCosine``.
  public var meanMatchedCosineInterval: ConfidenceInterval?
  /// Euclidean distance between the mean audio and the mean text embedding.
  public var centroidDistance: Double
  /// 95 % interval of ``centroidDistance``.
  public var centroidDistanceInterval: ConfidenceInterval?
  /// Maximum mean discrepancy (not squared) under the kernel `exp(−‖x − y‖² / 2σ²)`, where σ is the median distance of
  /// all pairs of vectors of both sets.
  ///
  /// - Reference: Gretton et al. 2012, "A Kernel Two-Sample Test", eq. 5 (biased estimate).
  public var maximumMeanDiscrepancy: Double
  /// 95 % interval of ``maximumMeanDiscrepancy``.
  public var maximumMeanDiscrepancyInterval: ConfidenceInterval?

  /// Measures the gap.
  ///
  /// - Parameters:
  ///   - audio: one unit vector per pair.
  ///   - text: the unit vectors of the same pairs, in the same order.
  ///   - bootstrap: `nil` omits the intervals.
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

  /// The median of the square roots of ascending squares.
  private static func median(ofDistancesWithSquares ascending: [Double]) -> Double {
    let upper = ascending[ascending.count / 2].squareRoot()
    return ascending.count % 2 == 1 ? upper : (ascending[ascending.count / 2 - 1].squareRoot() + upper) / 2
  }
}
