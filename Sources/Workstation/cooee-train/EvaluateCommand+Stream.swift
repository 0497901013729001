import ArgumentParser
import Evaluation
import Foundation
import Training

/// The rooms of the streams of `cooee-train evaluate`.
struct StreamPlaceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Stream, advice, delivered: folder of impulse responses with rooms.tsv. Streams use the rooms of split dev and "
        + "change the room every ten minutes; after quiet, each recording does.", valueName: "folder"))
  var rooms: String?

  @Option(
    parsing: .upToNextOption,
    help:
      "With --rooms: near (talkers under 1.2 m), middle (to 2.5 m) or far. One or more (default: all three)."
  )
  var distance: [TalkerDistance] = []

  func validate() throws {
    if rooms == nil, !distance.isEmpty {
      throw ValidationError("--distance needs --rooms, a folder of impulse responses")
    }
    if let twice = distance.first(where: { value in distance.count { $0 == value } > 1 }) {
      throw ValidationError("--distance \(twice.rawValue) is repeated")
    }
  }

  func load() throws -> RoomResponses? {
    try rooms.map { try RoomResponses(folder: $0, split: "dev") }
  }

  /// The distances to measure in the rooms. Without rooms, a single distance without effect.
  func distances(in responses: RoomResponses?) -> [TalkerDistance] {
    if responses == nil { return [.near] }
    return distance.isEmpty ? TalkerDistance.allCases : distance
  }
}

extension TalkerDistance: ExpressibleByArgument {}

extension EvaluateCommand {
  /// One report per signal-to-noise ratio and, in rooms, per distance.
  func runStreams(
    _ material: Material, _ scorer: any AcousticScorer, writesFiles: Bool
  ) throws -> [StreamReport] {
    let phraseCorpora = try prepared(phrases)
    let noiseCorpora = try prepared(noise)
    var reports: [StreamReport] = []
    for condition in try streamConditions() {
      var options = StreamOptions()
      options.condition = condition
      if let occurrences { options.occurrencesPerPhrase = occurrences }
      options.seed = seed
      options.pauses = pauses
      if let hours { options.longestBackgroundHours = hours }
      let stream = try StreamProtocol(
        background: material.corpora, phrases: phraseCorpora, noise: noiseCorpora, model: material.evaluated,
        options: options)
      let bar = ProgressLine("seconds of the stream (\(condition.name), \(scorer.name))")
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

  /// Every --snr at every --distance.
  func streamConditions() throws -> [StreamCondition] {
    let responses = try place.load()
    return ratios.flatMap { ratio in
      place.distances(in: responses).map {
        StreamCondition(signalToNoiseDecibels: Double(ratio), rooms: responses, distance: $0)
      }
    }
  }

  /// One table of all streams. Its first column is the signal-to-noise ratio, and in rooms its second is the distance.
  private func write(_ reports: [StreamReport], _ table: (StreamReport) -> String, to path: String?)
    throws
  {
    guard let path else { return }
    var text = ""
    for report in reports {
      let ratio = report.signalToNoiseDecibels.map { String(format: "%g", $0) } ?? "clean"
      let distance = report.distance.map { $0 + "\t" } ?? ""
      for (number, line) in table(report).split(separator: "\n").enumerated() {
        if number > 0 {
          text += "\(ratio)\t\(distance)\(line)\n"
        } else if text.isEmpty {
          text = "snr\t\(distance.isEmpty ? "" : "distance\t")\(line)\n"
        }
      }
    }
    try text.replaceFile(at: path)
  }
}
