import ModelFormat
import SeededRandom
import Testing
import Training

@Suite struct StreamHeadFitTests {
  private static let seed: UInt64 = 7
  private static let clarityIndex = 10
  /// A head that scores by the mean ratio alone.
  private static let ratioHead = AcousticModel.ScoreHead(
    weights: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], bias: -2)

  private static func candidate(
    _ ratio: Float, clarity: Float = 1, isMatch: Bool = false, phrase: Int, _ hearing: StreamHeadFit.Hearing
  ) -> StreamHeadFit.Sample {
    var features = [Float](repeating: 0, count: 12)
    features[0] = ratio
    features[clarityIndex] = clarity
    return StreamHeadFit.Sample(
      labeled: MonotoneHead.Sample(features: features, isMatch: isMatch), phrase: phrase, hearing: hearing)
  }

  /// Candidates of 60 phrases. The mean ratios of mismatches across rooms are higher by `roomsLead` than in quiet.
  private static func stream(roomsLead: Float) -> StreamHeadFit.Samples {
    var generator = SplitMix64(seed: seed)
    var samples = StreamHeadFit.Samples(phonemeCounts: [Int](repeating: 8, count: 60))
    for phrase in 0..<60 {
      func add(
        _ count: Int, _ hearing: StreamHeadFit.Hearing, ratio: Float, clarity: ClosedRange<Float>,
        isMatch: Bool = false
      ) {
        for _ in 0..<count {
          let ratio = ratio + generator.nextUniform()
          let clarity = generator.nextUniform(in: clarity)
          samples.candidates.append(
            candidate(ratio, clarity: clarity, isMatch: isMatch, phrase: phrase, hearing))
        }
      }
      add(8, .quiet, ratio: 0, clarity: 0.8...1)
      add(8, .rooms, ratio: roomsLead, clarity: 0.3...0.6)
      add(4, .noisy, ratio: 0.4, clarity: 0.5...0.8)
      add(1, .quiet, ratio: 5, clarity: 0.8...1, isMatch: true)
    }
    return samples
  }

  /// `w · f + b`, in double precision.
  private static func logit(_ head: AcousticModel.ScoreHead, _ candidate: StreamHeadFit.Sample) -> Double {
    var sum = Double(head.bias)
    for (index, value) in candidate.labeled.features.enumerated() {
      sum += Double(head.weights[index]) * Double(value)
    }
    return sum
  }

  /// How many of the two highest mismatches of each phrase fall in quiet and across rooms.
  private static func highestMismatches(
    _ head: AcousticModel.ScoreHead, _ samples: StreamHeadFit.Samples
  ) -> (quiet: Int, rooms: Int) {
    var (quiet, rooms) = (0, 0)
    for phrase in samples.phonemeCounts.indices {
      var mismatches = samples.candidates.filter { $0.phrase == phrase && !$0.labeled.isMatch }
      for _ in 0..<2 {
        let logits = mismatches.map { logit(head, $0) }
        guard let highest = logits.max(), let place = logits.firstIndex(of: highest) else { break }
        let hearing = mismatches.remove(at: place).hearing
        if hearing == .quiet { quiet += 1 }
        if hearing == .rooms { rooms += 1 }
      }
    }
    return (quiet, rooms)
  }

  /// The logit of the highest mismatch of each phrase with six phonemes or more.
  private static func highestLogits(_ head: AcousticModel.ScoreHead, _ samples: StreamHeadFit.Samples) -> [Double] {
    samples.phonemeCounts.indices.compactMap { phrase in
      guard samples.phonemeCounts[phrase] >= 6 else { return nil }
      return samples.candidates.filter { $0.phrase == phrase && !$0.labeled.isMatch }.map { logit(head, $0) }.max()
    }
  }

  /// The largest difference between the weights of two heads, in units of the first one's weight of the mean ratio.
  private static func difference(_ head: AcousticModel.ScoreHead, _ other: AcousticModel.ScoreHead) -> Float {
    var largest: Float = 0
    for index in 0..<12 { largest = max(largest, abs(head.weights[index] - other.weights[index])) }
    return largest / head.weights[0]
  }

  /// 600 matches, of which an eighth has a mean ratio that is lower by `distance` than that of mismatches, and 1,400
  /// mismatches.
  private static func samples(hopelessBy distance: Float) -> [MonotoneHead.Sample] {
    var generator = SplitMix64(seed: seed)
    return (0..<2_000).map { index in
      let isMatch = index < 600
      var features: [Float] = (0..<12).map { _ in generator.nextUniform(in: -1...1) }
      if isMatch && index % 8 == 0 {
        features[0] -= distance
        features[2] += 0.8
      } else if isMatch {
        features[0] += 1.2
        features[1] += 0.6
      }
      return MonotoneHead.Sample(features: features, isMatch: isMatch)
    }
  }

  @Test("Matches that are out of reach do not change the weights, however far out they are")
  func hopelessMatches() {
    let (near, far) = (Self.samples(hopelessBy: 1), Self.samples(hopelessBy: 4))
    let shares = [0.4, 0.4]
    let refitted = Self.difference(
      StreamHeadFit.fit(near, hardestShares: shares), StreamHeadFit.fit(far, hardestShares: shares))
    #expect(refitted < 0.1, "\(refitted), seed \(Self.seed)")
    // They do change a fit to all matches.
    let once = Self.difference(StreamHeadFit.fit(near, hardestShares: []), StreamHeadFit.fit(far, hardestShares: []))
    #expect(once > 0.4, "\(once), seed \(Self.seed)")
  }

  @Test("A fit to the highest mismatches relies more on the feature that tells these apart")
  func hardestMismatches() {
    // The mean ratio tells four fifths of the mismatches from matches, the next feature the other fifth.
    var generator = SplitMix64(seed: Self.seed)
    let samples = (0..<3_000).map { index in
      let isMatch = index < 400
      let isHard = !isMatch && index % 5 == 0
      var features: [Float] = (0..<12).map { _ in generator.nextUniform(in: -1...1) }
      features[0] += isMatch || isHard ? 1 : -1
      features[1] += isHard ? -0.3 : 0.3
      return MonotoneHead.Sample(features: features, isMatch: isMatch)
    }
    func reliance(_ share: Double) -> Float {
      let head = StreamHeadFit.fit(samples, hardestShares: [share])
      return head.weights[1] / head.weights[0]
    }
    let (fifth, all) = (reliance(0.2), reliance(1))
    #expect(fifth > 1.5 * all, "\(fifth), \(all), seed \(Self.seed)")
  }

  @Test("The clarity does not affect the weights of the other features, and has none")
  func clarityIsLeftOut() {
    let samples = Self.samples(hopelessBy: 1)
    let head = StreamHeadFit.fit(samples, hardestShares: [0.4])
    let others = samples.map { sample in
      var sample = sample
      sample.features[Self.clarityIndex] = sample.isMatch ? 1 : 0
      return sample
    }
    #expect(StreamHeadFit.fit(others, hardestShares: [0.4]) == head)
    #expect(head.weights.count == 12 && head.weights[Self.clarityIndex] == 0)
    #expect(head.weights[0] > 0)
  }

  @Test("In the mean of two heads, the second one has the first one's weight of the mean ratio, whatever its scale")
  func mean() {
    let first = AcousticModel.ScoreHead(weights: [2, 4, 0, 1, 0, 0, 0, 0, 3, 0, 0, -2], bias: -3)
    let second = AcousticModel.ScoreHead(weights: [4, 2, 8, 0, 0, 0, 0, 0, 0, 6, 0, 1], bias: 6)
    let larger = AcousticModel.ScoreHead(weights: [32, 16, 64, 0, 0, 0, 0, 0, 0, 48, 0, 8], bias: 48)
    let expected = AcousticModel.ScoreHead(weights: [2, 2.5, 2, 0.5, 0, 0, 0, 0, 1.5, 1.5, 0, -0.75], bias: 0)
    #expect(StreamHeadFit.mean(first, second) == expected)
    #expect(StreamHeadFit.mean(first, larger) == expected)
  }

  @Test("In the mean of two heads, a second one without weight of the mean ratio keeps its scale")
  func meanWithoutRatio() {
    let first = AcousticModel.ScoreHead(weights: [2, 4, 0, 1, 0, 0, 0, 0, 3, 0, 0, -2], bias: -3)
    let second = AcousticModel.ScoreHead(weights: [0, 2, 8, 0, 0, 0, 0, 0, 0, 6, 0, 1], bias: 6)
    let expected = AcousticModel.ScoreHead(weights: [1, 3, 4, 0.5, 0, 0, 0, 0, 1.5, 3, 0, -0.5], bias: 1.5)
    #expect(StreamHeadFit.mean(first, second) == expected)
  }

  @Test("With the weight of the clarity, as many of the highest mismatches fall in quiet as across rooms")
  func clarity() {
    let samples = Self.stream(roomsLead: 0.4)
    let before = Self.highestMismatches(Self.ratioHead, samples)
    #expect(before.rooms > 10 * before.quiet, "\(before), seed \(Self.seed)")
    let head = StreamHeadFit.evened(Self.ratioHead, samples)
    let after = Self.highestMismatches(head, samples)
    #expect(abs(after.quiet - after.rooms) <= 4 && after.quiet > 20, "\(after), seed \(Self.seed)")
    var weights = Array(head.weights)
    weights[Self.clarityIndex] = 0
    #expect(weights == Array(Self.ratioHead.weights) && head.bias == Self.ratioHead.bias)
  }

  @Test("The clarity has no weight if more of the highest mismatches fall in quiet")
  func moreInQuiet() {
    let samples = Self.stream(roomsLead: -0.4)
    let counts = Self.highestMismatches(Self.ratioHead, samples)
    #expect(counts.quiet > counts.rooms, "\(counts), seed \(Self.seed)")
    #expect(StreamHeadFit.evened(Self.ratioHead, samples) == Self.ratioHead)
  }

  @Test("The clarity has no weight if one of the two highest mismatches falls in quiet and the other across rooms")
  func evenAlready() {
    var samples = StreamHeadFit.Samples(phonemeCounts: [8])
    let ratios: [Float] = [1, 0.9, 0.8, 0.7, 0.6]
    for (index, ratio) in ratios.enumerated() {
      let isQuiet = index == 1
      samples.candidates.append(
        Self.candidate(ratio, clarity: isQuiet ? 0.9 : 0.5, phrase: 0, isQuiet ? .quiet : .rooms))
    }
    #expect(StreamHeadFit.evened(Self.ratioHead, samples) == Self.ratioHead)
  }

  @Test("The bias leaves the quiet share of the phrases of usual length without a mismatch of score 0.5 or more")
  func bias() {
    // The highest mismatches of 100 phrases of usual length are 0.1 apart. Twenty shorter ones have higher ones.
    var samples = StreamHeadFit.Samples(
      phonemeCounts: [Int](repeating: 6, count: 100) + [Int](repeating: 5, count: 20))
    for phrase in 0..<100 {
      let highest = Float(37 * phrase % 100) / 10
      let hearing = StreamHeadFit.Hearing.allCases[phrase % 3]
      samples.candidates.append(Self.candidate(highest - 3, phrase: phrase, .quiet))
      samples.candidates.append(Self.candidate(highest, phrase: phrase, hearing))
      samples.candidates.append(Self.candidate(highest - 1, phrase: phrase, .rooms))
      samples.candidates.append(Self.candidate(50, isMatch: true, phrase: phrase, .quiet))
    }
    for phrase in 100..<120 { samples.candidates.append(Self.candidate(40, phrase: phrase, .quiet)) }
    var head = Self.ratioHead
    head.bias -= StreamHeadFit.quietLogit(head, samples)
    let logits = Self.highestLogits(head, samples)
    let share = Int((100 * HeadCalibration.quietShare).rounded())
    // The next phrase has a mismatch of score 0.5, up to rounding.
    #expect(logits.count { $0 < -0.05 } == share)
    #expect(logits.count { $0 < 0.05 } == share + 1)
  }

  @Test("Without mismatches, the bias stays")
  func noMismatches() {
    var samples = StreamHeadFit.Samples(phonemeCounts: [8])
    #expect(StreamHeadFit.quietLogit(Self.ratioHead, samples) == 0)
    samples.candidates.append(Self.candidate(5, isMatch: true, phrase: 0, .quiet))
    #expect(StreamHeadFit.quietLogit(Self.ratioHead, samples) == 0)
  }

  @Test("The whole fit is as quiet as stated, and as often wrong in quiet as across rooms")
  func head() {
    var generator = SplitMix64(seed: Self.seed)
    func draw(_ isMatch: Bool, clarity: ClosedRange<Float>, lead: Float) -> MonotoneHead.Sample {
      var features: [Float] = (0..<12).map { _ in generator.nextUniform(in: -1...1) }
      features[0] += lead
      if isMatch {
        features[0] += 1.5
        features[1] += 0.7
        features[8] += 0.8
      }
      features[Self.clarityIndex] = generator.nextUniform(in: clarity)
      return MonotoneHead.Sample(features: features, isMatch: isMatch)
    }
    let mined = (0..<1_200).map { draw($0 % 4 == 0, clarity: 0.3...1, lead: 0) }
    // Two thirds of the 60 phrases have six phonemes or more.
    var heldOut = StreamHeadFit.Samples(phonemeCounts: (0..<60).map { 4 + $0 % 6 })
    let hearings: [(StreamHeadFit.Hearing, ClosedRange<Float>, Float)] = [
      (.quiet, 0.8...1, 0), (.noisy, 0.5...0.8, 0.1), (.rooms, 0.3...0.6, 0.5),
    ]
    for (hearing, clarity, lead) in hearings {
      for index in 0..<60 * 12 {
        let sample = draw(index % 12 < 2, clarity: clarity, lead: lead)
        heldOut.candidates.append(StreamHeadFit.Sample(labeled: sample, phrase: index / 12, hearing: hearing))
      }
    }
    let head = StreamHeadFit.head(mined: mined, heldOut: heldOut)
    let logits = Self.highestLogits(head, heldOut)
    #expect(logits.count == 40)
    let share = Int((40 * HeadCalibration.quietShare).rounded())
    #expect(logits.count { $0 < -1e-3 } == share, "seed \(Self.seed)")
    #expect(logits.count { $0 < 1e-3 } == share + 1, "seed \(Self.seed)")
    let counts = Self.highestMismatches(head, heldOut)
    #expect(abs(counts.quiet - counts.rooms) <= 4 && counts.quiet > 30, "\(counts), seed \(Self.seed)")
  }
}
