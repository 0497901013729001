import Evaluation
import Foundation
import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing
import Training

/// Sentences with recurring words, which give phrases several speakers.
private let sentences: [String] = {
  let subjects = ["THE FARMER", "AN ENGINEER", "MY NEIGHBOUR", "THIS DOCTOR", "HER BROTHER"]
  let verbs = ["CARRIED", "PAINTED", "REMEMBERED", "DISCOVERED"]
  let objects = ["A YELLOW BASKET", "SEVEN CANDLES", "THE GARDEN WINDOW"]
  return (0..<40).map { "\(subjects[$0 % 5]) \(verbs[$0 % 4]) \(objects[$0 % 3])" }
}()

@Suite struct ProtocolTests {
  @Test("Perfectly recognized speech has no phoneme errors") func phonemes() throws {
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

  @Test("Phoneme errors are reported by group of speakers if corpora have groups") func phonemesByGroup() throws {
    let model = try untrainedModel()
    let audio = { (index: Int) in
      // Children's speech is recognized as another word.
      SquareWaveSpeech.samples(model.pronunciations(of: index % 2 == 0 ? "basket" : "candles")[0])
    }
    let texts = [String](repeating: "CANDLES", count: 6)
    try withCorpus(model, texts, groups: ["child", ""], audio: audio) { corpus in
      let report = try PhonemeProtocol.run(
        corpora: [corpus], model: model, scorer: SquareWaveScorer(model.model), bootstrap: nil)
      #expect(report.results.map(\.corpus) == ["spoken"])
      #expect(report.groups.map(\.corpus) == ["child", "spoken"] && report.groups.map(\.utteranceCount) == [3, 3])
      #expect(report.groups[0].phonemeErrorRate > 0.5 && report.groups[1].phonemeErrorRate == 0)
      #expect(report.markdown.contains("| speakers"))
      #expect(report.metrics.map(\.name) == ["PER spoken", "PER child"])
    }
    try withCorpus(model, texts) { corpus in
      let report = try PhonemeProtocol.run(
        corpora: [corpus], model: model, scorer: SquareWaveScorer(model.model), bootstrap: nil)
      #expect(report.groups.isEmpty && !report.markdown.contains("speakers"))
    }
  }

  @Test("Words are aligned to their positions") func alignment() throws {
    let model = try untrainedModel()
    try withCorpus(model, sentences) { corpus in
      let result = CorpusAlignment(corpora: [corpus], model: model, scorer: SquareWaveScorer(model.model))
      #expect(result.utterances.count == 40 && result.tooShortCount == 0 && result.unpronounceableCount == 0)
      for (aligned, text) in zip(result.utterances, sentences) {
        #expect(aligned.words.map(\.label).joined(separator: " ") == text)
        // The first word begins after 0.2 s, within a frame and the lead of a word after silence.
        #expect(abs(aligned.words[0].startSeconds - 0.2) < 0.08)
        #expect(aligned.phones.first?.label == "sil" && aligned.phones.first?.startSeconds == 0)
        for (before, after) in zip(aligned.phones, aligned.phones.dropFirst()) {
          #expect(abs(after.startSeconds - before.endSeconds) < 1e-9, "phones leave no gap")
        }
      }
    }
  }

  @Test("Pairs of perfectly recognized speech are separated") func pairs() throws {
    let model = try untrainedModel()
    try withCorpus(model, sentences) { corpus in
      let scorer = SquareWaveScorer(model.model)
      let alignments = CorpusAlignment(corpora: [corpus], model: model, scorer: scorer).utterances
      var options = PairList.Options()
      options.anchorsPerWordCount = 6
      let outcome = try PairProtocol.run(
        corpora: [corpus], alignments: alignments, model: model, scorer: scorer, options: options, bootstrap: nil)
      #expect(outcome.scores.count == outcome.list.pairs.count)
      #expect(outcome.report.groups.map(\.name) == ["spoken"])
      #expect(outcome.report.groups[0].anchorCount == outcome.list.anchorCount)
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

  @Test("Alignments of another corpus are rejected") func foreignAlignments() throws {
    let model = try untrainedModel()
    _ = try withCorpus(model, ["THE FARMER"]) { corpus in
      #expect(throws: EvaluationError.self) {
        try PairProtocol.run(
          corpora: [corpus], alignments: [AlignedUtterance(id: "elsewhere", words: [], phones: [])], model: model,
          scorer: SquareWaveScorer(model.model))
      }
    }
  }

  @Test("Phrases in running speech are found at their positions") func stream() throws {
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
        #expect(report.falseAlarmTable.hasPrefix("phrase\tscore\tstart\tend\tspeaker\theard\n"))
        let events = try #require(report.events)
        #expect(events.occurrenceCount == 5 && events.detectedCount == 5 && events.onceCount == 5)
        #expect(events.repetitions.isEmpty && events.confusions.isEmpty)
        #expect(events.falseAlarmCount == 0, "so short a stream allows none at 0.5 an hour")
        #expect(report.markdown.contains("hey computer"))
        _ = try JSONEncoder().encode(report)
      }
    }
  }

  @Test("A recording of something else is listed as a miss with an excerpt") func missedRecording() throws {
    let model = try untrainedModel()
    let said = ["ATHENA", "ATHENA", "ATHENA"]
    let audio = { (index: Int) in
      SquareWaveSpeech.samples(model.pronunciations(of: index == 1 ? "basket" : "athena")[0])
    }
    try withCorpus(model, sentences) { background in
      try withCorpus(model, name: "wake", said, groups: ["", "child", ""], audio: audio) { phrases in
        var options = StreamOptions()
        options.signalToNoiseDecibels = nil
        let stream = try StreamProtocol(
          background: [background], phrases: [phrases], noise: [], model: model, options: options)
        let report = stream.run(scorer: SquareWaveScorer(model.model), bootstrap: nil)
        #expect(report.misses.map(\.clip.id) == ["folder/wake-1"])
        #expect(report.misses.map(\.clip.speaker) == ["wake/s1"] && report.misses.map(\.clip.group) == ["child"])
        #expect(Set(report.groups.map(\.name)) == ["child", "wake"])
        let miss = try #require(report.misses.first)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let excerpts = StreamExcerpts(report: report, count: 1)
        try excerpts.write(stream, to: folder)
        let file = try Data(contentsOf: folder.appendingPathComponent(excerpts.clips[0].name))
        #expect(file.prefix(4) == Data("RIFF".utf8) && file[36..<40] == Data("data".utf8))
        let samples = file.dropFirst(44).withUnsafeBytes { bytes in
          (0..<bytes.count / 2).map { Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self)) }
        }
        // A second, the word, a second.
        let word = Int((miss.endSeconds - miss.startSeconds) * 16_000)
        #expect(abs(samples.count - word - 32_000) <= 2)
        #expect(abs(word - model.pronunciations(of: "basket")[0].count * SquareWaveSpeech.phonemeSamples) < 640)
        let loud = samples.map { abs(Int($0)) > 500 }
        #expect(loud[16_160..<16_000 + word - 160].count { $0 } > (word - 320) * 9 / 10)
        // The pause of at least 0.3 s before and 0.6 s after the clip, including its silence.
        #expect(!loud[16_000 - 7_000..<16_000 - 320].contains(true))
        #expect(!loud[16_000 + word + 320..<16_000 + word + 12_000].contains(true))
        // Excerpts equal the rendering wherever they are cut, without the parts outside the stream.
        let whole = stream.excerpts([0..<1 << 40])[0]
        let parts = stream.excerpts([5_000..<70_000, 60_000..<60_001, Int64(whole.count) - 3..<1 << 40])
        #expect(parts[0] == Array(whole[5_000..<70_000]) && parts[1] == [whole[60_000]])
        #expect(parts[2] == Array(whole.suffix(3)))
      }
    }
  }

  @Test("A stream with noise requires clips that are reserved for evaluation") func reservedNoise() throws {
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

  @Test("The int8 scorer gives exactly the candidates of the spotter") func sameAsSpotter() throws {
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
    var embeddings = PhraseDetector(model: model.model, enrollments: [enrollment], configuration: configuration)
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
