import Evaluation
import Testing

/// Oracle values recorded with Python 3, scikit-learn 1.9.1 and scipy 1.17.1 (`python metrics.py`):
/// ```
/// p = q(((i * 37 + 11) % 101) / 101 + 0.25) for i in range(90);  n = q(((i * 53 + 7) % 97) / 97) for i in range(140)
/// q = floor(v * 16) / 16, then q = identity;  y = ones(90) ++ zeros(140);  s = p ++ n
/// f, t, _ = roc_curve(y, s, drop_intermediate=False)
/// brentq(lambda x: 1 - x - interp1d(f, t)(x), 0, 1, xtol=1e-14), roc_auc_score(y, s),
///   average_precision_score(y, s), t[f <= 0.01].max(), t[f <= 0.2].max()
/// ```
@Suite struct RankingMetricsTests {
  private func metrics(step: Double) -> RankingMetrics {
    func quantized(_ value: Double) -> Double { step > 0 ? (value * step).rounded(.down) / step : value }
    return RankingMetrics(
      positives: (0..<90).map { quantized(Double(($0 * 37 + 11) % 101) / 101 + 0.25) },
      negatives: (0..<140).map { quantized(Double(($0 * 53 + 7) % 97) / 97) })
  }

  @Test("Scores with many ties give scikit-learn's values") func tied() {
    let metrics = metrics(step: 16)
    #expect(abs(metrics.equalErrorRate - 0.3741496598639456) < 1e-12)
    #expect(abs(metrics.areaUnderCurve - 0.7253174603174602) < 1e-12)
    #expect(abs(metrics.averagePrecision - 0.6637963496286347) < 1e-12)
    #expect(abs(metrics.truePositiveRate(atFalsePositiveRate: 0.01) - 0.25555555555555554) < 1e-12)
    #expect(abs(metrics.truePositiveRate(atFalsePositiveRate: 0.2) - 0.4444444444444444) < 1e-12)
  }

  @Test("Scores with few ties give scikit-learn's values") func distinct() {
    let metrics = metrics(step: 0)
    #expect(abs(metrics.equalErrorRate - 0.3777777777777777) < 1e-12)
    #expect(abs(metrics.areaUnderCurve - 0.7266666666666666) < 1e-12)
    #expect(abs(metrics.averagePrecision - 0.6806842666866914) < 1e-12)
    #expect(abs(metrics.truePositiveRate(atFalsePositiveRate: 0.01) - 0.25555555555555554) < 1e-12)
    #expect(abs(metrics.truePositiveRate(atFalsePositiveRate: 0.2) - 0.45555555555555555) < 1e-12)
  }

  @Test("Perfect, reversed and constant scores give the extremes") func extremes() {
    let perfect = RankingMetrics(positives: [3, 2], negatives: [1, 0, -1])
    #expect(perfect.equalErrorRate == 0 && perfect.areaUnderCurve == 1 && perfect.averagePrecision == 1)
    #expect(perfect.truePositiveRate(atFalsePositiveRate: 0) == 1)
    let reversed = RankingMetrics(positives: [0, 1], negatives: [2, 3])
    #expect(reversed.equalErrorRate == 1 && reversed.areaUnderCurve == 0)
    let constant = RankingMetrics(positives: [1, 1, 1], negatives: [1])
    #expect(constant.equalErrorRate == 0.5 && constant.areaUnderCurve == 0.5 && constant.averagePrecision == 0.75)
    let unheard = RankingMetrics(positives: [-.infinity, 2], negatives: [-.infinity, -.infinity])
    #expect(unheard.areaUnderCurve == 0.75 && unheard.truePositiveRate(atFalsePositiveRate: 0) == 0.5)
  }
}
