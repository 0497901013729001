import Evaluation
import Foundation
import KeywordSpotting
import ModelFormat
import Testing
import Training

private let sentences = (0..<12).map { index in
  ["THE FARMER PAINTED A YELLOW BASKET", "AN ENGINEER REMEMBERED SEVEN CANDLES", "MY NEIGHBOUR DISCOVERED THE GARDEN"][
    index % 3]
}

private func level(_ samples: some Collection<Int16>) -> Double {
  (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
}

/// In decibels of full scale.
private func decibels(_ samples: some Collection<Int16>) -> Double { 20 * log10(level(samples) / 32_768) }

/// Mean power near a frequency, from the Fourier transform at that frequency over blocks of 0.1 s.
private func power(_ samples: [Int16], hertz: Double) -> Double {
  let frequencies = (-4...4).map { hertz * (1 + 0.05 * Double($0)) }
  var sum = 0.0
  for start in stride(from: 0, to: samples.count - 1_600, by: 1_600) {
    for frequency in frequencies {
      var (real, imaginary) = (0.0, 0.0)
      for index in 0..<1_600 {
        let angle = 2 * Double.pi * frequency * Double(index) / 16_000
        real += Double(samples[start + index]) * cos(angle)
        imaginary += Double(samples[start + index]) * sin(angle)
      }
      sum += real * real + imaginary * imaginary
    }
  }
  return sum
}

/// Recognizes speech as ``SquareWaveScorer`` does until the signal has been quiet for some seconds, and nothing after
/// that.
final class ScorerThatFallsAsleep: AcousticScorer {
  let name = "asleep"
  private let scorer: SquareWaveScorer
  private let limit: Int
  private var quietCount = 0
  private var isAsleep = false

  init(_ model: AcousticModel, seconds: Double) {
    scorer = SquareWaveScorer(model)
    limit = Int(seconds * 16_000)
  }

  func encode(clip: UnsafeBufferPointer<Int16>) -> EncodedClip { scorer.encode(clip: clip) }

  func encode(
    stream samples: UnsafeBufferPointer<Int16>, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void
  ) {
    for sample in samples {
      quietCount = abs(Int(sample)) > 100 ? 0 : quietCount + 1
      if quietCount >= limit { isAsleep = true }
    }
    let heard = isAsleep ? [Int16](repeating: 0, count: samples.count) : Array(samples)
    heard.withUnsafeBufferPointer { scorer.encode(stream: $0, body) }
  }

  func resetStream() {
    scorer.resetStream()
    (quietCount, isAsleep) = (0, false)
  }
}

@Suite struct QuietTests {
  /// A phrase of two seconds of a tone, preceded by 1 s and followed by 0.5 s of a hum 40 dB below it.
  private static let hummed: [Int16] = {
    let tone = (0..<56_000).map { index -> Double in
      let hum = 80 * sin(Double(index) / 9)
      return (16_000..<48_000).contains(index) ? hum + 8_000 * sin(Double(index) / 3) : hum
    }
    return tone.map { Int16($0) }
  }()

  private func withProtocol<Result>(
    _ options: QuietOptions, _ model: EvaluatedModel, said: [String], isHummed: Bool = false,
    _ body: (QuietProtocol) throws -> Result
  ) throws -> Result {
    let rumble = (0..<48_000).map { Int16(2_000 * sin(Double($0 * $0 % 9_973) / 20)) }
    return try withCorpus(model, sentences) { background in
      try withCorpus(model, name: "wake", said, audio: isHummed ? { _ in Self.hummed } : nil) { phrases in
        try withCorpus(model, name: "rumble", ["", ""], audio: { _ in rumble }) { noise in
          try body(
            QuietProtocol(
              background: [background], phrases: [phrases], noise: [noise], model: model, options: options))
        }
      }
    }
  }

  @Test(
    "A floor keeps its level before and after a phrase, and the phrase has its own",
    arguments: [QuietFloor.white(decibels: -70), .white(decibels: -50), .pink(decibels: -60), .recorded(decibels: -45)])
  func levels(floor: QuietFloor) throws {
    let model = try untrainedModel()
    try withProtocol(QuietOptions(), model, said: ["ATHENA"], isHummed: true) { quiet in
      guard case .white(let expected) = floor, true else {
        return try check(quiet, floor, expected: floor == .pink(decibels: -60) ? -60 : -45)
      }
      try check(quiet, floor, expected: expected)
    }
  }

  private func check(_ quiet: QuietProtocol, _ floor: QuietFloor, expected: Double) throws {
    for phraseLevel in [-26.0, -10] {
      let condition = QuietCondition(before: .floor(seconds: 5), floor: floor, decibels: phraseLevel)
      let (samples, occurrence) = quiet.samples(ofRecording: 0, in: condition)
      // 5 s, 0.2 s of the recording, the tone, 0.2 s again, 1.5 s.
      #expect(abs(Int(occurrence.startSample) - 83_200) <= 160)
      #expect(abs(samples.count - (80_000 + 3_200 + 32_000 + 3_200 + 24_000)) <= 320)
      let tolerance = floor == .recorded(decibels: expected) ? 1.5 : 0.5
      #expect(abs(decibels(samples[..<80_000]) - expected) < tolerance, "\(floor)")
      #expect(abs(decibels(samples.suffix(23_000)) - expected) < tolerance + 0.5, "\(floor)")
      let said = samples[Int(occurrence.startSample) + 320..<Int(occurrence.endSample) - 320]
      #expect(abs(decibels(said) - phraseLevel) < 0.5, "\(floor)")
      #expect(quiet.samples(ofRecording: 0, in: condition).samples == samples, "the same seed gives the same stream")
    }
  }

  @Test("Pink noise falls by 3 dB per octave") func pink() throws {
    let model = try untrainedModel()
    try withProtocol(QuietOptions(), model, said: ["ATHENA"], isHummed: true) { quiet in
      let condition = QuietCondition(before: .floor(seconds: 20), floor: .pink(decibels: -30), decibels: -26)
      let floor = Array(quiet.samples(ofRecording: 0, in: condition).samples[..<320_000])
      for hertz in [125.0, 500, 1_500] {
        let loss = 10 * log10(power(floor, hertz: hertz) / power(floor, hertz: 4 * hertz))
        #expect(abs(loss - 6) < 1.3, "\(hertz) Hz: \(loss) dB in two octaves")
      }
    }
  }

  @Test("Digital silence is zeros, and a recording's own floor is its hum at its level relative to the speech")
  func silenceAndOwnFloor() throws {
    let model = try untrainedModel()
    try withProtocol(QuietOptions(), model, said: ["ATHENA"], isHummed: true) { quiet in
      let silent = quiet.samples(
        ofRecording: 0, in: QuietCondition(before: .floor(seconds: 2), floor: .silence, decibels: -26)
      ).samples
      #expect(silent[..<32_000].allSatisfy { $0 == 0 } && silent.suffix(23_000).allSatisfy { $0 == 0 })

      let own = quiet.samples(
        ofRecording: 0, in: QuietCondition(before: .floor(seconds: 5), floor: .own, decibels: -26)
      ).samples
      // The hum is 40 dB below the tone, whose level is −26.
      for part in [own[..<79_000], own[79_000..<82_500], own.suffix(26_000)] {
        #expect(abs(decibels(part) + 66) < 1, "\(decibels(part)) dB")
      }
      // There is only the hum at 283 Hz, without clicks at the joins.
      #expect(zip(own[..<82_000], own[1..<82_001]).allSatisfy { abs(Int($0) - Int($1)) < 6 })
    }
  }

  @Test("Running speech before a phrase is from other people, at its own level and at least four seconds long")
  func speechBefore() throws {
    let model = try untrainedModel()
    try withProtocol(QuietOptions(), model, said: ["ATHENA"], isHummed: true) { quiet in
      let condition = QuietCondition(before: .speech(decibels: -36), floor: .silence, decibels: -16)
      let (samples, occurrence) = quiet.samples(ofRecording: 0, in: condition)
      let before = samples[..<(Int(occurrence.startSample) - 3_200)]
      #expect(before.count >= 64_000 + 4_800 - 160)
      // A square wave at −36 dB of full scale.
      #expect(abs(Double(before.map { abs(Int($0)) }.max()!) - 519) < 20)
      #expect(before.suffix(4_800).allSatisfy { $0 == 0 }, "a pause of at least 0.3 s")
      #expect(abs(decibels(samples[Int(occurrence.startSample) + 320..<Int(occurrence.endSample) - 320]) + 16) < 0.5)
    }
  }

  @Test("A command follows a phrase directly, at the level of the phrase") func command() throws {
    let model = try untrainedModel()
    try withProtocol(QuietOptions(), model, said: ["ATHENA"], isHummed: true) { quiet in
      let condition = QuietCondition(before: .floor(seconds: 1), floor: .silence, decibels: -20, hasCommand: true)
      let (samples, occurrence) = quiet.samples(ofRecording: 0, in: condition)
      let end = Int(occurrence.endSample)
      // 25 ms of the recording's hum, then 25 ms before the utterance's active part, which includes the two frames
      // around it.
      let first = samples[(end + 160)...].firstIndex { abs(Int($0)) > 500 }!
      #expect((end + 400...end + 1_200).contains(first), "\(first - end)")
      let utterance = samples[first..<first + 1_600]
      #expect(abs(decibels(utterance) + 20) < 0.5)
      #expect(samples.suffix(23_000).allSatisfy { $0 == 0 })
    }
  }

  @Test("The report compares misses after quiet with misses in speech") func report() throws {
    let model = try untrainedModel()
    var options = QuietOptions()
    options.floors = [.silence, .white(decibels: -60)]
    options.seconds = [0.5, 12]
    options.secondsOfOtherLevels = 12
    options.occurrencesForMean = 3
    let said = ["HEY COMPUTER", "ATHENA", "HEY COMPUTER", "ATHENA", "HEY COMPUTER"]
    try withProtocol(options, model, said: said) { quiet in
      // The score of the untrained model is meaningless, but it finds something.
      let awake = try quiet.run(
        thresholds: .score(1e-9), scorer: SquareWaveScorer(model.model), bootstrap: Bootstrap(resampleCount: 20))
      #expect(awake.phrases.map(\.text) == ["HEY COMPUTER", "ATHENA"] && awake.recordingCount == 5)
      #expect(awake.conditions.allSatisfy { $0.meanMissRate == 0 && $0.pooledMissRate == 0 })
      #expect(awake.meanPhraseCount == 1 && awake.headline.worst.meanMissRate == 0)

      let asleep = try quiet.run(
        thresholds: .score(1e-9), scorer: ScorerThatFallsAsleep(model.model, seconds: 8),
        bootstrap: Bootstrap(resampleCount: 20))
      for condition in asleep.conditions {
        let expected = condition.seconds == 12 ? 1.0 : 0
        #expect(condition.meanMissRate == expected && condition.pooledMissRate == expected, "\(condition)")
        #expect(condition.missRates == [expected, expected])
        #expect((condition.medianScore == 0) == (expected == 1))
      }
      let headline = asleep.headline
      #expect(headline.running == 0 && headline.worst.meanMissRate == 1 && headline.quiet.meanMissRate == 0.5)
      #expect(headline.worst.differencePoints == 100 && headline.quiet.differencePoints == 50)
      #expect(headline.worst.differenceInterval == ConfidenceInterval(lower: 100, upper: 100))
      #expect(headline.worst.condition.hasPrefix("12 s of ") && headline.worstOverFloor.differencePoints == 100)
      #expect(headline.worstLevel?.differencePoints == 100 && headline.worstTalker?.differencePoints == 0)
      // Two floors and two times at −26, two levels of each floor, and all of them after speech.
      #expect(asleep.conditions.count { $0.seconds != nil } == 4 + 4)
      #expect(asleep.conditions.count { $0.speechBeforeDecibels != nil } == 5 + 2 * 3)
      for text in ["digital silence", "white, -60 dBFS", "the phrase 20 dB louder", "hey computer", "after 12 s"] {
        #expect(asleep.markdown.contains(text), "\(text)")
      }
      _ = try JSONEncoder().encode(asleep)
    }
  }

  @Test("Thresholds come from the stream at a rate, or are one score") func thresholds() throws {
    let model = try untrainedModel()
    var options = QuietOptions()
    options.floors = [.silence]
    options.seconds = [0.5]
    options.otherDecibels = []
    options.occurrencesForMean = 2
    try withCorpus(model, sentences) { background in
      try withCorpus(model, name: "wake", ["ATHENA", "ATHENA"]) { phrases in
        let scorer = SquareWaveScorer(model.model)
        var streamOptions = StreamOptions()
        streamOptions.signalToNoiseDecibels = nil
        streamOptions.falseAlarmsPerHour = [0.5, 1e6]
        let stream = try StreamProtocol.run(
          background: [background], phrases: [phrases], noise: [], model: model, scorer: scorer,
          options: streamOptions, bootstrap: nil)
        let quiet = try QuietProtocol(
          background: [background], phrases: [phrases], noise: [], model: model, options: options)
        for point in stream.phrases[0].operatingPoints {
          let report = try quiet.run(
            thresholds: .running(falseAlarmsPerHour: point.falseAlarmsPerHour), scorer: scorer, bootstrap: nil)
          #expect(abs(report.phrases[0].threshold - point.threshold) < 1e-9, "\(point.falseAlarmsPerHour) an hour")
          #expect(report.headline.running == 0)
        }
        let high = try quiet.run(thresholds: .score(0.999_999_9), scorer: scorer, bootstrap: nil)
        #expect(high.headline.running == 1 && high.headline.quiet.meanMissRate == 1)
        #expect(high.phrases[0].medianScoreQuiet > 0)
      }
    }
  }

  @Test("The names of floors parse back to the floors")
  func names() {
    for floor in QuietFloor.standard + [.ofStreams] { #expect(QuietFloor(floor.name) == floor) }
    #expect(
      QuietFloor("white-70") == .white(decibels: -70) && QuietFloor("recorded-45.5") == .recorded(decibels: -45.5))
    for name in ["", "white", "white-", "white--70", "brown-60", "silence-3", "own-1", "pink-x", "white-nan"] {
      #expect(QuietFloor(name) == nil, "\(name)")
    }
  }

  @Test("Recorded floors require noise that is reserved for evaluation") func noNoise() throws {
    let model = try untrainedModel()
    try withCorpus(model, sentences) { background in
      try withCorpus(model, name: "wake", ["ATHENA"]) { phrases in
        #expect(throws: EvaluationError.self) {
          try QuietProtocol(background: [background], phrases: [phrases], noise: [], model: model)
        }
        var options = QuietOptions()
        options.floors = [.silence]
        #expect(throws: Never.self) {
          try QuietProtocol(
            background: [background], phrases: [phrases], noise: [], model: model, options: options)
        }
      }
    }
  }
}
