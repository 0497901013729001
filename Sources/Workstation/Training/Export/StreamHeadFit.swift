import ModelFormat
import TextEnrollment

/// Fits the stream head to labeled candidates.
///
/// The weights are the mean of two fits: to candidates of training utterances, and to those of the held-out stream that
/// were not heard across rooms. The weight of the clarity and the bias then follow from the mismatches of the whole
/// held-out stream.
package enum StreamHeadFit {
  /// How a part of the held-out stream was heard.
  package enum Hearing: String, CaseIterable, Sendable {
    /// The recordings with the self-noise of a microphone.
    case quiet
    /// Mostly in noise.
    case noisy
    /// Across rooms. Only the weight of the clarity and the bias are fitted to it.
    case rooms
  }

  /// A candidate of the held-out stream.
  package struct Sample: Sendable {
    /// Its features, and whether it is the phrase.
    package var labeled: MonotoneHead.Sample
    /// Index of the phrase.
    package var phrase: Int
    /// How it was heard.
    package var hearing: Hearing

    /// Creates a candidate from its members.
    package init(labeled: MonotoneHead.Sample, phrase: Int, hearing: Hearing) {
      self.labeled = labeled
      self.phrase = phrase
      self.hearing = hearing
    }
  }

  /// The candidates of the held-out stream.
  package struct Samples: Sendable {
    /// The best candidate of each phrase in each segment of the stream.
    package var candidates: [Sample] = []
    /// The number of phonemes of each phrase.
    package var phonemeCounts: [Int]

    /// Creates the samples of a stream without candidates.
    package init(phonemeCounts: [Int]) { self.phonemeCounts = phonemeCounts }

    /// The candidates that were not heard across rooms. The weights are fitted to them.
    package var outsideRooms: [MonotoneHead.Sample] { candidates.filter { $0.hearing != .rooms }.map(\.labeled) }
  }

  /// Share of the matches that a fit leaves out: the least likely ones by the previous fit. No weights find them among
  /// the highest mismatches, and they would distort the weights that find the others.
  private static let hopelessShare = 0.15
  /// Share of the mined mismatches that the second fit uses. With a fifth, as many phrases are missed at equal false
  /// alarms, and a point more at the thresholds that enrollment sets.
  private static let hardestShare = 0.025
  /// Shares of the held-out mismatches that the further fits use.
  private static let heldOutHardestShares = [0.2, 0.05, 0.0125]
  /// The fewest mismatches that a further fit uses, if there are as many.
  private static let fewestHardest = 500
  /// About as many false alarms as a device would report in two hours at one per hour.
  private static let evenedCount = 2
  private static let largestClarityWeight: Float = 40

  /// Fits the head.
  ///
  /// - Parameters:
  ///   - mined: candidates in training utterances.
  ///   - heldOut: candidates in the held-out stream.
  /// - Precondition: `mined` and `heldOut.outsideRooms` have matches and mismatches.
  package static func head(mined: [MonotoneHead.Sample], heldOut: Samples) -> AcousticModel.ScoreHead {
    let first = fit(mined, hardestShares: [hardestShare])
    let second = fit(heldOut.outsideRooms, hardestShares: heldOutHardestShares)
    var head = evened(mean(first, second), heldOut)
    head.bias -= quietLogit(head, heldOut)
    return head
  }

  /// Fits the head, then refits it on the matches that can be found and on ever fewer of the highest mismatches. A
  /// device's threshold lies among them.
  ///
  /// - Parameter hardestShares: the share of the mismatches that each further fit uses.
  /// - Returns: a head in which the clarity has no weight yet.
  /// - Precondition: the samples contain matches and mismatches.
  package static func fit(_ samples: [MonotoneHead.Sample], hardestShares: [Double]) -> AcousticModel.ScoreHead {
    let samples = samples.map { sample in
      var sample = sample
      sample.features.remove(at: MonotoneHead.clarityIndex)
      return sample
    }
    let matches = samples.filter(\.isMatch)
    let mismatches = samples.filter { !$0.isMatch }
    var head = MonotoneHead.fit(matches + mismatches)
    for share in hardestShares {
      let found = likeliest(matches, head, matches.count - Int(Double(matches.count) * hopelessShare))
      let hardest = likeliest(mismatches, head, max(Int(Double(mismatches.count) * share), fewestHardest))
      head = MonotoneHead.fit(found + hardest)
    }
    var weights = Array(head.weights)
    weights.insert(0, at: MonotoneHead.clarityIndex)
    return AcousticModel.ScoreHead(weights: weights, bias: head.bias)
  }

  /// The `count` samples with the highest logits.
  private static func likeliest(
    _ samples: [MonotoneHead.Sample], _ head: AcousticModel.ScoreHead, _ count: Int
  ) -> [MonotoneHead.Sample] {
    samples.map { ($0, MonotoneHead.logit(head, $0.features)) }.sorted { $0.1 > $1.1 }.prefix(count).map(\.0)
  }

  /// The mean of two heads, the second one scaled so that the mean ratio has the weight that it has in the first one.
  package static func mean(
    _ first: AcousticModel.ScoreHead, _ second: AcousticModel.ScoreHead
  ) -> AcousticModel.ScoreHead {
    let scale = second.weights[0] > 0 ? first.weights[0] / second.weights[0] : 1
    return AcousticModel.ScoreHead(
      weights: zip(first.weights, second.weights).map { ($0 + scale * $1) / 2 },
      bias: (first.bias + scale * second.bias) / 2)
  }

  /// The head with the weight of the clarity at which the highest mismatches of the phrases, two of each, fall in quiet
  /// as often as across rooms.
  ///
  /// Speech across rooms is less clear, so a weight raises its scores less. The weight is 0 if as many mismatches or
  /// more fall in quiet without it.
  ///
  /// - Precondition: the clarity has weight 0 in `head`.
  package static func evened(_ head: AcousticModel.ScoreHead, _ samples: Samples) -> AcousticModel.ScoreHead {
    let candidates = samples.candidates
    var mismatches: [Int: [Int]] = [:]
    for (index, candidate) in candidates.enumerated() where !candidate.labeled.isMatch {
      mismatches[candidate.phrase, default: []].append(index)
    }
    func weighed(_ weight: Float) -> AcousticModel.ScoreHead {
      var weights = Array(head.weights)
      weights[MonotoneHead.clarityIndex] = weight
      return AcousticModel.ScoreHead(weights: weights, bias: head.bias)
    }
    /// By how many the highest mismatches in quiet outnumber those across rooms.
    func excess(_ weight: Float) -> Int {
      let head = weighed(weight)
      return mismatches.values.reduce(0) { sum, indices in
        let highest = indices.map { ($0, MonotoneHead.logit(head, candidates[$0].labeled.features)) }
          .sorted { ($0.1, $0.0) > ($1.1, $1.0) }.prefix(evenedCount)
        return highest.reduce(sum) {
          switch candidates[$1.0].hearing {
          case .quiet: $0 + 1
          case .noisy: $0
          case .rooms: $0 - 1
          }
        }
      }
    }
    var bounds: (Float, Float) = (0, largestClarityWeight)
    guard excess(bounds.0) < 0 else { return head }
    for _ in 0..<12 {
      let middle = (bounds.0 + bounds.1) / 2
      if excess(middle) < 0 { bounds.0 = middle } else { bounds.1 = middle }
    }
    return weighed(bounds.0)
  }

  /// The logit that no mismatch exceeds for ``HeadCalibration/quietShare`` of the phrases with six phonemes or more.
  ///
  /// Phrases without a mismatch do not count. Returns 0 if no phrase counts.
  package static func quietLogit(_ head: AcousticModel.ScoreHead, _ samples: Samples) -> Float {
    var worst: [Int: Float] = [:]
    for candidate in samples.candidates
    where !candidate.labeled.isMatch && samples.phonemeCounts[candidate.phrase] >= Enroller.recommendedPhonemeCount {
      worst[candidate.phrase] = max(
        worst[candidate.phrase] ?? -.infinity, MonotoneHead.logit(head, candidate.labeled.features))
    }
    let sorted = worst.values.sorted()
    guard !sorted.isEmpty else { return 0 }
    return sorted[min(Int(Double(sorted.count) * HeadCalibration.quietShare), sorted.count - 1)]
  }
}
