import AudioFiles
import Evaluation
import Foundation
import Testing
import Training

/// A folder of impulse responses with its table.
///
/// - Parameter responses: room, kind, meters and samples, which are at most 1.
func withRooms<Result>(
  _ responses: [(room: String, kind: String, metres: Double, samples: [Double])],
  _ body: (RoomResponses) throws -> Result
) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  var table = "path\tsplit\troom\tkind\tmetres\n"
  for (index, response) in responses.enumerated() {
    let samples = response.samples.map { Int16(($0 * 32_000).rounded()) }
    try Data(WaveFileBytes.encoded(samples)).write(to: folder.appendingPathComponent("\(index).wav"))
    table += "\(index).wav\tdev\t\(response.room)\t\(response.kind)\t\(response.metres)\n"
  }
  try table.write(to: folder.appendingPathComponent(RoomResponses.tableName), atomically: true, encoding: .utf8)
  return try body(RoomResponses(folder: folder.path, split: "dev"))
}

/// The direct sound and one reflection.
private func echo(_ delay: Int, _ gain: Double) -> [Double] {
  var samples = [Double](repeating: 0, count: delay + 1)
  samples[0] = 1
  samples[delay] = gain
  return samples
}

@Suite struct RoomStreamTests {
  /// Clicks of four samples, far enough apart for an echo.
  private func clicks(_ count: Int) -> [Int16] { (0..<count).map { (1_500..<1_504).contains($0 % 3_000) ? 20_000 : 0 } }

  private func render(
    _ schedule: StreamSchedule, rooms: StreamRooms?, noise: [[Int16]] = []
  ) -> (samples: [Int16], occurrences: [StreamOccurrence]) {
    var renderer = StreamRenderer(
      schedule: schedule, noiseClips: noise, signalToNoiseDecibels: 0, rooms: rooms, seed: 3)
    var samples: [Int16] = []
    while let part = renderer.next(clip: { clicks($0.sampleCount) }) { samples += part }
    return (samples, renderer.occurrences)
  }

  @Test("A stream in a room has that room's echo, also after a clip, at the level of the stream without it")
  func echoes() throws {
    let schedule = StreamSchedule(
      backgroundSampleCounts: [12_000, 9_000], phraseClips: [(phraseIndex: 0, sampleCount: 12_000)], seed: 4)
    let dry = render(schedule, rooms: nil)
    try withRooms([("a", "talker", 3, echo(1_200, 0.5))]) { responses in
      let rooms = try StreamRooms(responses, .far, seed: 1)
      let wet = render(schedule, rooms: rooms)
      #expect(wet.occurrences == dry.occurrences && wet.samples.count == dry.samples.count)
      // An echo of half the amplitude has a quarter of the energy, if it lies within the clip.
      let gain = 1 / 1.25.squareRoot()
      for (index, sample) in dry.samples.enumerated() where abs(Int(sample)) > 1_000 {
        #expect(abs(Double(wet.samples[index]) / Double(sample) - gain) < 0.02, "direct sound at \(index)")
        #expect(abs(Double(wet.samples[index + 1_200]) / Double(sample) - gain / 2) < 0.02, "echo at \(index)")
      }
      let loud = wet.samples.count { abs(Int($0)) > 1_000 }
      #expect(loud == 2 * dry.samples.count { abs(Int($0)) > 1_000 }, "and nothing else")
      #expect(render(schedule, rooms: rooms).samples == wet.samples, "a copy of the rooms gives the same stream")
    }
  }

  @Test("Reverberation continues in the pause after a clip") func ringing() throws {
    // The last click starts 1,500 samples before the end.
    let schedule = StreamSchedule(backgroundSampleCounts: [6_000], phraseClips: [], seed: 4)
    try withRooms([("a", "talker", 1, echo(2_400, 0.8))]) { responses in
      let wet = render(schedule, rooms: try StreamRooms(responses, .near, seed: 1)).samples
      let end = Int(schedule.items[0].endSample)
      let late = wet[end...].indices.filter { abs(Int(wet[$0])) > 1_000 }
      #expect(late == Array(end + 900..<end + 904))
    }
  }

  @Test("The room changes every ten minutes, and only talkers at the requested distance are used")
  func visits() throws {
    let minutes = 16_000 * 60
    let schedule = StreamSchedule(
      backgroundSampleCounts: [Int](repeating: 5 * minutes, count: 8), phraseClips: [], seed: 4)
    // The delay identifies each place.
    let places: [(room: String, kind: String, metres: Double, samples: [Double])] = [
      ("a", "talker", 1.1, echo(100, 0.9)), ("a", "talker", 1.2, echo(200, 0.9)), ("a", "noise", 2, echo(300, 0.9)),
      ("b", "talker", 2.4, echo(400, 0.9)), ("b", "talker", 2.5, echo(500, 0.9)), ("c", "talker", 4, echo(600, 0.9)),
    ]
    try withRooms(places) { responses in
      for (distance, delays) in [(TalkerDistance.near, [100]), (.middle, [200, 400]), (.far, [500, 600])] {
        var rooms = try StreamRooms(responses, distance, seed: 9)
        var heard: [Int] = []
        for item in schedule.items {
          let click = [Float](repeating: 0, count: 2_000).enumerated().map { $0.offset == 10 ? Float(1) : 0 }
          let echoing = rooms.hear(click, at: item.startSample)
          heard.append(echoing.indices.first { $0 > 10 && echoing[$0] > 0.3 }! - 10)
        }
        #expect(Set(heard) == Set(delays), "\(distance)")
        let visits = Dictionary(grouping: zip(schedule.items, heard)) { $0.0.startSample / StreamRooms.visitSamples }
        #expect(visits.values.allSatisfy { Set($0.map(\.1)).count == 1 }, "one room for ten minutes")
      }
      // Noise comes from the room's place for noise.
      var rooms = try StreamRooms(responses, .near, seed: 9)
      let click = [Float](repeating: 0, count: 2_000).enumerated().map { $0.offset == 10 ? Float(1) : 0 }
      let noise = rooms.hear(noise: click, at: 0)
      #expect(noise.count == click.count && noise.indices.filter { noise[$0] > 0.3 } == [10, 310])
    }
  }

  @Test("A distance without talkers is rejected, naming the folder") func noTalker() throws {
    try withRooms([("a", "talker", 1, echo(10, 0.5))]) { responses in
      let error = #expect(throws: EvaluationError.self) { try StreamRooms(responses, .far, seed: 1) }
      let message = try #require(error).description
      #expect(message.contains(responses.folder) && message.contains("beyond 2.5 m"))
    }
  }

  @Test("Phrases are found in a stream in rooms, and the report gives the condition") func streamInRooms() throws {
    let model = try untrainedModel()
    try withCorpus(model, ["THE FARMER PAINTED A YELLOW BASKET", "SEVEN CANDLES"]) { background in
      try withCorpus(model, name: "wake", ["HEY COMPUTER", "HEY COMPUTER"]) { phrases in
        try withRooms([("a", "talker", 1, [1])]) { responses in
          var options = StreamOptions()
          options.condition = StreamCondition(rooms: responses, distance: .near)
          let report = try StreamProtocol.run(
            background: [background], phrases: [phrases], noise: [], model: model,
            scorer: SquareWaveScorer(model.model), options: options, bootstrap: nil)
          #expect(report.conditionName == "clean, near" && report.distance == "near")
          #expect(
            report.phrases.map(\.occurrenceCount) == [2] && report.summaries.allSatisfy { $0.pooledMissRate == 0 })
          let missed = StreamReport(
            texts: ["HEY COMPUTER"], candidates: [],
            occurrences: [.init(phraseIndex: 0, startSample: 32_000, endSample: 48_000, clipIndex: 0)],
            streamSampleCount: 96_000, options: options, bootstrap: nil)
          let names = StreamExcerpts(report: missed, count: 1).clips.map(\.name)
          #expect(names == ["clean-near-miss-01-hey-computer-1.0s.wav"])
          options.condition.distance = .far
          #expect(throws: EvaluationError.self) {
            try StreamProtocol(background: [background], phrases: [phrases], noise: [], model: model, options: options)
          }
        }
      }
    }
  }
}
