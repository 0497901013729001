import Evaluation
import Foundation
import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing
import TextEnrollment
import Training

private let sentences: [String] = {
  let subjects = ["THE FARMER", "AN ENGINEER", "MY NEIGHBOUR", "THIS DOCTOR", "HER BROTHER"]
  let verbs = ["CARRIED", "PAINTED", "REMEMBERED", "DISCOVERED"]
  let objects = ["A YELLOW BASKET", "SEVEN CANDLES", "THE GARDEN WINDOW"]
  return (0..<40).map { "\(subjects[$0 % 5]) \(verbs[$0 % 4]) \(objects[$0 % 3])" }
}()

@Suite struct AdviceTests {
  private static let kinds = [
    BackgroundKind(name: "read", share: 1, corpora: ["spoken"]),
    BackgroundKind(name: "told", share: 0, corpora: ["measured"]),
  ]

  private static var mix: BackgroundMix {
    BackgroundMix(
      kinds: kinds.map { .init(name: $0.name, share: $0.share) }, conditions: BackgroundMix.home.conditions)
  }

  private func record(_ corpus: PreparedCorpus, _ model: EvaluatedModel) -> BackgroundRecorder {
    let set = TrainingSet(corpus: corpus, longestSeconds: 30) { text in
      text.split(separator: " ").map { model.pronunciations(of: String($0)) }
    }
    let recorder = BackgroundRecorder(set: set, model: model.model, kinds: Self.kinds)
    recorder.record(set.heldOut + set.items, seed: 3) { _, _ in }
    return recorder
  }

  @Test("A background contains each utterance in every condition, rendered as a stream, with words and duration")
  func background() throws {
    let model = try untrainedModel()
    try withCorpus(model, Array(sentences.prefix(6))) { corpus in
      let recorder = record(corpus, model)
      #expect(recorder.utterances.map(\.condition) == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2])
      #expect(recorder.leftOutCount == 0 && recorder.withoutKindCount == 0)
      var options = BackgroundBuilder.Options()
      options.step = 0.002
      options.varianceShare = 1
      options.mix = Self.mix
      let result = try BackgroundBuilder(model: model, options: options).build(
        recorder.utterances, provenance: "[background]\n"
      ) { _, _ in }
      let dimension = model.model.embeddingDimension
      let frameCount = recorder.utterances.reduce(0) { $0 + $1.units.count / dimension }
      #expect(abs(result.hours - Double(frameCount) / 90_000) < 1e-9)
      try result.bytes.withUnsafeBytes { bytes in
        let speech = try BackgroundSpeech(bytes)
        try speech.checkModel(model.model)
        #expect(speech.frameCount == frameCount && speech.mix == Self.mix)
        #expect(speech.utterances.map(\.words) == recorder.utterances.map(\.words))
        let recorded = corpus.utterances.map { $0.text.lowercased() }
        for (index, utterance) in speech.utterances.enumerated() {
          #expect(recorded.contains(utterance.words.map(\.spelling).joined(separator: " ")))
          // At least 0.3 s of pause precedes each.
          #expect(utterance.words[0].firstFrame >= 7)
          for (word, next) in zip(utterance.words, utterance.words.dropFirst()) {
            #expect(word.firstFrame <= next.firstFrame && word.firstFrame < word.endFrame, "utterance \(index)")
          }
          let recording = try #require(
            corpus.utterances.first {
              $0.text.lowercased() == utterance.words.map(\.spelling).joined(separator: " ")
            })
          let pauseFrames = utterance.frameCount - recording.range.count / 640
          #expect(pauseFrames >= 6 && pauseFrames <= 22, "utterance \(index): \(pauseFrames)")
        }
      }
      let again = try BackgroundBuilder(model: model, options: options).build(
        record(corpus, model).utterances, provenance: "[background]\n"
      ) { _, _ in }
      #expect(again.bytes == result.bytes, "the same seed gives the same file")
    }
  }

  @Test("Phrases of consecutive words add scores of what is said, and change no decline")
  func saidPhrases() throws {
    let model = try untrainedModel()
    try withCorpus(model, sentences) { corpus in
      let utterances = record(corpus, model).utterances
      func reference(saidPhraseCount: Int) throws -> ReferencePhrases? {
        var options = BackgroundBuilder.Options()
        options.mix = Self.mix
        options.saidPhraseCount = saidPhraseCount
        return try BackgroundBuilder(model: model, options: options).build(utterances, provenance: "") { _, _ in }
          .reference
      }
      let without = try #require(try reference(saidPhraseCount: 0))
      let with = try #require(try reference(saidPhraseCount: 40))
      #expect(with.lengths == without.lengths)
      #expect(with.matchLogits.count > without.matchLogits.count)
    }
  }

  @Test("Corpora without a kind are skipped and counted")
  func withoutKind() throws {
    let model = try untrainedModel()
    try withCorpus(model, name: "elsewhere", Array(sentences.prefix(3))) { corpus in
      let recorder = record(corpus, model)
      #expect(recorder.utterances.isEmpty && recorder.withoutKindCount == 3)
    }
  }

  @Test("A kind is parsed from its name, share and corpora")
  func kindText() {
    let kind = BackgroundKind("many voices=0.25:common-voice,vctk")
    #expect(kind == BackgroundKind(name: "many voices", share: 0.25, corpora: ["common-voice", "vctk"]))
    for text in ["", "a", "a=1", "a:b", "a=2:b", "a=x:b", "=1:b", "a=1:"] {
      #expect(BackgroundKind(text) == nil, "\(text)")
    }
    #expect(abs(BackgroundKind.home.reduce(0) { $0 + $1.share } - 1) < 1e-6)
  }

  @Test("The fit recovers the decline that phrases were drawn from")
  func declineFit() throws {
    let seed: UInt64 = 7
    var generator = SplitMix64(seed: seed)
    var fit = DeclineFit()
    for _ in 0..<400 {
      // Rates of 2…98 per hour, in two hours. A share that differs between phrases, 0.3…0.7, reaches the next level.
      let share = 0.3 + 0.4 * Double(generator.nextUniform())
      let mean = 2 * (2 + 96 * Double(generator.nextUniform()))
      var count = (0..<Int(mean * 10)).count { _ in Double(generator.nextUniform()) < 0.1 }
      var counts = [Float(count)]
      for _ in 0..<4 {
        count = (0..<count).count { _ in Double(generator.nextUniform()) < share }
        counts.append(Float(count))
      }
      fit.add((counts, 2))
    }
    let decline = try #require(fit.decline())
    #expect(abs(decline.ratePerHour - 50) < 4, "seed \(seed): \(decline)")
    #expect(abs(decline.survival[0] - 0.5) < 0.03, "seed \(seed): \(decline)")
    // Phrases that reached higher levels have a higher share.
    #expect(decline.survival[2] > decline.survival[0], "seed \(seed): \(decline)")
    // A share with variance 0.0133 has a beta distribution of weight 17.75.
    #expect(decline.weight > 8 && decline.weight < 40, "seed \(seed): \(decline)")
    // Uniform rates have a mean of 50 and a variance of 27.7² between phrases: 3.25 events.
    #expect(abs(decline.rateHours * decline.ratePerHour - 3.25) < 0.8, "seed \(seed): \(decline)")
    #expect(DeclineFit().decline() == nil)
  }

  @Test("Predictions are compared with counts, for phrases that do not occur in the measured speech")
  func adviceProtocol() throws {
    let model = try untrainedModel()
    try withCorpus(model, sentences) { corpus in
      var builderOptions = BackgroundBuilder.Options()
      builderOptions.mix = Self.mix
      let result = try BackgroundBuilder(model: model, options: builderOptions).build(
        record(corpus, model).utterances, provenance: ""
      ) { _, _ in }
      try withCorpus(model, name: "measured", Array(sentences.prefix(10))) { measured in
        try result.bytes.withUnsafeBytes { bytes in
          var options = AdviceOptions()
          options.phraseCount = 8
          options.ratesPerHour = [50, 500]
          options.kinds = Self.kinds
          options.conditions = [.quiet, .room]
          let background = try BackgroundSpeech(bytes)
          let report = try AdviceProtocol.run(
            background: background, measured: [measured], noise: [], model: model, scorer: Int8Scorer(model.model),
            options: options)
          #expect(report.rates.map(\.targetPerHour) == [50, 500, 50, 500, 50, 500])
          #expect(report.rates.map(\.condition) == ["clean", "clean", "room", "room", "mix", "mix"])
          let said = sentences.prefix(10).joined(separator: " | ").lowercased()
          for rate in report.rates {
            #expect(rate.phrases.count == 8)
            let mean = rate.phrases.reduce(0) { $0 + $1.measuredPerHour } / 8
            #expect(abs(rate.measuredPerHour - mean) < 1e-9 * max(1, mean))
            let interval = try #require(rate.measuredInterval)
            #expect(interval.lower <= mean * 1.000_1 && interval.upper >= mean * 0.999_9)
            #expect(rate.kinds.map(\.name) == ["told"])
            #expect(abs(rate.kinds[0].measuredPerHour - mean) < 1e-6 * max(1, mean))
            for phrase in rate.phrases {
              #expect(!said.contains(phrase.text))
              #expect((4...24).contains(phrase.phonemeCount))
              #expect(phrase.predictedPerHour <= rate.targetPerHour * 1.01)
              if rate.condition != "mix" {
                #expect(abs(phrase.measuredPerHour * rate.hours - Double(phrase.measuredCount)) < 1e-6)
              }
            }
          }
          for (few, many) in zip(report.rates[0].phrases, report.rates[1].phrases) {
            #expect(few.text == many.text && few.logit >= many.logit && few.measuredCount <= many.measuredCount)
          }
          #expect(report.markdown.contains("within a factor of 3"))
          let again = try AdviceProtocol.run(
            background: background, measured: [measured], noise: [], model: model, scorer: Int8Scorer(model.model),
            options: options)
          let encoder = JSONEncoder()
          encoder.outputFormatting = .sortedKeys
          #expect(try encoder.encode(again) == encoder.encode(report))
          options.texts = ["the farmer"]
          #expect(throws: EvaluationError.self, "a phrase that is said leaves nothing to measure") {
            try AdviceProtocol.run(
              background: background, measured: [measured], noise: [], model: model,
              scorer: Int8Scorer(model.model), options: options)
          }
        }
      }
    }
  }

  @Test("A background file opens with its own model and is rejected with another") func backgroundFile() throws {
    let model = try untrainedModel()
    let path = NSTemporaryDirectory() + "\(UUID().uuidString).cooee"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try withCorpus(model, Array(sentences.prefix(2))) { corpus in
      let result = try BackgroundBuilder(model: model).build(
        record(corpus, model).utterances, provenance: ""
      ) { _, _ in }
      try Data(result.bytes).write(to: URL(fileURLWithPath: path))
    }
    let file = try BackgroundFile(path: path, model: model)
    #expect(file.speech.utterances.count == 6)
    let other = try untrainedModel(seed: 6)
    let refused = #expect(throws: EvaluationError.self) { try BackgroundFile(path: path, model: other) }
    let refusal = try #require(refused).description
    #expect(refusal.contains(path) && refusal.contains("another model"))
    try Data("no background".utf8).write(to: URL(fileURLWithPath: path))
    let damaged = #expect(throws: EvaluationError.self) { try BackgroundFile(path: path, model: model) }
    let damage = try #require(damaged).description
    #expect(damage.contains(path) && damage.contains("not a usable background file"))
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: EvaluationError.unreadableFile(path: path)) { try BackgroundFile(path: path, model: model) }
  }

  @Test("Counting noise follows the Poisson distribution")
  func countingNoise() {
    // Counts within a factor of 3: 1…9 for a mean of 3, 1…3 for 1, only 1 for ½.
    func poisson(_ mean: Double, _ counts: ClosedRange<Int>) -> Double {
      counts.reduce(0.0) { sum, count in
        sum + exp(-mean) * (1...max(count, 1)).reduce(1.0) { count == 0 ? 1 : $0 * mean / Double($1) }
      }
    }
    for (mean, counts) in [(3.0, 1...9), (1.0, 1...3), (0.5, 1...1), (15.0, 5...45)] {
      #expect(abs(AdviceReport.Rate.probabilityWithinFactor3(mean: mean) - poisson(mean, counts)) < 1e-9)
    }
    #expect(AdviceReport.Rate.isWithinFactor3(count: 1, mean: 3))
    #expect(!AdviceReport.Rate.isWithinFactor3(count: 0, mean: 0.1))
    #expect(!AdviceReport.Rate.isWithinFactor3(count: 10, mean: 3))
  }
}
