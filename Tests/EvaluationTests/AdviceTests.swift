import Evaluation
import Foundation
import KeywordSpotting
import ModelFormat
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
  private func record(_ corpus: PreparedCorpus, _ model: EvaluatedModel) -> BackgroundRecorder {
    let set = TrainingSet(corpus: corpus, longestSeconds: 30) { text in
      text.split(separator: " ").map { model.pronunciations(of: String($0)) }
    }
    let recorder = BackgroundRecorder(set: set, model: model.model)
    recorder.record(set.heldOut + set.items, seed: 3) { _, _ in }
    return recorder
  }

  @Test("A background holds each utterance twice, as the engine hears it, with its words and its time")
  func background() throws {
    let model = try untrainedModel()
    try withCorpus(model, Array(sentences.prefix(6))) { corpus in
      let recorder = record(corpus, model)
      #expect(recorder.utterances.count == 12 && recorder.leftOutCount == 0)
      var options = BackgroundBuilder.Options()
      options.step = 0.002
      options.varianceShare = 1
      let result = try BackgroundBuilder(model: model, options: options).build(
        recorder.utterances, provenance: "[background]\n"
      ) { _, _ in }
      let dimension = model.model.embeddingDimension
      let frameCount = recorder.utterances.reduce(0) { $0 + $1.units.count / dimension }
      #expect(abs(result.hours - Double(frameCount) / 90_000) < 1e-9)
      try result.bytes.withUnsafeBytes { bytes in
        let speech = try BackgroundSpeech(bytes)
        try speech.checkModel(model.model)
        #expect(speech.frameCount == frameCount)
        #expect(speech.utterances.map(\.words) == recorder.utterances.map(\.words))
        let recorded = corpus.utterances.map { $0.text.lowercased() }
        for utterance in speech.utterances {
          #expect(recorded.contains(utterance.words.map(\.spelling).joined(separator: " ")))
        }

        // The first of each two is the recording itself, by the device's own encoder.
        let clips = ClipEncoder(model.model)
        let first = try #require(
          corpus.utterances.first {
            $0.text.lowercased() == speech.utterances[0].words.map(\.spelling).joined(separator: " ")
              && ($0.range.count + 639) / 640 == speech.utterances[0].frameCount
          })
        clips.encode(corpus.samples(of: first))
        var frame = 0
        withUnsafeTemporaryAllocation(of: Float.self, capacity: dimension) { unit in
          withUnsafeTemporaryAllocation(of: Int32.self, capacity: dimension) { coordinates in
            speech.forEachFrame(
              ofUtterance: 0, coordinates: coordinates.baseAddress!, unit: unit.baseAddress!
            ) {
              let cosine = (0..<dimension).reduce(Float(0)) { $0 + unit[$1] * clips.units[frame * dimension + $1] }
              #expect(cosine > 0.999, "frame \(frame)")
              frame += 1
            }
          }
        }
        #expect(frame == clips.frameCount)
      }
      let again = try BackgroundBuilder(model: model, options: options).build(
        record(corpus, model).utterances, provenance: "[background]\n"
      ) { _, _ in }
      #expect(again.bytes == result.bytes, "the same seed gives the same file")
    }
  }

  @Test("Predictions are compared with what is counted, for phrases that are not said in the measured speech")
  func adviceProtocol() throws {
    let model = try untrainedModel()
    try withCorpus(model, sentences) { corpus in
      let result = try BackgroundBuilder(model: model).build(
        record(corpus, model).utterances, provenance: ""
      ) { _, _ in }
      try withCorpus(model, name: "measured", Array(sentences.prefix(10))) { measured in
        try result.bytes.withUnsafeBytes { bytes in
          var options = AdviceOptions()
          options.phraseCount = 8
          options.ratesPerHour = [50, 500]
          let background = try BackgroundSpeech(bytes)
          let report = try AdviceProtocol.run(
            background: background, measured: [measured], noise: [], model: model, scorer: Int8Scorer(model.model),
            options: options)
          #expect(report.rates.map(\.targetPerHour) == [50, 500])
          #expect(report.rates.map(\.condition) == ["clean", "clean"])
          let said = sentences.prefix(10).joined(separator: " | ").lowercased()
          for rate in report.rates {
            #expect(rate.phrases.count == 8)
            #expect(rate.countedTotal == rate.phrases.reduce(0) { $0 + $1.measuredCount })
            for phrase in rate.phrases {
              #expect(!said.contains(phrase.text))
              #expect((4...24).contains(phrase.phonemeCount))
              #expect(phrase.predictedPerHour <= rate.targetPerHour * 1.01)
              #expect(abs(phrase.measuredPerHour * rate.hours - Double(phrase.measuredCount)) < 1e-6)
            }
          }
          for (few, many) in zip(report.rates[0].phrases, report.rates[1].phrases) {
            #expect(few.text == many.text && few.logit >= many.logit && few.measuredCount <= many.measuredCount)
          }
          #expect(report.markdown.contains("within a factor of 3"))
          #expect(report.pooled.map(\.askedPerHour) == [50, 500] && report.pooled.allSatisfy { $0.group == nil })
          for pooled in report.pooled {
            #expect(pooled.phraseCount == 8 && abs(pooled.phraseHours - 8 * report.rates[0].hours) < 1e-9)
            #expect(abs(pooled.measuredPerHour * pooled.phraseHours - Double(pooled.count)) < 1e-6)
            let interval = try #require(pooled.measuredPerHourInterval)
            #expect(interval.lower <= pooled.measuredPerHour && pooled.measuredPerHour <= interval.upper)
            #expect(
              pooled.isWithinFactor2
                == (pooled.askedPerHour / 2...pooled.askedPerHour * 2).contains(pooled.measuredPerHour))
          }
          #expect(report.pooled[0].count <= report.pooled[1].count)
          #expect(report.phraseTable.split(separator: "\n").count == 1 + 2 * 8)
          let again = try AdviceProtocol.run(
            background: background, measured: [measured], noise: [], model: model, scorer: Int8Scorer(model.model),
            options: options)
          #expect(try JSONEncoder().encode(again).count == JSONEncoder().encode(report).count)
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

  @Test("False alarms are counted by who was talking, and add up to all") func byGroup() throws {
    let model = try untrainedModel()
    try withCorpus(model, sentences) { corpus in
      let result = try BackgroundBuilder(model: model).build(
        record(corpus, model).utterances, provenance: ""
      ) { _, _ in }
      // What is heard is the phrase, although another text stands there: four times of children, six times of others.
      let phrase = "seven gardens"
      let spoken = { (_: Int) in
        SquareWaveSpeech.samples(phrase.split(separator: " ").flatMap { model.pronunciations(of: String($0))[0] })
      }
      let texts = Array(sentences.prefix(10))
      try withCorpus(model, name: "measured", texts, groups: ["child", "", ""], audio: spoken) { measured in
        try result.bytes.withUnsafeBytes { bytes in
          var options = AdviceOptions()
          options.texts = [phrase]
          options.ratesPerHour = [1_000]
          options.conditions = [StreamCondition(), StreamCondition()]
          let report = try AdviceProtocol.run(
            background: try BackgroundSpeech(bytes), measured: [measured], noise: [], model: model,
            scorer: SquareWaveScorer(model.model), options: options, bootstrap: nil)
          // Each stream, its two groups, and all streams.
          #expect(report.pooled.map(\.group) == [nil, "child", "measured", nil, "child", "measured", nil])
          #expect(report.pooled.last?.condition == "all")
          #expect(report.pooled.map(\.count) == [10, 4, 6, 10, 4, 6, 20])
          let hours = report.pooled.map(\.hours)
          #expect(abs(hours[0] - hours[1] - hours[2]) < 1e-9 && abs(hours[6] - 2 * hours[0]) < 1e-9)
          #expect((0.35...0.45).contains(hours[1] / hours[0]), "four of ten utterances")
        }
      }
    }
  }

  @Test("A background file is opened with its own model, and refused with another") func backgroundFile() throws {
    let model = try untrainedModel()
    let path = NSTemporaryDirectory() + "\(UUID().uuidString).heed"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try withCorpus(model, Array(sentences.prefix(2))) { corpus in
      let result = try BackgroundBuilder(model: model).build(
        record(corpus, model).utterances, provenance: ""
      ) { _, _ in }
      try Data(result.bytes).write(to: URL(fileURLWithPath: path))
    }
    let file = try BackgroundFile(path: path, model: model)
    #expect(file.speech.utterances.count == 4)
    let other = try untrainedModel(seed: 6)
    let refused = #expect(throws: EvaluationError.self) { try BackgroundFile(path: path, model: other) }
    let refusal = try #require(refused).description
    #expect(refusal.contains(path) && refusal.contains("another model"))
    try Data("no background".utf8).write(to: URL(fileURLWithPath: path))
    let damaged = #expect(throws: EvaluationError.self) { try BackgroundFile(path: path, model: model) }
    let damage = try #require(damaged).description
    #expect(damage.contains(path) && damage.contains("no usable background file"))
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: EvaluationError.unreadableFile(path: path)) { try BackgroundFile(path: path, model: model) }
  }

  @Test("Counting noise is that of Poisson's law")
  func countingNoise() {
    // Within a factor of 3 of 3 are the counts 1…9, of 1 those of 1…3, of ½ only 1.
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
