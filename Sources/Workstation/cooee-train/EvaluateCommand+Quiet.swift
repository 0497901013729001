import ArgumentParser
import Evaluation
import Foundation
import Training

/// Options of `cooee-train evaluate --protocol quiet`.
struct QuietEvaluationOptions: ParsableArguments {
  /// The value of --thresholds.
  enum Thresholds: Equatable, ExpressibleByArgument {
    case running, delivered
    case score(Double)

    init?(argument: String) {
      switch argument {
      case "running": self = .running
      case "delivered": self = .delivered
      default:
        guard let score = Double(argument), score > 0, score < 1 else { return nil }
        self = .score(score)
      }
    }

    var defaultValueDescription: String { "running" }
  }

  @Option(
    help: ArgumentHelp(
      "Quiet, offsets: thresholds for --rate in the running speech of --corpus, those that enrollment sets from --background, or "
        + "one score.", valueName: "running|delivered|0...1"))
  var thresholds = Thresholds.running

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Quiet, delivered: background sounds, such as silence, white-70, pink-60, recorded-45 (from --noise; dBFS) or own (default: "
        + QuietFloor.standard.map(\.name).joined(separator: " ") + ").", valueName: "floor"))
  var floors: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: "Quiet (default: 0.5 1 5 20 60 600), delivered (default: 5 60): seconds of the floor before the phrase.")
  var seconds: [Double] = []

  @Option(
    parsing: .upToNextOption,
    help:
      "Quiet: levels of the phrase in addition to 26, in decibels below full scale (default: 45 10), after --level-seconds."
  )
  var levels: [Double] = []

  @Option(help: "Quiet: seconds of the floor before a phrase of another level.")
  var levelSeconds = 20.0

  /// The options of the protocol; the others are those of the command.
  func options() throws -> QuietOptions {
    var options = QuietOptions()
    if !floors.isEmpty {
      options.floors = try floors.map { name in
        guard let floor = QuietFloor(name) else {
          throw ValidationError("--floors \(name): must be silence, own, or a type with a level: white-70, pink-60")
        }
        return floor
      }
    }
    if !seconds.isEmpty { options.seconds = seconds }
    if !levels.isEmpty { options.otherDecibels = levels.map { -$0 }.filter { $0 != QuietOptions.standardDecibels } }
    options.secondsOfOtherLevels = levelSeconds
    return options
  }

  func validate() throws {
    _ = try options()
    for value in seconds + [levelSeconds] where !(value >= 0 && value <= 36_000) {
      throw ValidationError("\(value) seconds of a floor: must be from 0 to 36000")
    }
    for value in levels where !(value >= 0 && value <= 90) {
      throw ValidationError("--levels \(value): must be decibels below full scale, 0 to 90")
    }
  }
}

extension EvaluateCommand {
  func runQuiet(_ material: Material, _ scorer: any AcousticScorer) throws -> QuietReport {
    var options = try quiet.options()
    if let occurrences { options.occurrencesPerPhrase = occurrences }
    if let hours { options.longestBackgroundHours = hours }
    options.seed = seed
    let run = try QuietProtocol(
      background: material.corpora, phrases: try prepared(phrases), noise: try prepared(noise),
      model: material.evaluated, options: options)
    var bars = ProgressLines()
    return try withThresholds(quiet.thresholds, material.evaluated) { source in
      try run.run(thresholds: source, scorer: scorer, bootstrap: Bootstrap(seed: seed)) {
        bars.update("\($0) (\(scorer.name))", $1, of: $2)
      }
    }
  }

  func runOffsets(_ material: Material, _ scorer: any AcousticScorer) throws -> OffsetReport {
    var options = OffsetOptions()
    if let occurrences { options.occurrencesPerPhrase = occurrences }
    if let hours { options.longestBackgroundHours = hours }
    options.seed = seed
    let run = try OffsetProtocol(
      background: material.corpora, phrases: try prepared(phrases), model: material.evaluated,
      options: options)
    var bars = ProgressLines()
    return try withThresholds(quiet.thresholds, material.evaluated) { source in
      try run.run(thresholds: source, scorer: scorer) {
        bars.update("\($0) (\(scorer.name))", $1, of: $2)
      }
    }
  }

  func runDelivered(_ material: Material, _ scorer: any AcousticScorer) throws -> DeliveredReport {
    var options = DeliveredOptions()
    let given = try quiet.options()
    if !quiet.floors.isEmpty { options.floors = given.floors }
    if noise.isEmpty { options.floors.removeAll(where: \.isRecorded) }
    if !quiet.seconds.isEmpty { options.seconds = given.seconds }
    options.conditions = try homeConditions()
    if let occurrences {
      options.occurrencesPerPhrase = occurrences
      options.occurrencesAfterQuiet = min(occurrences, options.occurrencesAfterQuiet)
    }
    if let hours { options.longestBackgroundHours = hours }
    options.seed = seed
    let run = try DeliveredProtocol(
      background: material.corpora, phrases: try prepared(phrases), noise: try prepared(noise),
      model: material.evaluated, options: options)
    var bars = ProgressLines()
    return try withThresholds(.delivered, material.evaluated) { source in
      try run.run(thresholds: source, scorer: scorer, bootstrap: Bootstrap(seed: seed)) {
        bars.update("\($0) (\(scorer.name))", $1, of: $2)
      }
    }
  }

  /// Calls `body` with the source given by --thresholds and --rate.
  private func withThresholds<Result>(
    _ thresholds: QuietEvaluationOptions.Thresholds, _ evaluated: EvaluatedModel,
    _ body: (ThresholdSource) throws -> Result
  ) throws -> Result {
    switch thresholds {
    case .running: return try body(.running(falseAlarmsPerHour: advice.rate.first ?? 0.5))
    case .score(let score): return try body(.score(score))
    case .delivered:
      let background = try backgroundFile(evaluated)
      return try withExtendedLifetime(background) {
        try body(.delivered(background.speech, falseAlarmsPerHour: advice.rate.first ?? ThresholdSource.enrollmentRate))
      }
    }
  }

  /// Checks the options that these protocols require.
  func validatePhraseHearing() throws {
    let name = evaluationProtocol.rawValue
    if phrases.isEmpty { throw ValidationError("--protocol \(name) needs --phrases") }
    if evaluationProtocol == .quiet, noise.isEmpty,
      try quiet.options().floors.contains(where: \.isRecorded)
    {
      throw ValidationError("--protocol quiet needs --noise, or --floors without recorded ones")
    }
    if evaluationProtocol == .delivered || quiet.thresholds == .delivered, advice.background == nil {
      let what =
        evaluationProtocol == .delivered ? "--protocol delivered" : "--thresholds delivered"
      throw ValidationError("\(what) needs --background; create one with cooee-train background")
    }
    if advice.rate.count > 1 { throw ValidationError("--protocol \(name) takes one --rate") }
  }
}
