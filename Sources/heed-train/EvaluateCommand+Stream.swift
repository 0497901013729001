import Evaluation
import Foundation
import Training

extension EvaluateCommand {
  /// One report a signal-to-noise ratio.
  func runStreams(
    _ material: Material, _ scorer: any AcousticScorer, writesFiles: Bool
  ) throws -> [StreamReport] {
    let phraseCorpora = try phrases.map { try PreparedCorpus(path: $0) }
    let noiseCorpora = try noise.map { try PreparedCorpus(path: $0) }
    var reports: [StreamReport] = []
    for ratio in snr {
      var options = StreamOptions()
      options.signalToNoiseDecibels = Double(ratio)
      if let occurrences { options.occurrencesPerPhrase = occurrences }
      options.seed = seed
      options.pauses = pauses
      if let hours { options.longestBackgroundHours = hours }
      let stream = try StreamProtocol(
        background: material.corpora, phrases: phraseCorpora, noise: noiseCorpora, model: material.evaluated,
        options: options)
      let bar = ProgressLine("seconds of the stream (\(ratio == "clean" ? ratio : ratio + " dB"), \(scorer.name))")
      let report = stream.run(scorer: scorer, bootstrap: Bootstrap(seed: seed)) { done, total in
        bar.update(done, of: total)
      }
      reports.append(report)
      if writesFiles, let clips {
        try StreamExcerpts(report: report, count: worst).write(stream, to: URL(fileURLWithPath: clips))
      }
    }
    guard writesFiles else { return reports }
    try write(reports, \.detectionErrorTradeoffTable, to: det)
    try write(reports, \.falseAlarmTable, to: alarms)
    try write(reports, \.missTable, to: misses)
    if let report {
      let page = StreamPage(
        title: "Phrases in running speech",
        introduction: "Model \(model), scored by \(scorer.name), seed \(seed). Background: "
          + "\(corpus.joined(separator: ", ")); phrases: \(phrases.joined(separator: ", ")).",
        reports: reports)
      for note in try page.write(folder: URL(fileURLWithPath: report)) { Console.say(note) }
    }
    return reports
  }

  /// One table of all streams, its first column the signal-to-noise ratio.
  private func write(_ reports: [StreamReport], _ table: (StreamReport) -> String, to path: String?) throws {
    guard let path else { return }
    var text = ""
    for (ratio, report) in zip(snr, reports) {
      for (number, line) in table(report).split(separator: "\n").enumerated() {
        if number > 0 { text += "\(ratio)\t\(line)\n" } else if text.isEmpty { text = "snr\t\(line)\n" }
      }
    }
    try text.replaceFile(at: path)
  }
}
