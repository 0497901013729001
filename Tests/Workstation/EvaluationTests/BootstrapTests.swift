import Evaluation
import Testing

@Suite struct BootstrapTests {
  /// Recorded with numpy 2.4.6: `np.quantile([1., 2., 4., 8.], [0.025, 0.3, 0.975])`.
  @Test("Quantiles equal numpy's default") func quantiles() {
    for (q, expected) in zip([0.025, 0.3, 0.975], [1.075, 1.9, 7.7]) {
      #expect(abs(Bootstrap.quantile([1, 2, 4, 8], q) - expected) < 1e-12)
    }
  }

  /// Recorded with scipy 1.17.1 and numpy 2.4.6 over `v = [(i * 7919) % 400 for i in range(400)]`:
  /// `scipy.stats.bootstrap((v,), np.mean, n_resamples=100000, method='percentile', random_state=1)`.
  /// The bounds of 20,000 draws have a standard error of 0.11.
  @Test("The interval of a mean equals scipy's") func mean() throws {
    let values = (0..<400).map { Double(($0 * 7_919) % 400) }
    let interval = try #require(
      Bootstrap(resampleCount: 20_000, seed: 3).interval(itemCount: 400) { $0.reduce(0) { $0 + values[$1] } / 400 })
    #expect(abs(interval.lower - 188.2175) < 0.4)
    #expect(abs(interval.upper - 210.8151) < 0.4)
  }

  @Test("The same seed gives the same interval, another seed a different one") func determinism() {
    func run(_ seed: UInt64) -> ConfidenceInterval? {
      Bootstrap(resampleCount: 50, seed: seed).interval(itemCount: 10) { Double($0.reduce(0, +)) }
    }
    #expect(run(5) == run(5))
    #expect(run(5) != run(6))
  }

  @Test("A statistic that rarely has a value has no interval") func undefined() {
    #expect(Bootstrap().interval(itemCount: 3) { _ in nil } == nil)
    #expect(Bootstrap().interval(itemCount: 0) { _ in 1 } == nil)
  }
}
