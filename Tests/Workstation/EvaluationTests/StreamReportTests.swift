import Evaluation
import Foundation
import Testing

/// Two phrases at known times of an hour, with one clip and one speaker per recording.
private let texts = ["RED LAMP", "BLUE DOOR"]

private func occurrence(_ phrase: Int, _ start: Double, clip: Int) -> StreamOccurrence {
  StreamOccurrence(
    phraseIndex: phrase, startSample: Int64(start * 16_000), endSample: Int64((start + 1) * 16_000), clipIndex: clip)
}

private func candidate(_ phrase: Int, _ start: Double, _ score: Double) -> StreamCandidate {
  StreamCandidate(
    phraseIndex: phrase, startSample: Int64(start * 16_000), endSample: Int64((start + 1) * 16_000), score: score,
    reportedSample: Int64((start + 1.2) * 16_000))
}

private func logistic(_ value: Double) -> Double { 1 / (1 + exp(-value)) }

private let occurrences = [
  occurrence(0, 10, clip: 0), occurrence(1, 20, clip: 1), occurrence(0, 30, clip: 2), occurrence(0, 40, clip: 3),
  occurrence(1, 50, clip: 4),
]

/// At 0.5 per hour, no false alarm is allowed in one hour: thresholds are 1 and 2 log odds.
private let candidates = [
  candidate(0, 10, 3), candidate(0, 30, -4),  // clip 2 misses by 5; clip 3 has no candidate
  candidate(1, 20, 1.5), candidate(1, 50, 0.5),  // clip 1 misses by 0.5, clip 4 by 1.5
  candidate(0, 100, 1), candidate(0, 200, 0.25), candidate(1, 300, 2), candidate(1, 400, -1),
]

private func report(hasLatencies: Bool = true) -> StreamReport {
  var options = StreamOptions()
  options.occurrencesForMean = 1
  options.signalToNoiseDecibels = 5
  return StreamReport(
    texts: texts, candidates: candidates.reversed(), occurrences: occurrences, streamSampleCount: 16_000 * 3_610,
    options: options, hasLatencies: hasLatencies, bootstrap: Bootstrap(resampleCount: 20),
    said: { occurrence in
      StreamClip(
        id: "clip-\(occurrence.clipIndex)", speaker: "set/s\(occurrence.clipIndex)",
        group: occurrence.clipIndex < 2 ? "child" : "native", text: texts[occurrence.phraseIndex])
    },
    heard: { start, end in
      [StreamClip(id: "\(start / 16_000)", speaker: "back/\(end / 16_000)", group: "", text: "SOMETHING ELSE")]
    })
}

@Suite struct StreamReportTests {
  @Test("Misses are sorted worst first: those without a candidate, then by shortfall") func misses() {
    let misses = report().misses
    #expect(misses.map(\.clip.id) == ["clip-3", "clip-2", "clip-4", "clip-1"])
    #expect(misses.map(\.shortfall) == [nil, 5, 1.5, 0.5])
    #expect(misses.map(\.score) == [nil, logistic(-4), logistic(0.5), logistic(1.5)])
    #expect(misses.map(\.threshold) == [1, 1, 2, 2].map(logistic))
    #expect(misses.map(\.startSeconds) == [40, 30, 50, 20] && misses.map(\.endSeconds) == [41, 31, 51, 21])
  }

  @Test("The table of misses leaves the score of a miss without a candidate empty") func missTable() {
    let lines = report().missTable.split(separator: "\n")
    #expect(lines[0] == "phrase\tclip\tspeaker\tgroup\tscore\tthreshold\tbelow\tstart\tend")
    #expect(lines[1] == "RED LAMP\tclip-3\tset/s3\tnative\t\t0.731059\t\t40.00\t41.00")
    #expect(lines[4] == "BLUE DOOR\tclip-1\tset/s1\tchild\t0.817574\t0.880797\t0.500\t20.00\t21.00")
    #expect(lines.count == 5)
  }

  @Test("False alarms give text and speaker, and the worst are chosen over all phrases") func falseAlarms() {
    let report = report()
    let lines = report.falseAlarmTable.split(separator: "\n")
    #expect(lines[0] == "phrase\tscore\tstart\tend\tspeaker\theard")
    #expect(lines[1] == "RED LAMP\t0.731059\t100.00\t101.00\tback/101\t100: SOMETHING ELSE")
    #expect(lines.count == 5)
    #expect(report.worstFalseAlarms(3).map(\.logOdds) == [2, 1, 0.25])
    #expect(report.worstFalseAlarms(3).map(\.startSeconds) == [300, 100, 200])
  }

  @Test("Groups pool the recordings of all phrases, each at its phrase's threshold") func groups() {
    let groups = report().groups
    #expect(groups.map(\.name) == ["child", "native"] && groups.map(\.occurrenceCount) == [2, 3])
    // At one per hour, one false alarm is allowed: thresholds 0.25 and −1 find all but clips 2 and 3.
    #expect(groups[0].missRates == [0.5, 0.5, 0])
    #expect(groups[1].missRates == [1, 1, 2.0 / 3])
    #expect(groups[1].missRateIntervals[0] == ConfidenceInterval(lower: 1, upper: 1))
  }

  @Test("The text lists the requested number of errors, and groups only if there are two") func markdown() {
    let text = report().markdown(worstCount: 2)
    #expect(text.contains("| worst misses at 0.5/h") && text.contains("clip-3") && !text.contains("clip-4"))
    #expect(text.contains("| worst false alarms") && text.contains("300: SOMETHING ELSE"))
    #expect(!text.contains("200: SOMETHING ELSE"))
    #expect(text.contains("| speakers") && text.contains("| child"))
    let none = report().markdown(worstCount: 0)
    #expect(!none.contains("worst"))
    #expect(StreamReport.overview([report()]).isEmpty)
    #expect(StreamReport.overview([report(), report()]).split(separator: "\n").count == 4)
  }

  @Test("Without times there are no latencies") func latencies() {
    #expect(report().medianLatencySeconds.map { ($0 * 1_000).rounded() } == 200)
    let late = report(hasLatencies: false)
    #expect(late.medianLatencySeconds == nil && late.phrases.allSatisfy { $0.medianLatencySeconds == nil })
    #expect(late.summaries.map(\.pooledMissRate) == report().summaries.map(\.pooledMissRate))
  }

  @Test("An excerpt starts a second before its error, and its name is a valid file name") func excerptNames() {
    let excerpts = StreamExcerpts(report: report(), count: 1)
    #expect(
      excerpts.clips.map(\.name) == ["5dB-miss-01-red-lamp-39.0s.wav", "5dB-alarm-01-blue-door-299.0s.wav"])
    let ranges: [Range<Int64>] = [624_000..<672_000, 4_784_000..<4_832_000]
    #expect(excerpts.clips.map(\.range) == ranges)
  }

  @Test("The page has its tables without gnuplot and lists the missing parts") func page() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let page = StreamPage(title: "A & B", introduction: "Two <phrases>.", reports: [report()])
    #expect(try page.write(folder: folder, gnuplot: nil) == [Gnuplot.installAdvice])
    let text = try String(contentsOf: folder.appendingPathComponent("index.html"), encoding: .utf8)
    #expect(text.contains("A &amp; B") && text.contains("Two &lt;phrases&gt;.") && !text.contains("<svg"))
    #expect(
      text.contains("<tr><th scope=\"row\">red lamp</th><td>3</td><td>66.67</td><td>66.67</td><td>66.67</td></tr>"))
    let misses = try String(contentsOf: folder.appendingPathComponent("misses.tsv"), encoding: .utf8)
    #expect(misses.split(separator: "\n")[2] == "blue door\t100.0")
    let curves = try String(contentsOf: folder.appendingPathComponent("det-5dB.tsv"), encoding: .utf8)
      .components(separatedBy: "\n\n\n")
    #expect(curves.count == 3 && curves[0].hasPrefix("# RED LAMP\n"))
    // The mean with no false alarm, with one and with two: (2/3 + 1)/2, (2/3 + 0)/2, …
    let means = curves[2].split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      line.split(separator: "\t").map { Double($0)! }
    }
    #expect(abs(means[0][1] - 250.0 / 3) < 1e-9 && abs(means[1][1] - 100.0 / 3) < 1e-9)
    #expect(abs(means[0][0] - 0.5 * 3_600 / 3_610) < 1e-9, "none at all stands at half of one")
  }

  @Test(
    "gnuplot draws the curves and the bars into the page",
    .enabled(if: Gnuplot() != nil, "gnuplot is missing: apt-get install gnuplot-nox")
  ) func figures() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try StreamPage(title: "T", introduction: "", reports: [report()]).write(folder: folder) == [])
    let text = try String(contentsOf: folder.appendingPathComponent("index.html"), encoding: .utf8)
    #expect(text.components(separatedBy: "<svg role=\"img\"").count == 3)
    let bars = try String(contentsOf: folder.appendingPathComponent("misses.svg"), encoding: .utf8)
    #expect(bars.contains("red lamp") && bars.contains("blue door") && bars.contains("5 dB"))
  }
}
