import Foundation

/// How alike the utterance embeddings of audio and text are: what modality-adversarial training is to improve.
public struct ModalityReport: Equatable, Sendable, Codable {
  /// Phrases compared: one recording and one text each, no text twice.
  public var phraseCount: Int
  /// Share of the recordings whose nearest text (by cosine, among all) is their own.
  public var audioToTextTop1: Double
  /// Share of the texts whose nearest recording is their own.
  public var textToAudioTop1: Double
  /// Mean cosine between a recording and its own text.
  public var meanMatchedCosine: Double
  /// Euclidean distance between the mean audio and the mean text embedding.
  public var centroidDistance: Double
  /// Maximum mean discrepancy (not squared) under the kernel `exp(−‖x − y‖² / 2σ²)`, where σ is the median distance of
  /// all pairs of both sets.
  ///
  /// - Reference: Gretton et al. 2012, "A Kernel Two-Sample Test", eq. 5 (biased estimate).
  public var maximumMeanDiscrepancy: Double

  /// - Parameters:
  ///   - audio: one unit vector a phrase.
  ///   - text: the same phrases' unit vectors, in the same order.
  /// - Precondition: at least one phrase; all vectors have one length.
  public init(audio: [[Float]], text: [[Float]]) {
    precondition(!audio.isEmpty && audio.count == text.count)
    let count = audio.count
    phraseCount = count
    let all = audio + text
    var squares = [Double](repeating: 0, count: 4 * count * count)
    for row in all.indices {
      for column in 0..<row {
        let distance = zip(all[row], all[column]).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        squares[row * 2 * count + column] = distance
        squares[column * 2 * count + row] = distance
      }
    }
    func square(_ row: Int, _ column: Int) -> Double { squares[row * 2 * count + column] }

    // On the unit sphere the nearest by cosine is the nearest by distance; a tie is lost.
    let range = 0..<count
    func isNearest(_ own: Double, _ others: some Sequence<Double>) -> Bool { !others.contains { $0 <= own } }
    audioToTextTop1 =
      Double(
        range.count { a in
          isNearest(square(a, count + a), range.lazy.filter { $0 != a }.map { square(a, count + $0) })
        }) / Double(count)
    textToAudioTop1 =
      Double(
        range.count { t in
          isNearest(square(count + t, t), range.lazy.filter { $0 != t }.map { square(count + t, $0) })
        }) / Double(count)
    meanMatchedCosine = range.reduce(0) { $0 + 1 - square($1, count + $1) / 2 } / Double(count)

    func mean(_ vectors: [[Float]]) -> [Double] {
      vectors[0].indices.map { component in vectors.reduce(0) { $0 + Double($1[component]) } / Double(count) }
    }
    centroidDistance =
      zip(mean(audio), mean(text)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()

    var distances: [Double] = []
    for row in all.indices { for column in 0..<row { distances.append(square(row, column).squareRoot()) } }
    distances.sort()
    let width = max(Bootstrap.quantile(distances, 0.5), 1e-9)
    func meanKernel(_ rows: Range<Int>, _ columns: Range<Int>) -> Double {
      var sum = 0.0
      for row in rows { for column in columns { sum += exp(-square(row, column) / (2 * width * width)) } }
      return sum / Double(rows.count * columns.count)
    }
    let texts = count..<2 * count
    let discrepancy = meanKernel(range, range) + meanKernel(texts, texts) - 2 * meanKernel(range, texts)
    maximumMeanDiscrepancy = max(0, discrepancy).squareRoot()
  }
}
