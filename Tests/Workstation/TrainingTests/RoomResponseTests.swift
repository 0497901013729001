import Foundation
import SeededRandom
import Testing
import Training

@Suite struct RoomResponseTests {
  static let seed: UInt64 = 77

  /// Noise that decays by 60 dB over its length, after silence and a direct sound.
  func response(taps: Int, direct: Int, _ generator: inout SplitMix64) -> [Float] {
    (0..<taps).map { index in
      guard index > direct else { return index == direct ? 1 : 0 }
      return 0.4 * max(-1, min(1, generator.nextNormal())) * powf(10, -3 * Float(index) / Float(taps))
    }
  }

  func heard(_ input: [Float], _ response: RoomResponse, _ convolver: RoomConvolver = RoomConvolver()) -> [Float] {
    var output = [Float](repeating: .nan, count: input.count)
    input.withUnsafeBufferPointer { input in
      output.withUnsafeMutableBufferPointer { convolver.hear(input, through: response, into: $0) }
    }
    return output
  }

  @Test("The transform of 64 to 4,096 points equals its definition, and its inverse restores the points")
  func transform() {
    var generator = SplitMix64(seed: Self.seed)
    for count in [64, 128, 256, 512, 4_096] {
      let transform = ComplexTransform(count: count)
      let points = (0..<2 * count).map { _ in generator.nextNormal() }
      var real = Array(points[..<count])
      var imaginary = Array(points[count...])
      transform.forward(&real, &imaginary)
      // The transform has its own order, so the values are compared as a set.
      var left = zip(real, imaginary).map { SIMD2(Double($0), Double($1)) }
      for k in stride(from: 0, to: count, by: count / 64) {
        var wanted = SIMD2<Double>()
        for n in 0..<count {
          let angle = -2 * Double.pi * Double(k * n % count) / Double(count)
          let (x, y) = (Double(points[n]), Double(points[count + n]))
          wanted += SIMD2(x * cos(angle) - y * sin(angle), x * sin(angle) + y * cos(angle))
        }
        func distance(_ value: SIMD2<Double>) -> Double { ((value - wanted) * (value - wanted)).sum().squareRoot() }
        let nearest = left.indices.min { distance(left[$0]) < distance(left[$1]) }!
        #expect(distance(left[nearest]) < 1e-3, "seed \(Self.seed), \(count) points, X[\(k)]")
        left.remove(at: nearest)
      }
      transform.inverse(&real, &imaginary)
      let wrong = zip(real + imaginary, points).map { abs($0 / Float(count) - $1) }.max()!
      #expect(wrong < 2e-6, "seed \(Self.seed), \(count) points")
    }
  }

  /// Odd lengths: less than a block, one sample more than a block, many blocks; longer and shorter than the response.
  @Test(
    "A convolved recording equals the sum over the taps, with the direct sound in place",
    arguments: [(1, 0), (2, 1), (7, 3), (683, 80), (2_999, 80), (16_001, 400)])
  func convolution(taps: Int, direct: Int) throws {
    var generator = SplitMix64(seed: Self.seed)
    var transforms: [Int: ComplexTransform] = [:]
    let given = response(taps: taps, direct: direct, &generator)
    let response = try #require(
      RoomResponse(name: "", kind: .talker, metres: 1, samples: given, sharing: &transforms))
    #expect(response.directIndex == direct)
    let convolver = RoomConvolver()
    for count in [0, 1, 5, 341, 342, 20_001] {
      let input = (0..<count).map { _ in generator.nextNormal() }
      let output = heard(input, response, convolver)
      let places = count < 400 ? Array(0..<count) : [0, 1, 340, 341, 342, 10_000, count - 1]
      for place in places {
        var wanted = 0.0
        for (tap, value) in response.samples.enumerated() where input.indices.contains(place + direct - tap) {
          wanted += Double(value) * Double(input[place + direct - tap])
        }
        #expect(
          abs(Double(output[place]) - wanted) < 2e-5, "seed \(Self.seed), \(count) samples, output \(place)")
      }
    }
  }

  @Test("A response ends where the rest is 60 dB below the whole, and its greatest value becomes 1")
  func cut() throws {
    var transforms: [Int: ComplexTransform] = [:]
    var samples = [Float](repeating: 0, count: 9_000)
    samples[10] = -500
    samples[3_000] = 100
    samples[8_000] = 0.4
    let response = try #require(
      RoomResponse(name: "", kind: .noise, metres: 1, samples: samples, sharing: &transforms))
    #expect(response.samples.count == 3_001)
    #expect(response.samples[10] == -1 && response.samples[3_000] == 0.2)
    #expect(
      RoomResponse(name: "", kind: .noise, metres: 1, samples: [0, 0], sharing: &transforms) == nil)
  }

  static let header = "path\tsplit\troom\tkind\tmetres\tt60"

  /// Two training rooms, one of them with a place for noise, and one test room.
  func folder() throws -> CorpusFolder {
    let folder = try CorpusFolder()
    let rows = [
      "a0.wav\ttrain\ta\ttalker\t1.5\t0.4", "a1.wav\ttrain\ta\ttalker\t2.5\t0.4", "a2.wav\ttrain\ta\tnoise\t3\t0.4",
      "b0.wav\ttrain\tb\ttalker\t0.7\t0.2", "b1.wav\ttrain\tb\ttalker\t0.9\t0.2", "c0.wav\tdev\tc\ttalker\t1\t0.3",
    ]
    try folder.write(([Self.header] + rows).joined(separator: "\r\n") + "\r\n", to: "rooms.tsv")
    for (number, row) in rows.enumerated() {
      var samples = [Int16](repeating: 0, count: 500)
      samples[80] = 8_000
      samples[200 + number] = 4_100
      try folder.write(samples, to: String(row.prefix(6)))
    }
    return folder
  }

  /// The training rooms, with their folder already removed.
  func trainingRooms() throws -> RoomResponses {
    let folder = try folder()
    return try withExtendedLifetime(folder) { try RoomResponses(folder: folder.path, split: "train") }
  }

  @Test("Rooms are those of one split, with their places in the order of the table")
  func loading() throws {
    let folder = try folder()
    let train = try RoomResponses(folder: folder.path, split: "train")
    #expect(train.rooms.map(\.name) == ["a", "b"])
    #expect(train.rooms[0].talkers.map(\.metres) == [1.5, 2.5] && train.rooms[0].noises.map(\.name) == ["a2.wav"])
    #expect(train.rooms[1].talkers.map(\.name) == ["b0.wav", "b1.wav"] && train.rooms[1].noises.isEmpty)
    let response = train.rooms[1].talkers[0]
    #expect(response.directIndex == 80 && response.samples.count == 204)
    #expect(response.samples[80] == 1 && response.samples[203] == 0.5125)
    let dev = try RoomResponses(folder: folder.path, split: "dev")
    #expect(dev.rooms.map(\.name) == ["c"])
    #expect(dev.fingerprint != train.fingerprint)
    #expect(try RoomResponses(folder: folder.path, split: "train").fingerprint == train.fingerprint)
  }

  @Test("Noise comes from the room's place for noise, or else from another talker's")
  func places() throws {
    let rooms = try trainingRooms()
    var generator = SplitMix64(seed: Self.seed)
    var drawn: [String: Int] = [:]
    for _ in 0..<400 {
      let (talker, noise) = rooms.drawPlace(using: &generator)
      drawn["\(talker.name) \(noise.name)", default: 0] += 1
    }
    let expected = ["a0.wav a2.wav", "a1.wav a2.wav", "b0.wav b1.wav", "b1.wav b0.wav"]
    #expect(Set(drawn.keys) == Set(expected), "seed \(Self.seed)")
    #expect(drawn.values.allSatisfy { (60...140).contains($0) }, "seed \(Self.seed): \(drawn)")
  }

  @Test(
    "An unusable table is rejected with the reason",
    arguments: [
      ("path\tsplit\troom\tkind\n", "has no column 'metres'"), ("", "has no column 'path'"),
      (header + "\na.wav\ttrain\ta\n", "line 2: 3 columns, but the first line names 6"),
      (
        header + "\na.wav\ttrain\ta\ttalker\t1\t0\na.wav\ttrain\ta\tsinger\t1\t0\n",
        "line 3: kind 'singer'; accepted: talker or noise"
      ),
      (header + "\na.wav\ttrain\ta\ttalker\tnear\t0\n", "line 2: metres 'near'; accepted: a number above 0"),
      (header + "\na.wav\tdev\ta\ttalker\t1\t0\n", "no response of split 'train'; it has: dev"),
      (header + "\na0.wav\ttrain\ta\tnoise\t1\t0\n", "no room of split 'train' with a response of kind talker"),
      (header + "\nnone.wav\ttrain\ta\ttalker\t1\t0\n", "none.wav"),
      (header + "\nrooms.tsv\ttrain\ta\ttalker\t1\t0\n", "rooms.tsv"),
      (header + "\nsilent.wav\ttrain\ta\ttalker\t1\t0\n", "silent.wav is silent or empty"),
      (header + "\n8k.wav\ttrain\ta\ttalker\t1\t0\n", "8k.wav has 8000 Hz and 1 channels"),
    ])
  func unusableTables(table: String, message: String) throws {
    let folder = try folder()
    try folder.write(table, to: "rooms.tsv")
    try folder.write([Int16](repeating: 0, count: 100), to: "silent.wav")
    try folder.write([Int16](repeating: 900, count: 100), to: "8k.wav")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/8k.wav"))
    bytes.replaceSubrange(24..<28, with: [0x40, 0x1F, 0, 0])
    try folder.write(bytes, to: "8k.wav")
    do {
      _ = try RoomResponses(folder: folder.path, split: "train")
      Issue.record("the table was read")
    } catch {
      #expect("\(error)".contains(message), "\(error)")
      #expect("\(error)".contains(folder.path), "\(error)")
    }
  }

  @Test("A folder without a table is rejected with the required columns")
  func noTable() throws {
    let folder = try CorpusFolder()
    do {
      _ = try RoomResponses(folder: folder.path, split: "train")
      Issue.record("there is no table")
    } catch { #expect("\(error)".contains(folder.path + "/rooms.tsv") && "\(error)".contains("path, split, room")) }
  }

  func augmented(
    _ samples: [Int16], _ configuration: AugmentationConfiguration, _ rooms: RoomResponses?, seed: UInt64,
    noise: [Int16] = [1]
  ) throws -> [Int16] {
    let folder = try CorpusFolder()
    let corpus = try folder.prepared([("", noise)])
    var augmenter = AudioAugmenter(
      corpus: corpus, noises: corpus.utterances, babble: [], rooms: rooms, configuration: configuration)
    var generator = SplitMix64(seed: seed)
    return samples.withUnsafeBufferPointer { augmenter.augment($0, using: &generator).samples }
  }

  @Test("Without rooms, or with rooms that the recipe does not use, augmentation is unchanged")
  func noShare() throws {
    let rooms = try trainingRooms()
    let samples = tone(440, amplitude: 9_000, count: 9_000)
    var differing = 0
    for seed in 1...20 as ClosedRange<UInt64> {
      var configuration = AugmentationConfiguration()
      let without = try augmented(samples, configuration, nil, seed: seed)
      if try augmented(samples, configuration, rooms, seed: seed) != without { differing += 1 }
      configuration.responseShare = 0
      #expect(try augmented(samples, configuration, rooms, seed: seed) == without, "seed \(seed)")
      #expect(try augmented(samples, configuration, nil, seed: seed) == without, "seed \(seed)")
    }
    #expect(differing > 5)
  }

  @Test("A recording convolved with a response keeps its position and level, followed by reverberation")
  func throughResponse() throws {
    let rooms = try trainingRooms()
    var configuration = AugmentationConfiguration.none
    configuration.responseShare = 1
    var click = [Int16](repeating: 0, count: 3_000)
    click[700] = 30_000
    for seed in 1...8 as ClosedRange<UInt64> {
      let heard = try augmented(click, configuration, rooms, seed: seed)
      let direct = try #require(heard.indices.max { heard[$0] < heard[$1] })
      #expect(direct == 700, "seed \(seed)")
      #expect(heard.filter { $0 != 0 }.count == 2, "seed \(seed): the direct sound and a reflection")
      #expect(abs(power(heard) / power(click) - 1) < 1e-3, "seed \(seed)")
    }
  }

  @Test("Noise in a room has the drawn level and starts before the recording")
  func noiseThroughResponse() throws {
    let rooms = try trainingRooms()
    var configuration = AugmentationConfiguration.none
    configuration.responseShare = 1
    configuration.noiseShare = 1
    configuration.babbleShare = 0
    configuration.steadyNoiseShare = 0
    configuration.signalToNoiseDecibels = 10...10
    let noise = [Int16](repeating: 5_000, count: 3_000)
    let speech = tone(1_000, amplitude: 8_000, count: 8_000)
    for seed in 1...8 as ClosedRange<UInt64> {
      let heard = try augmented(speech, configuration, rooms, seed: seed, noise: noise)
      // The tone has whole periods. The noise is a constant, and would rise here if it had started here.
      let levels = stride(from: 320, to: 8_000, by: 160).map { start in
        heard[start..<start + 160].reduce(0.0) { $0 + Double($1) } / 160
      }
      let ratio = 10 * log10(power(speech) / (levels[20] * levels[20]))
      #expect(abs(ratio - 10) < 0.2, "seed \(seed): \(ratio) dB")
      #expect(levels.allSatisfy { abs($0 / levels[20] - 1) < 0.02 }, "seed \(seed): \(levels)")
    }
  }

  @Test("Runs with other rooms have other names, and runs without rooms do not mention them")
  func runNames() throws {
    let folder = try folder()
    let run = try TinyRun(["AB CD", "EF GH"])
    let without = try run.trainer().runName
    var names = [without]
    for split in ["train", "dev"] {
      let rooms = try RoomResponses(folder: folder.path, split: split)
      let set = TrainingSet(corpus: run.set.corpus, longestSeconds: 17, rooms: rooms) { _ in [[[1, 2]]] }
      names.append(try Trainer(set: set, recipe: run.recipe).runName)
    }
    #expect(Set(names).count == 3)
    #expect(!without.contains("rooms"))
  }
}
