import Evaluation
import Testing

/// A toy language: a word is spelled with letters a…z, and letter i is phoneme i.
private func pronounce(_ word: String) -> [[UInt8]] {
  word.utf8.contains(where: { !(97...122).contains($0) }) ? [] : [word.utf8.map { $0 - 97 }]
}

private func utterance(_ id: String, _ words: [String], seconds: Double = 0.3, pause: Double = 0) -> AlignedUtterance {
  AlignedUtterance(
    id: id,
    words: words.enumerated().map { index, word in
      let start = Double(index) * (seconds + pause)
      return AlignedInterval(label: word, startSeconds: start, endSeconds: start + seconds)
    },
    phones: [])
}

/// Sixty utterances of pseudo-words by six speakers, in which phrases recur across speakers.
private func corpus() -> ([AlignedUtterance], [String]) {
  let syllables = ["ka", "lo", "mi", "tu", "re", "so"]
  var utterances: [AlignedUtterance] = []
  var speakers: [String] = []
  for index in 0..<60 {
    let words = (0..<8).map { position in
      syllables[(index * 5 + position * position) % 6] + syllables[(index * position + 3) % 6]
    }
    utterances.append(utterance("u\(index)", words))
    speakers.append("s\(index % 6)")
  }
  return (utterances, speakers)
}

@Suite struct PairListTests {
  private func inventory() -> PhraseInventory {
    let (utterances, speakers) = corpus()
    return PhraseInventory(utterances: utterances, speakers: speakers, pronounce: pronounce)
  }

  @Test("The inventory contains only spans of one to four words within the limits") func limits() {
    let inventory = PhraseInventory(
      utterances: [
        utterance("long", ["ab", "cd", "ef", "gh", "ij"], seconds: 0.6), utterance("mute", ["a?", "bc", "de"]),
        utterance("slow", ["xa", "xb"], seconds: 0.3, pause: 0.4),
      ], speakers: ["a", "b", "c"], pronounce: pronounce)
    let texts = inventory.phrases.map(\.text)
    // 0.6 s per word: up to three words fit in 2.0 s. 0.3 s per word: 0.5 s requires two.
    #expect(texts.contains("ab") && texts.contains("ab cd ef") && !texts.contains("ab cd ef gh"))
    #expect(!texts.contains("bc") && texts.contains("bc de"))
    #expect(!texts.contains { $0.contains("a?") })
    #expect(!texts.contains("xa xb"))
    #expect(inventory.phrases.first { $0.text == "bc de" }!.phonemes == [1, 2, 3, 4])
  }

  @Test("Every pair satisfies the definition of its kind") func invariants() {
    let inventory = inventory()
    var options = PairList.Options()
    options.anchorsPerWordCount = 12
    let list = PairList(inventory: inventory, options: options)
    let (utterances, speakers) = corpus()
    #expect(list.anchorCount == 36)  // 0.3 s a word: two, three and four words.
    for anchor in 0..<list.anchorCount {
      let pairs = list.pairs.filter { $0.anchorIndex == anchor }
      let own = pairs.filter { $0.kind == .own }
      #expect(own.count == 1 && Set(pairs.map(\.text)).count == 1)
      let positiveSpeakers = pairs.filter(\.isMatch).map { speakers[$0.cut.utteranceIndex] }
      #expect(Set(positiveSpeakers).count == positiveSpeakers.count, "one recording a speaker")
      #expect((0...3).contains(pairs.count { $0.kind == .positive }))
      for kind in [PairKind.easy, .hard] {
        let negatives = pairs.filter { $0.kind == kind }
        #expect(negatives.count == 3 && Set(negatives.map(\.spokenText)).count == 3)
      }
      for pair in pairs {
        #expect((pair.spokenText == pair.text) == pair.isMatch)
        #expect(pair.isMatch == (pair.distance == 0))
        #expect(pair.spokenText.split(separator: " ").count == pair.wordCount)
        let words = utterances[pair.cut.utteranceIndex].words
        let spoken = words.filter {
          $0.startSeconds >= pair.cut.startSeconds - 1e-9 && $0.endSeconds <= pair.cut.endSeconds + 1e-9
        }
        #expect(spoken.map(\.label).joined(separator: " ") == pair.spokenText, "the cut holds the spoken words")
      }
    }
  }

  /// The oracle computes the distance to every phrase.
  @Test("Hard negatives are the nearest phrases, and easy ones are distant") func nearest() {
    let inventory = inventory()
    var options = PairList.Options()
    options.anchorsPerWordCount = 8
    for pair in PairList(inventory: inventory, options: options).pairs where !pair.isMatch {
      let phonemes = pair.text.split(separator: " ").flatMap { pronounce(String($0))[0] }
      let spoken = pair.spokenText.split(separator: " ").flatMap { pronounce(String($0))[0] }
      let distance = EditDistance(reference: phonemes, hypothesis: spoken).total
      #expect(distance == pair.distance)
      let nearer = inventory.phrases.count {
        let other = EditDistance(reference: phonemes, hypothesis: $0.phonemes).total
        return $0.wordCount == pair.wordCount && other > 0 && other < distance
      }
      if pair.kind == .hard {
        #expect(nearer < 3, "\(pair)")
      } else {
        #expect(distance * 3 >= 2 * max(phonemes.count, spoken.count))
      }
    }
  }

  @Test("Homophones are not negatives") func homophones() {
    let inventory = PhraseInventory(
      utterances: [utterance("u", ["so", "sew", "ka", "lo", "mi"], seconds: 0.6, pause: 1)], speakers: ["s"],
      pronounce: { $0 == "sew" ? [[9, 9], pronounce("so")[0]] : pronounce($0) })
    var options = PairList.Options()
    options.negativesPerKind = 2
    for pair in PairList(inventory: inventory, options: options).pairs where pair.kind == .hard {
      #expect(Set([pair.text, pair.spokenText]) != ["so", "sew"])
    }
  }

  @Test("The same seed gives the same list, another seed a different one") func determinism() {
    func table(_ seed: UInt64) -> String {
      var options = PairList.Options()
      options.anchorsPerWordCount = 10
      options.seed = seed
      return PairList(inventory: inventory(), options: options).table(ids: corpus().0.map(\.id))
    }
    #expect(table(4) == table(4))
    #expect(table(4) != table(5))
    #expect(table(4).split(separator: "\n").allSatisfy { $0.split(separator: "\t").count == 10 })
  }

  @Test("The report pools by convention, kind and word count") func report() throws {
    var options = PairList.Options()
    options.anchorsPerWordCount = 10
    let list = PairList(inventory: inventory(), options: options)
    // Easy negatives score 0, matches 2, hard negatives 3 (all above the matches).
    let scores = list.pairs.map { pair in pair.isMatch ? 2.0 : pair.kind == .easy ? 0 : 3 }
    let report = PairReport(list: list, scores: scores, bootstrap: Bootstrap(resampleCount: 20))
    #expect(report.otherSpeakers.count == 8 && report.ownRecording.count == 8)
    for result in report.otherSpeakers + report.ownRecording {
      #expect(result.equalErrorRate == (result.negatives == .easy ? 0 : 1))
      #expect(result.areaUnderCurve == (result.negatives == .easy ? 1 : 0))
      #expect(result.negativeCount == (result.wordCount == nil ? 90 : 30))
    }
    let pooled = try #require(report.ownRecording.first { $0.wordCount == nil })
    #expect(pooled.positiveCount == 30)
    let others = try #require(report.otherSpeakers.first { $0.wordCount == nil })
    let lonely = Set(list.pairs.map(\.anchorIndex)).subtracting(
      list.pairs.filter { $0.kind == .positive }.map(\.anchorIndex))
    #expect(others.positiveCount == list.pairs.count { $0.kind == .positive } + lonely.count)
  }

  @Test("Groups are those of the anchors, with all pairs of an anchor") func groups() throws {
    var options = PairList.Options()
    options.anchorsPerWordCount = 10
    let list = PairList(inventory: inventory(), options: options)
    let groups = (0..<list.anchorCount).map { $0 % 3 == 0 ? "child" : "native" }
    // For children's anchors the hard negatives score above the matches.
    let scores = list.pairs.map { pair in
      pair.isMatch ? 2.0 : pair.kind == .hard && groups[pair.anchorIndex] == "child" ? 3 : 0
    }
    let report = PairReport(list: list, scores: scores, groups: groups, bootstrap: Bootstrap(resampleCount: 20))
    #expect(report.groups.map(\.name) == ["child", "native"] && report.groups.map(\.anchorCount) == [10, 20])
    for group in report.groups {
      for results in [group.otherSpeakers, group.ownRecording] {
        #expect(results.map(\.negatives) == [.easy, .hard] && results.allSatisfy { $0.wordCount == nil })
        #expect(results.map(\.negativeCount) == [3 * group.anchorCount, 3 * group.anchorCount])
        #expect(results.map(\.equalErrorRate) == [0, group.name == "child" ? 1 : 0])
      }
    }
    #expect(report.markdown.contains("| child"))
    let plain = PairReport(list: list, scores: scores, bootstrap: nil)
    #expect(plain.groups.isEmpty && !plain.markdown.contains("By group"))
  }

  @Test("Intervals of all four metrics equal those of explicit resampling over anchors") func intervals() throws {
    var options = PairList.Options()
    options.anchorsPerWordCount = 10
    let list = PairList(inventory: inventory(), options: options)
    let scores = list.pairs.indices.map { index in
      Double((index * 53 + 7) % 23) + (list.pairs[index].isMatch ? 8 : 0)  // Overlapping, with ties.
    }
    let bootstrap = Bootstrap(resampleCount: 40, seed: 9)
    let report = PairReport(list: list, scores: scores, bootstrap: bootstrap)
    let result = try #require(report.ownRecording.first { $0.negatives == .hard && $0.wordCount == nil })
    func expected(_ metric: (RankingMetrics) -> Double) -> ConfidenceInterval? {
      bootstrap.interval(itemCount: list.anchorCount) { drawn in
        func chosen(_ kind: PairKind) -> [Double] {
          drawn.flatMap { anchor in
            zip(list.pairs, scores).filter { $0.0.anchorIndex == anchor && $0.0.kind == kind }.map(\.1)
          }
        }
        return metric(RankingMetrics(positives: chosen(.own), negatives: chosen(.hard)))
      }
    }
    #expect(result.equalErrorRateInterval == expected(\.equalErrorRate))
    #expect(result.areaUnderCurveInterval == expected(\.areaUnderCurve))
    #expect(result.averagePrecisionInterval == expected(\.averagePrecision))
    #expect(
      result.truePositiveRateAt1PercentFalsePositivesInterval
        == expected { $0.truePositiveRate(atFalsePositiveRate: 0.01) })
    let interval = try #require(result.areaUnderCurveInterval)
    #expect(interval.lower < result.areaUnderCurve && result.areaUnderCurve < interval.upper)
    for result in report.otherSpeakers + report.ownRecording {
      #expect(result.averagePrecisionInterval != nil && result.equalErrorRateInterval != nil)
    }
  }
}
