import Evaluation
import Testing

@Suite struct FloatComparisonTests {
  @Test("Differences are in percentage points, and those above 0.3 in either direction miss the aim") func aim() {
    let float = [ReportedMetric("a", 0.300), ReportedMetric("b", 0.50), ReportedMetric("only float", 1)]
    for (value, isWithin) in [(0.303, true), (0.297, true), (0.304, false), (0.296, false)] {
      let int8 = [ReportedMetric("only int8", 1), ReportedMetric("b", 0.50), ReportedMetric("a", value)]
      let comparison = FloatComparison(float: float, int8: int8)
      #expect(comparison.rows.map(\.name) == ["b", "a"])
      #expect(abs(comparison.rows[1].differencePoints - 100 * (value - 0.3)) < 1e-9)
      #expect(comparison.isWithinAim == isWithin, "\(value)")
      #expect(comparison.markdown.hasSuffix(isWithin ? ": met.\n" : ": not met.\n"))
    }
  }

  @Test("A metric without an aim is shown but not judged") func withoutAim() {
    let comparison = FloatComparison(
      float: [ReportedMetric("few", 0.1, hasAim: false), ReportedMetric("many", 0.1)],
      int8: [ReportedMetric("few", 0.2, hasAim: false), ReportedMetric("many", 0.099)])
    #expect(comparison.isWithinAim && abs(comparison.largestDifferencePoints - 0.1) < 1e-9)
    #expect(abs(comparison.rows[0].differencePoints - 10) < 1e-9)
    #expect(comparison.markdown.contains("+10.00"))
  }
}
