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

/// Recognizes speech as ``SquareWaveScorer`` does, and keeps the samples of each stream.
private final class ScorerThatKeepsStreams: AcousticScorer {
  let name = "keeps"
  private(set) var streams: [[Int16]] = []
  private let scorer: SquareWaveScorer

  init(_ model: AcousticModel) { scorer = SquareWaveScorer(model) }

  func encode(clip: UnsafeBufferPointer<Int16>) -> EncodedClip { scorer.encode(clip: clip) }

  func encode(
    stream samples: UnsafeBufferPointer<Int16>, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void
  ) {
    streams[streams.count - 1] += samples
    scorer.encode(stream: samples, body)
  }

  func resetStream() {
    streams.append([])
    scorer.resetStream()
  }
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

  @Test("Across a room, a phrase after quiet has the room's echo, at the level that it has at the microphone")
  func quietAcrossRoom() throws {
    let model = try untrainedModel()
    var options = DeliveredOptions()
    options.floors = [.silence, .own]
    options.seconds = [1, 2]
    try withRooms([("a", "talker", 3, [1] + [Double](repeating: 0, count: 1_199) + [0.5])]) { rooms in
      options.conditions = [StreamCondition(rooms: rooms, distance: .far)]
      try withCorpus(model, sentences) { background in
        try withCorpus(model, name: "wake", ["HEY COMPUTER"]) { phrases in
          let scorer = ScorerThatKeepsStreams(model.model)
          let report = try DeliveredProtocol(
            background: [background], phrases: [phrases], noise: [], model: model, options: options
          ).run(thresholds: .score(1e-9), scorer: scorer, bootstrap: nil)
          #expect(
            report.situations.map(\.name) == [
              "running speech, no noise, talkers beyond 2.5 m", "after 1 s of digital silence",
              "after 2 s of digital silence", "after 1 s of the recording's own", "after 2 s of the recording's own",
              "after 2 s of digital silence, talkers beyond 2.5 m",
            ])
          #expect(report.situations.map(\.isAcrossRoom) == [true, false, false, false, false, true])
          #expect(report.situations.allSatisfy { $0.alone.recordingCount == 1 && $0.followed.recordingCount == 1 })
          // Each situation has two streams, alone and with a command. Situation 2 is dry, 5 is wet.
          for (dry, wet) in [(4, 10), (5, 11)] {
            let (dry, wet) = (scorer.streams[dry].map(Double.init), scorer.streams[wet].map(Double.init))
            #expect(dry.count == wet.count && wet[..<32_000].allSatisfy { $0 == 0 })
            func energy(_ samples: [Double]) -> Double { samples.reduce(0) { $0 + $1 * $1 } }
            #expect(abs(energy(wet) / energy(dry) - 1) < 0.01)
            let echoed = dry.indices.map { dry[$0] + ($0 < 1_200 ? 0 : dry[$0 - 1_200] / 2) }
            let gain = (energy(wet) / energy(echoed)).squareRoot()
            #expect(zip(wet, echoed).allSatisfy { abs($0 - gain * $1) <= 3 })
          }
        }
      }
    }
  }

  @Test("After quiet, recordings take turns through the rooms, and a command comes from the place of its phrase")
  func turnsThroughRooms() throws {
    let model = try untrainedModel()
    // Two talkers in each of three rooms. The delay of the echo identifies the place: 400 samples per room.
    let delays = [400, 500, 800, 900, 1_200, 1_300]
    let places: [(room: String, kind: String, metres: Double, samples: [Double])] = delays.map { delay in
      ("room \(delay / 400)", "talker", 3.0, [1] + [Double](repeating: 0, count: delay - 1) + [0.5])
    }
    let count = 6
    var options = DeliveredOptions()
    options.floors = [.silence]
    options.seconds = [1]
    try withRooms(places) { rooms in
      options.conditions = [StreamCondition(rooms: rooms, distance: .far)]
      try withCorpus(model, sentences) { background in
        try withCorpus(model, name: "wake", [String](repeating: "HEY COMPUTER", count: count)) { phrases in
          let scorer = ScorerThatKeepsStreams(model.model)
          let report = try DeliveredProtocol(
            background: [background], phrases: [phrases], noise: [], model: model, options: options
          ).run(thresholds: .score(1e-9), scorer: scorer, bootstrap: nil)
          #expect(report.situations.map(\.isAcrossRoom) == [true, false, true])
          // Two streams of running speech. Then every recording, alone and with a command, first dry, then in a room.
          let streams = scorer.streams
          try #require(streams.count == 2 + 4 * count)
          func energy(_ samples: [Double]) -> Double { samples.reduce(0) { $0 + $1 * $1 } }
          func delay(ofStream index: Int) throws -> Int {
            let dry = streams[index].map(Double.init)
            let wet = streams[index + 2 * count].map(Double.init)
            let found = delays.filter { delay in
              let echoed = dry.indices.map { dry[$0] + ($0 < delay ? 0 : dry[$0 - delay] / 2) }
              let gain = (energy(wet) / energy(echoed)).squareRoot()
              return zip(wet, echoed).allSatisfy { abs($0 - gain * $1) <= 3 }
            }
            #expect(dry.count == wet.count && found.count == 1, "stream \(index): \(found)")
            return try #require(found.first)
          }
          let alone = try (2..<2 + count).map { try delay(ofStream: $0) }
          let followed = try (2 + count..<2 + 2 * count).map { try delay(ofStream: $0) }
          #expect(alone == followed, "the recording determines the place, not what was heard before")
          #expect(Set(alone[..<3].map { $0 / 400 }) == [1, 2, 3], "\(alone)")
          #expect(Set(alone[3...].map { $0 / 400 }) == [1, 2, 3], "\(alone)")
          #expect(Set(alone.map { $0 % 400 }) == [0, 100], "both talkers of the rooms are used: \(alone)")
        }
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
