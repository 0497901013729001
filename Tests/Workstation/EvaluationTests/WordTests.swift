import Evaluation
import Testing

@Suite struct WordTests {
  private static let sentences = [
    "THE YELLOW GARDEN", "A YELLOW CANDLE", "THE YELLOW BASKET", "HER GARDEN WINDOW", "THE GARDENS", "THE BASKET",
    "THE THE THE",
    "A FLOUR MILL", "A FLOWER",
  ]

  @Test(
    "The most frequent words of two syllables are found in perfectly recognized speech without false alarms"
  )
  func words() throws {
    let model = try untrainedModel()
    try withCorpus(model, Self.sentences) { corpus in
      let report = try WordProtocol(corpora: [corpus], model: model, wordCount: 3, leastPhonemes: 4)
        .run(scorer: SquareWaveScorer(model.model))
      // FLOUR sounds like FLOWER, so each occurs twice. THE has one syllable.
      #expect(report.words.map(\.text) == ["YELLOW", "BASKET", "GARDEN"])
      #expect(report.words.map(\.utteranceCount) == [3, 2, 2])
      #expect(report.falseAlarmsPerHour == WordReport.rates)
      #expect(report.meanFoundShares.count == WordReport.rates.count)
      #expect(report.words[0].foundShares == [1, 1, 1, 1, 1])
      #expect(report.words[0].hours > 0 && report.words[0].hours < 0.01)
      #expect(report.markdown.contains("| yellow "))
      #expect(report.metrics.first?.name == "found at 0.1/h, mean of 3")
    }
  }

  @Test("Words that sound the same are one word, counted in either spelling") func homophones() throws {
    let model = try untrainedModel()
    try withCorpus(model, ["A FLOWER", "A FLOUR MILL", "A GARDEN"]) { corpus in
      let report = try WordProtocol(corpora: [corpus], model: model, leastPhonemes: 3)
        .run(scorer: SquareWaveScorer(model.model))
      let flowers = report.words.filter { $0.text.hasPrefix("FLO") }
      #expect(flowers.count == 1 && flowers[0].utteranceCount == 2)
    }
  }

  @Test("An unrecognized word is missed, and one recognized elsewhere is a false alarm") func errors() throws {
    let model = try untrainedModel()
    let audio = { (index: Int) in
      SquareWaveSpeech.samples(model.pronunciations(of: ["garden", "basket", "yellow"][index % 3])[0])
    }
    // By the texts, GARDEN is in the first two utterances. It is recognized in the first and the last.
    let texts = ["GARDEN", "GARDEN", "YELLOW", "YELLOW"]
    try withCorpus(model, texts, audio: audio) { corpus in
      let report = try WordProtocol(corpora: [corpus], model: model, leastPhonemes: 3)
        .run(scorer: SquareWaveScorer(model.model), falseAlarmsPerHour: [0.1, 10_000])
      let garden = try #require(report.words.first { $0.text == "GARDEN" })
      // The false alarm has the score of the hit, so its threshold excludes the hit too.
      #expect(garden.foundShares[0] == 0)
      #expect(garden.foundShares[1] == 0.5)
    }
  }

  @Test("Speech without a suitable word is rejected") func nothing() throws {
    let model = try untrainedModel()
    try withCorpus(model, ["THE CAT SAT"]) { corpus in
      _ = #expect(throws: EvaluationError.self) { try WordProtocol(corpora: [corpus], model: model) }
    }
  }
}
