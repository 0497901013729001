import Foundation

/// DET and ROC curves of several runs on one kind of negative: a data file for both, and one plot each.
struct TradeoffFigures {
  let negatives: PairKind
  /// Base name of the data file: a block of `threshold false_positive_rate miss_rate` per run, separated by two empty
  /// lines.
  let dataName: String
  let data: String
  let figures: [ReportFigure]

  /// - Precondition: at least one run.
  init(negatives: PairKind, runs: [(label: String, metrics: RankingMetrics)]) {
    precondition(!runs.isEmpty)
    self.negatives = negatives
    dataName = "curves-\(negatives.rawValue).tsv"
    var data = ""
    for (label, metrics) in runs {
      data += "# \(label.filter { !$0.isNewline })\n# threshold\tfalse_positive_rate\tmiss_rate\n"
      for point in Self.thinned(metrics.points) {
        data += "\(point.threshold)\t\(point.falsePositiveRate)\t\(1 - point.truePositiveRate)\n"
      }
      data += "\n\n"
    }
    self.data = data

    func curves(_ columns: String) -> String {
      runs.enumerated().map { index, run in
        "  \"curves-\(negatives.rawValue).tsv\" index \(index) using \(columns) with lines \(ReportFigure.lineStyle(index)) "
          + "title \(Gnuplot.quoted(run.label))"
      }.joined(separator: ", \\\n")
    }
    let rates = ["0.1", "0.5", "1", "2", "5", "10", "20", "40", "60"]
    let tics = rates.map { "\"\($0)\" invnorm(\($0)/100.)" }.joined(separator: ", ")
    let summary = runs.map { run in
      "\(run.label) \(percent(run.metrics.equalErrorRate)) %"
    }.joined(separator: ", ")
    let detName = "det-\(negatives.rawValue)"
    let rocName = "roc-\(negatives.rawValue)"
    let areas = runs.map { "\($0.label) \(percent($0.metrics.areaUnderCurve)) %" }.joined(separator: ", ")
    figures = [
      ReportFigure(
        name: detName,
        caption: "Detection error tradeoff, \(negatives.rawValue) negatives; nearer to the corner is better.",
        description: "Miss rate against false positive rate on normal-deviate axes. Equal error rates: \(summary).",
        script: ReportFigure.preamble(detName, title: "DET, \(negatives.rawValue) negatives", keyCount: runs.count + 1)
          + """
          set xlabel "false positive rate, %"
          set ylabel "miss rate, %"
          set xrange [invnorm(0.001):invnorm(0.6)]
          set yrange [invnorm(0.001):invnorm(0.6)]
          set xtics (\(tics))
          set ytics (\(tics))
          plot x with lines linecolor rgb "#888888" dashtype 3 title "equal rates", \\
          \(curves("(invnorm($2)):(invnorm($3))"))

          """),
      ReportFigure(
        name: rocName, caption: "Receiver operating characteristic, \(negatives.rawValue) negatives.",
        description: "True positive rate against false positive rate. Areas under the curve: \(areas).",
        script: ReportFigure.preamble(rocName, title: "ROC, \(negatives.rawValue) negatives", keyCount: runs.count + 1)
          + """
          set xlabel "false positive rate, %"
          set ylabel "true positive rate, %"
          set xrange [0:100]
          set yrange [0:100]
          plot x with lines linecolor rgb "#888888" dashtype 3 title "chance", \\
          \(curves("(100*$2):(100-100*$3)"))

          """),
    ]
  }

  /// The points that a plot can resolve: those at least 1/300 of either plot's axes from the previous one.
  static func thinned(_ points: [RankingMetrics.Point]) -> [RankingMetrics.Point] {
    func logit(_ rate: Double) -> Double { log(max(rate, 1e-6) / max(1 - rate, 1e-6)) }
    var kept: [RankingMetrics.Point] = []
    for (index, point) in points.enumerated() {
      guard let last = kept.last, index < points.count - 1 else {
        kept.append(point)
        continue
      }
      let rates = [
        (last.falsePositiveRate, point.falsePositiveRate), (last.truePositiveRate, point.truePositiveRate),
      ]
      if rates.contains(where: { abs($0 - $1) > 1.0 / 300 || abs(logit($0) - logit($1)) > 0.03 }) {
        kept.append(point)
      }
    }
    return kept
  }
}
