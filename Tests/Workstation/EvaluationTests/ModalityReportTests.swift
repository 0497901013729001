import Evaluation
import Foundation
import Testing

@Suite struct ModalityReportTests {
  private func vector(_ index: Int, _ shift: Int) -> [Float] {
    unit((0..<5).map { Float((index * 37 + $0 * 11 + shift) % 17 - 8) })
  }

  private func unit(_ values: [Float]) -> [Float] {
    let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return values.map { $0 / length }
  }

  private func pairs(_ count: Int) -> (audio: [[Float]], text: [[Float]]) {
    let audio = (0..<count).map { vector($0, 0) }
    return (audio, (0..<count).map { index in unit(zip(vector(index, 0), vector(index, 5)).map { $0 + 0.8 * $1 }) })
  }

  /// Recorded with numpy 2.4.6, scipy 1.17.1 and scikit-learn 1.9.1:
  /// ```
  /// v = lambda i, s: x / norm(x) of x = [((i * 37 + k * 11 + s) % 17) - 8 for k in range(5)]
  /// a = [v(i, 0) for i in range(6)];  t = normalized [v(i, 0) + 0.8 * v(i, 5) for i in range(6)]
  /// s = median(pdist(a ++ t));  k = lambda x, y: sklearn.metrics.pairwise.rbf_kernel(x, y, 1 / (2 * s * s)).mean()
  /// (argmax(a @ t.T, 1) == arange(6)).mean(), (argmax(t @ a.T, 1) == arange(6)).mean(), (a * t).sum(1).mean(),
  ///   norm(a.mean(0) - t.mean(0)), sqrt(k(a, a) + k(t, t) - 2 * k(a, t))
  /// ```
  /// A plain double loop over numpy vectors gives the same last value.
  @Test("Retrieval, distances and discrepancy equal those of numpy and scikit-learn") func recorded() {
    let (audio, text) = pairs(6)
    let report = ModalityReport(audio: audio, text: text, bootstrap: nil)
    #expect(abs(report.audioToTextTop1 - 2.0 / 3) < 1e-9)
    #expect(abs(report.textToAudioTop1 - 1) < 1e-9)
    #expect(report.utterances.pairCount == 6 && report.phonemes == nil)
    #expect(abs(report.utterances.meanMatchedCosine - 0.7330041432153216) < 1e-7)
    #expect(abs(report.utterances.centroidDistance - 0.13708816400068113) < 1e-7)
    #expect(abs(report.utterances.maximumMeanDiscrepancy - 0.09875609613179899) < 1e-6)
    #expect(report.utterances == ModalityGap(audio: audio, text: text, bootstrap: nil))
    #expect(report.audioToTextTop1Interval == nil && report.utterances.centroidDistanceInterval == nil)
  }

  /// Explicit means and sums of each resample, over the same draws. The kernel's width is that of the whole set.
  @Test("Intervals equal those of explicit resampling over pairs") func intervals() throws {
    let (audio, text) = pairs(11)
    let bootstrap = Bootstrap(resampleCount: 60, seed: 4)
    let report = ModalityReport(audio: audio, text: text, bootstrap: bootstrap)
    func square(_ x: [Float], _ y: [Float]) -> Double {
      zip(x, y).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
    }
    let all = audio + text
    let distances = all.indices.flatMap { i in (0..<i).map { square(all[i], all[$0]).squareRoot() } }.sorted()
    let width = Bootstrap.quantile(distances, 0.5)
    func kernel(_ x: [Float], _ y: [Float]) -> Double { exp(-square(x, y) / (2 * width * width)) }
    func discrepancy(_ chosen: [Int]) -> Double {
      var sum = 0.0
      for i in chosen {
        for j in chosen {
          sum += kernel(audio[i], audio[j]) + kernel(text[i], text[j]) - 2 * kernel(audio[i], text[j])
        }
      }
      return sum / Double(chosen.count * chosen.count)
    }
    func centroids(_ chosen: [Int]) -> Double {
      func mean(_ vectors: [[Float]], _ component: Int) -> Double {
        chosen.reduce(0) { $0 + Double(vectors[$1][component]) } / Double(chosen.count)
      }
      return (0..<5).reduce(0) { $0 + pow(mean(audio, $1) - mean(text, $1), 2) }
    }
    /// The value of every resample minus the mean excess of resampling, which a single pair drawn repeatedly shows.
    func expected(_ squared: ([Int]) -> Double) -> ConfidenceInterval? {
      let whole = squared(Array(0..<11))
      let alone = (0..<11).reduce(0.0) { $0 + squared([$1]) } / 11
      return bootstrap.interval(itemCount: 11) { max(0, squared($0) - (alone - whole) / 11).squareRoot() }
    }
    func isNear(_ found: ConfidenceInterval?, _ expected: ConfidenceInterval?) throws -> Bool {
      let (found, expected) = (try #require(found), try #require(expected))
      return abs(found.lower - expected.lower) < 1e-7 && abs(found.upper - expected.upper) < 1e-7
        && found.upper > found.lower
    }
    #expect(try isNear(report.utterances.maximumMeanDiscrepancyInterval, expected(discrepancy)))
    #expect(try isNear(report.utterances.centroidDistanceInterval, expected(centroids)))
    #expect(
      try isNear(
        report.utterances.meanMatchedCosineInterval,
        bootstrap.interval(itemCount: 11) { $0.reduce(0) { $0 + 1 - square(audio[$1], text[$1]) / 2 } / 11 }))
    let hits = (0..<11).map { a in
      (0..<11).allSatisfy { $0 == a || square(audio[a], text[$0]) > square(audio[a], text[a]) } ? 1.0 : 0
    }
    #expect(
      try isNear(
        report.audioToTextTop1Interval, bootstrap.interval(itemCount: 11) { $0.reduce(0) { $0 + hits[$1] } / 11 }))
    let textInterval = try #require(report.textToAudioTop1Interval)
    #expect(textInterval.lower <= report.textToAudioTop1 && report.textToAudioTop1 <= textInterval.upper)
  }

  @Test("Equal sets have distance zero and perfect retrieval") func equal() {
    let vectors = (0..<6).map { vector($0, 0) }
    let report = ModalityReport(audio: vectors, text: vectors)
    #expect(report.audioToTextTop1 == 1 && report.textToAudioTop1 == 1 && report.utterances.centroidDistance == 0)
    #expect(report.audioToTextTop1Interval == ConfidenceInterval(lower: 1, upper: 1))
    #expect(report.utterances.maximumMeanDiscrepancy < 1e-6)
    #expect(abs(report.utterances.meanMatchedCosine - 1) < 1e-9)
  }

  @Test("A network with constant output retrieves nothing") func collapsed() {
    let report = ModalityReport(
      audio: (0..<9).map { _ in vector(1, 0) }, text: (0..<9).map { _ in vector(2, 0) }, bootstrap: nil)
    #expect(report.audioToTextTop1 == 0 && report.textToAudioTop1 == 0)
  }
}
