import Foundation
import Training

/// The results of the stream protocol as a static page: detection error tradeoffs, misses by phrase, tables.
///
/// Everything goes to one folder: `index.html` with the figures inlined, and each figure as `<figure>.gnuplot` with its
/// data and `<figure>.svg`. Run `gnuplot <figure>.gnuplot` in that folder to draw a figure again.
public struct StreamPage {
  /// The title of the page.
  public var title: String
  /// A few sentences on what was measured.
  public var introduction: String
  /// One per condition, each with a unique name.
  public var reports: [StreamReport]

  /// Creates a page.
  public init(title: String, introduction: String, reports: [StreamReport]) {
    self.title = title
    self.introduction = introduction
    self.reports = reports
  }

  /// Writes the page. Its tables remain if a figure cannot be drawn.
  ///
  /// - Parameter gnuplot: `nil` if gnuplot is not installed.
  /// - Returns: one line for each part missing from the page, with the reason.
  /// - Throws: an error if a file cannot be written.
  public func write(folder: URL, gnuplot: Gnuplot? = Gnuplot()) throws -> [String] {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func write(_ text: String, _ name: String) throws {
      try text.replaceFile(at: folder.appendingPathComponent(name).path)
    }
    var notes = gnuplot == nil ? [Gnuplot.installAdvice] : []
    let curves = reports.map { StreamFigure.tradeoff($0) }
    let drawings = curves + [StreamFigure.misses(reports)]
    for drawing in drawings {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(drawing.figure.graphicName))
      try write(drawing.data, drawing.dataName)
      try write(drawing.figure.script, drawing.figure.scriptName)
      do {
        try gnuplot?.run(script: folder.appendingPathComponent(drawing.figure.scriptName))
      } catch {
        notes.append("\(error)")
      }
    }
    let graphics = drawings.compactMap { Self.html($0.figure, folder) }
    var body = introduction.isEmpty ? "" : "<p>\(HTMLText.escaped(introduction))</p>\n"
    if !notes.isEmpty {
      body += "<h2>Missing parts</h2>\n<ul>\n"
      body += notes.map { "<li>\(HTMLText.escaped($0))</li>\n" }.joined() + "</ul>\n"
    }
    if !graphics.isEmpty { body += "<h2>Curves</h2>\n<div class=\"figures\">\n\(graphics.joined())</div>\n" }
    body += "<h2>Tables</h2>\n" + reports.map(Self.table).joined()
    try write(HTMLText.page(title: title, body: body), "index.html")
    return notes
  }

  private static func table(_ report: StreamReport) -> String {
    let rates = report.summaries.map { String(format: "miss %% at %g/h", $0.falseAlarmsPerHour) }
    var rows = report.phrases.map { phrase in
      [phrase.text.lowercased(), "\(phrase.occurrenceCount)"] + phrase.operatingPoints.map { percent($0.missRate) }
    }
    rows.append(["mean of \(report.meanPhraseCount)", ""] + report.summaries.map { percent($0.meanMissRate) })
    rows.append(
      ["all said", "\(report.phrases.reduce(0) { $0 + $1.occurrenceCount })"]
        + report.summaries.map { percent($0.pooledMissRate) })
    let caption = String(format: "Stream, %@, %.2f h", report.conditionName, report.streamHours)
    return HTMLText.table(caption: caption, heading: ["phrase", "said"] + rates, rows: rows)
  }

  /// `nil` if the figure was not drawn.
  private static func html(_ figure: ReportFigure, _ folder: URL) -> String? {
    let file = folder.appendingPathComponent(figure.graphicName)
    guard let svg = try? String(contentsOf: file, encoding: .utf8), svg.contains("</svg>") else { return nil }
    let graphic = ReportFigure.inline(svg: svg, name: figure.name, description: figure.description)
    return "<figure>\n\(graphic)<figcaption>\(HTMLText.escaped(figure.caption))</figcaption>\n</figure>\n"
  }
}

/// A plot of streams with its data file.
struct StreamFigure {
  var figure: ReportFigure
  var data: String
  var dataName: String { figure.name + ".tsv" }

  /// The highest rate that is drawn. Devices do not run at higher ones.
  private static let largestRate = 10.0

  /// Miss rate against false alarms per hour, by phrase and for their mean.
  ///
  /// The data has a block of `false_alarms_per_hour miss_percent threshold` per phrase, separated by two empty lines.
  /// The last block is the mean, without thresholds. Zero false alarms are drawn at half a false alarm on the whole
  /// stream.
  static func tradeoff(_ report: StreamReport) -> StreamFigure {
    let name = "det-" + report.conditionName.replacingOccurrences(of: " ", with: "")
    let smallest = 0.5 / report.streamHours
    let header = "# false_alarms_per_hour\tmiss_percent\tthreshold\n"
    var data = ""
    for (phrase, tradeoff) in zip(report.phrases, report.tradeoffs) {
      data += "# \(phrase.text)\n" + header
      for point in tradeoff.points where point.falseAlarmsPerHour <= largestRate {
        data += "\(max(smallest, point.falseAlarmsPerHour))\t\(100 * point.missRate)\t"
        data += "\(probability(ofLogit: point.threshold))\n"
      }
      data += "\n\n"
    }
    data += "# mean of \(report.meanPhraseCount)\n" + header
    for (rate, miss) in report.meanTradeoff(upTo: largestRate) {
      data += "\(max(smallest, rate))\t\(100 * miss)\n"
    }
    let lines = report.phrases.enumerated().map { index, phrase in
      "  \"\(name).tsv\" index \(index) using 1:2 with lines \(ReportFigure.lineStyle(index)) "
        + "title \(Gnuplot.quoted(phrase.text.lowercased()))"
    }
    let mean =
      "  \"\(name).tsv\" index \(report.phrases.count) using 1:2 with steps linecolor rgb \"#000000\" linewidth 5 "
      + "title \(Gnuplot.quoted("mean of \(report.meanPhraseCount)"))"
    let summary = report.summaries.map {
      String(format: "%.1f %% missed at %g/h", 100 * $0.meanMissRate, $0.falseAlarmsPerHour)
    }.joined(separator: ", ")
    let script =
      ReportFigure.preamble(name, title: "Misses, \(report.conditionName)", keyCount: report.phrases.count + 1)
        + """
        set xlabel "false alarms an hour"
        set ylabel "missed, %"
        set logscale x
        set xrange [\(smallest):\(largestRate)]
        set yrange [0:100]
        plot \\
        \((lines + [mean]).joined(separator: ", \\\n"))

        """
    return StreamFigure(
      figure: ReportFigure(
        name: name, caption: "Misses against false alarms, \(report.conditionName); lower is better.",
        description: "Miss rate against false alarms an hour by phrase. Mean: \(summary).", script: script),
      data: data)
  }

  /// Misses at the working point as bars by phrase, with one color per condition.
  ///
  /// - Precondition: at least one report; all have the same phrases.
  static func misses(_ reports: [StreamReport]) -> StreamFigure {
    let name = "misses"
    let rate = reports[0].workingFalseAlarmsPerHour
    var data = "phrase\t" + reports.map(\.conditionName).joined(separator: "\t") + "\n"
    for (index, phrase) in reports[0].phrases.enumerated() {
      let rates = reports.map { "\(100 * $0.tradeoffs[index].missRate(atFalseAlarmsPerHour: rate))" }
      data += "\(phrase.text.lowercased())\t" + rates.joined(separator: "\t") + "\n"
    }
    let bars = reports.enumerated().map { index, report in
      "  \"\(name).tsv\" every ::1 using \(index + 2)\(index == 0 ? ":xtic(1)" : "") "
        + "linecolor rgb \"\(ReportFigure.colors[index % ReportFigure.colors.count])\" "
        + "title \(Gnuplot.quoted(report.conditionName))"
    }
    let title = String(format: "Misses at %g false alarms an hour", rate)
    let script =
      ReportFigure.preamble(name, title: title, keyCount: reports.count)
        + """
        set datafile separator "\\t"
        set style data histograms
        set style histogram clustered gap 1
        set style fill solid 0.9
        set ylabel "missed, %"
        set yrange [0:100]
        set xtics rotate by -40 noenhanced font ",11"
        plot \\
        \(bars.joined(separator: ", \\\n"))

        """
    return StreamFigure(
      figure: ReportFigure(
        name: name, caption: "\(title), by phrase.",
        description: "Bars of the miss rate by phrase: \(reports.map(\.conditionName).joined(separator: ", ")).",
        script: script),
      data: data)
  }
}

extension StreamReport {
  /// The mean miss rate of the phrases with enough recordings, at every rate that corresponds to a whole number of
  /// false alarms on the stream.
  func meanTradeoff(upTo largestRate: Double) -> [(falseAlarmsPerHour: Double, missRate: Double)] {
    let averaged = zip(phrases, tradeoffs).filter { $0.0.occurrenceCount >= occurrencesForMean }.map(\.1)
    guard !averaged.isEmpty else { return [] }
    return (0...Int(largestRate * streamHours)).map { count in
      // A phrase's hours exclude its own occurrences, so the stream's rate would allow it one alarm less.
      let misses = averaged.reduce(0) { $0 + $1.missRate(atFalseAlarmsPerHour: Double(count) / $1.hours) }
      return (Double(count) / streamHours, misses / Double(averaged.count))
    }
  }
}
