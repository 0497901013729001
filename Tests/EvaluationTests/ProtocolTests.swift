import Evaluation
import Foundation
import KeywordSpotting
import ModelFormat
import Testing
import Training

/// Sentences in which words recur, so that phrases have several speakers.
private let sentences: [String] = {
  let subjects = ["THE FARMER", "AN ENGINEER", "MY NEIGHBOUR", "THIS DOCTOR", "HER BROTHER"]
  let verbs = ["CARRIED", "PAINTED", "REMEMBERED", "DISCOVERED"]
  let objects = ["A YELLOW BASKET", "SEVEN CANDLES", "THE GARDEN WINDOW"]
  return (0..<40).map { "\(subjects[$0 % 5]) \(verbs[$0 % 4]) \(objects[$0 % 3])" }
}()

@Suite struct ProtocolTests {
  @Test("Speech that is heard without error has no phoneme errors") func phonemes() throws {
    let model = try untrainedModel()
    try withCorpus(model, sentences) { corpus in
      let report = try PhonemeProtocol.run(
        corpora: [corpus], model: model, scorer: SquareWaveScorer(model.model),
        bootstrap: Bootstrap(resampleCount: 20))
      #expect(report.results.count == 1 && report.skippedCount == 0)
      #expect(report.results[0].utteranceCount == 40)
      #expect(report.results[0].phonemeErrorRate == 0)
      #expect(report.results[0].phonemeErrorRateInterval == ConfidenceInterval(lower: 0, upper: 0))
    }
  }

  @Test("Words are aligned to where they were said") func alignment() throws {
    let model = try untrainedModel()
    try withCorpus(model, sentences) { corpus in
      let result = CorpusAlignment(corpora: [corpus], model: model, scorer: SquareWaveScorer(model.model))
      #expect(result.utterances.count == 40 && result.tooShortCount == 0 && result.unpronounceableCount == 0)
      for (aligned, text) in zip(result.utterances, sentences) {
        #expect(aligned.words.map(\.label).joined(separator: " ") == text)
        // The first word begins after 0.2 s, to within a frame and the lead that is given to a word after silence.
        #expect(abs(aligned.words[0].startSeconds - 0.2) < 0.08)
        #expect(aligned.phones.first?.label == "sil" && aligned.phones.first?.startSeconds == 0)
        for (before, after) in zip(aligned.phones, aligned.phones.dropFirst()) {
          #expect(abs(after.startSeconds - before.endSeconds) < 1e-9, "phones leave no gap")
        }
      }
    }
  }

  @Test("Pairs of speech that is heard without error are told apart") func pairs() throws {
    let model = try untrainedModel()
    try withCorpus(model, sentences) { corpus in
      let scorer = SquareWaveScorer(model.model)
      let alignments = CorpusAlignment(corpora: [corpus], model: model, scorer: scorer).utterances
      var options = PairList.Options()
      options.anchorsPerWordCount = 6
      let outcome = try PairProtocol.run(
        corpora: [corpus], alignments: alignments, model: model, scorer: scorer, options: options, bootstrap: nil)
      #expect(outcome.scores.count == outcome.list.pairs.count)
      for result in outcome.report.otherSpeakers where result.wordCount == nil {
        #expect(result.equalErrorRate < (result.negatives == .easy ? 0.001 : 0.1), "\(result)")
      }
      let phonemes = try #require(outcome.modalities.phonemes)
      #expect(phonemes.pairCount == outcome.modalities.utterances.pairCount && phonemes.centroidDistance.isFinite)
      let again = try PairProtocol.run(
        corpora: [corpus], alignments: alignments, model: model, scorer: scorer, options: options, bootstrap: nil)
      #expect(again.scores == outcome.scores && again.list.pairs == outcome.list.pairs)
      #expect(again.modalities == outcome.modalities)
      let table = outcome.list.table(ids: outcome.utteranceIDs, scores: outcome.scores)
      #expect(table.split(separator: "\n").count == outcome.list.pairs.count + 1)
      #expect(table.contains("folder/spoken-"))
    }
  }

  @Test("Alignments of another corpus are refused") func foreignAlignments() throws {
    let model = try untrainedModel()
    _ = try withCorpus(model, ["THE FARMER"]) { corpus in
      #expect(throws: EvaluationError.self) {
        try PairProtocol.run(
          corpora: [corpus], alignments: [AlignedUtterance(id: "elsewhere", words: [], phones: [])], model: model,
          scorer: SquareWaveScorer(model.model))
      }
    }
  }

  @Test("Phrases in running speech are found, each at its place") func stream() throws {
    let model = try untrainedModel()
    let said = ["HEY COMPUTER", "ATHENA", "HEY COMPUTER", "ATHENA", "HEY COMPUTER"]
    try withCorpus(model, sentences + ["NOW SAY HEY COMPUTER TWICE", "HAY COMPUTER", "THEY COMPUTER"]) { background in
      try withCorpus(model, name: "wake", said) { phrases in
        var options = StreamOptions()
        options.signalToNoiseDecibels = nil
        options.occurrencesForMean = 3
        let report = try StreamProtocol.run(
          background: [background], phrases: [phrases], noise: [], model: model,
          scorer: SquareWaveScorer(model.model), options: options, bootstrap: Bootstrap(resampleCount: 20))
        #expect(report.phrases.map(\.text) == ["HEY COMPUTER", "ATHENA"])
        #expect(report.phrases.map(\.occurrenceCount) == [3, 2])
        #expect(report.leftOutBackgroundCount == 2, "the phrase itself, and what sounds the same")
        #expect(report.meanPhraseCount == 1)
        #expect(report.summaries.map(\.meanMissRate) == [0, 0, 0])
        #expect(report.summaries.map(\.pooledMissRate) == [0, 0, 0])
        let latency = try #require(report.medianLatencySeconds)
        #expect((0...0.5).contains(latency))
        #expect(report.detectionErrorTradeoffTable.contains("ATHENA\t"))
        #expect(report.falseAlarmTable.hasPrefix("phrase\tscore\tstart\tend\theard\n"))
        #expect(report.markdown.contains("hey computer"))
        _ = try JSONEncoder().encode(report)
      }
    }
  }

  @Test("A stream under noise needs clips that training does not hear") func reservedNoise() throws {
    let model = try untrainedModel()
    let hum = (0..<16_000).map { Int16(2_000 * sin(Double($0) / 20)) }
    try withCorpus(model, sentences) { background in
      try withCorpus(model, name: "wake", ["ATHENA"]) { phrases in
        for (split, isUsable) in [("train", false), ("dev", true)] {
          try withCorpus(model, name: "hum", split: split, ["", ""], audio: { _ in hum }) { noise in
            var options = StreamOptions()
            options.longestBackgroundHours = 0.005
            func run() throws -> StreamReport {
              try StreamProtocol.run(
                background: [background], phrases: [phrases], noise: [noise], model: model,
                scorer: Int8Scorer(model.model), options: options, bootstrap: nil)
            }
            if isUsable {
              let report = try run()
              #expect(report.signalToNoiseDecibels == 10)
            } else {
              #expect(throws: EvaluationError.self) { try run() }
            }
          }
        }
      }
    }
  }

  @Test("The int8 scorer gives a stream's candidates exactly as the spotter does") func sameAsSpotter() throws {
    let model = try untrainedModel()
    var generator = SplitMix64(seed: 21)
    let samples = (0..<64_000).map { _ in Int16(generator.nextIndex(12_001)) - 6_000 }
    let enrollment = try model.enroller.enroll("hello there", threshold: 0).enrollment
    var configuration = SpotterConfiguration()
    configuration.candidateFloor = -50

    var expected: [Candidate] = []
    let spotter = KeywordSpotter(model: model.model, enrollments: [enrollment], configuration: configuration)
    samples.withUnsafeBufferPointer { spotter.process($0, onCandidate: { expected.append($0) }, onDetection: { _ in }) }

    var found: [Candidate] = []
    var embeddings = EmbeddingSpotter(model: model.model, enrollments: [enrollment], configuration: configuration)
    let scorer = Int8Scorer(model.model)
    for start in stride(from: 0, to: samples.count, by: 777) {
      samples[start..<min(start + 777, samples.count)].withUnsafeBufferPointer { chunk in
        scorer.encode(stream: chunk) {
          embeddings.process(unit: $0, logPosteriors: $1, onCandidate: { found.append($0) }, onDetection: { _ in })
        }
      }
    }
    #expect(!expected.isEmpty)
    #expect(found == expected)
  }
}
