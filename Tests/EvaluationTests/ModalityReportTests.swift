import Evaluation
import Testing

@Suite struct ModalityReportTests {
  private func vector(_ index: Int, _ shift: Int) -> [Float] {
    unit((0..<5).map { Float((index * 37 + $0 * 11 + shift) % 17 - 8) })
  }

  private func unit(_ values: [Float]) -> [Float] {
    let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return values.map { $0 / length }
  }

  /// Recorded with numpy 2.4.6 and scipy 1.17.1:
  /// ```
  /// v = lambda i, s: x / norm(x) of x = [((i * 37 + k * 11 + s) % 17) - 8 for k in range(5)]
  /// a = [v(i, 0) for i in range(6)];  t = normalised [v(i, 0) + 0.8 * v(i, 5) for i in range(6)]
  /// s = median(pdist(a ++ t));  k = lambda x, y: exp(-cdist(x, y, 'sqeuclidean') / (2 * s * s)).mean()
  /// (argmax(a @ t.T, 1) == arange(6)).mean(), (argmax(t @ a.T, 1) == arange(6)).mean(), (a * t).sum(1).mean(),
  ///   norm(a.mean(0) - t.mean(0)), sqrt(k(a, a) + k(t, t) - 2 * k(a, t))
  /// ```
  @Test("Retrieval, distances and discrepancy are those of numpy") func recorded() {
    let audio = (0..<6).map { vector($0, 0) }
    let text = (0..<6).map { index in unit(zip(vector(index, 0), vector(index, 5)).map { $0 + 0.8 * $1 }) }
    let report = ModalityReport(audio: audio, text: text)
    #expect(abs(report.audioToTextTop1 - 2.0 / 3) < 1e-9)
    #expect(abs(report.textToAudioTop1 - 1) < 1e-9)
    #expect(abs(report.meanMatchedCosine - 0.7330041432153216) < 1e-6)
    #expect(abs(report.centroidDistance - 0.13708816400068113) < 1e-6)
    #expect(abs(report.maximumMeanDiscrepancy - 0.09875609613179899) < 1e-5)
  }

  @Test("Equal sets have no distance and are found at once") func equal() {
    let vectors = (0..<6).map { vector($0, 0) }
    let report = ModalityReport(audio: vectors, text: vectors)
    #expect(report.audioToTextTop1 == 1 && report.textToAudioTop1 == 1 && report.centroidDistance == 0)
    #expect(report.maximumMeanDiscrepancy < 1e-6 && abs(report.meanMatchedCosine - 1) < 1e-9)
  }
}
