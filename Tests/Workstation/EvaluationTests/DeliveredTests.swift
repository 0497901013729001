import Evaluation
import Foundation
import KeywordSpotting
import Testing
import Training

private let sentences = (0..<12).map { index in
  ["THE FARMER PAINTED A YELLOW BASKET", "AN ENGINEER REMEMBERED SEVEN CANDLES", "MY NEIGHBOUR DISCOVERED THE GARDEN"][
    index % 3]
}

@Suite struct DeliveredTests {
  @Test("One table reports streams and quiet, each alone and with a command") func delivered() throws {
    let model = try untrainedModel()
    var options = DeliveredOptions()
    options.conditions = [StreamCondition()]
    options.floors = [.silence]
    options.seconds = [1, 12]
    options.occurrencesForMean = 2
    options.occurrencesAfterQuiet = 2
    let said = ["HEY COMPUTER", "ATHENA", "HEY COMPUTER", "HEY COMPUTER"]
    try withCorpus(model, sentences) { background in
      try withCorpus(model, name: "wake", said) { phrases in
        let delivered = try DeliveredProtocol(
          background: [background], phrases: [phrases], noise: [], model: model, options: options)
        let report = try delivered.run(
          thresholds: .score(1e-9), scorer: ScorerThatFallsAsleep(model.model, seconds: 8),
          bootstrap: Bootstrap(resampleCount: 20))
        #expect(
          report.situations.map(\.name) == [
            "running speech, no noise", "after 1 s of digital silence", "after 12 s of digital silence",
          ])
        #expect(report.situations.map(\.alone.meanMissRate) == [0, 0, 1])
        #expect(report.situations.map(\.followed.meanMissRate) == [0, 0, 1])
        #expect(report.situations.map(\.alone.recordingCount) == [4, 3, 3])
        #expect(report.situations[0].alone.missRates == [0, 0] && report.situations[2].alone.missRates == [1, 1])
        #expect(report.phrases.map(\.text) == ["HEY COMPUTER", "ATHENA"])
        #expect(report.phrases.map(\.recordingCount) == [3, 1] && report.meanPhraseCount == 1)
        #expect(report.situations.map { $0.falseAlarmsPerHour != nil } == [true, false, false])
        for text in ["after 12 s of digital silence", "false alarms an hour", "hey computer", "with a command"] {
          #expect(report.markdown.contains(text), "\(text)")
        }
        _ = try JSONEncoder().encode(report)
      }
    }
  }

  @Test("False alarms equal those of the stream protocol at the same thresholds") func falseAlarms() throws {
    let model = try untrainedModel()
    var options = DeliveredOptions()
    options.conditions = [StreamCondition()]
    options.floors = []
    try withCorpus(model, sentences) { background in
      try withCorpus(model, name: "wake", ["ATHENA", "SEVEN GARDENS"]) { phrases in
        var streamOptions = StreamOptions()
        streamOptions.signalToNoiseDecibels = nil
        let stream = try StreamProtocol.run(
          background: [background], phrases: [phrases], noise: [], model: model,
          scorer: SquareWaveScorer(model.model), options: streamOptions, bootstrap: nil)
        let report = try DeliveredProtocol(
          background: [background], phrases: [phrases], noise: [], model: model, options: options
        ).run(thresholds: .score(0.5), scorer: SquareWaveScorer(model.model), bootstrap: nil)
        let rates = try #require(report.situations[0].falseAlarmsPerHourByPhrase)
        #expect(report.situations[0].alone.missRates == stream.phrases.map(\.missRateAtHalf))
        for (rate, phrase) in zip(rates, stream.phrases) { #expect(abs(rate - phrase.falseAlarmsPerHourAtHalf) < 1e-9) }
        let hours = try #require(report.situations[0].phraseHours)
        #expect(hours < 2 * stream.streamHours && hours > 1.8 * stream.streamHours, "without the phrases themselves")
      }
    }
  }
}
