import Foundation
import SeededRandom
import TextEnrollment
import Training

/// The relation of a recording to the anchor phrase that it is scored against.
public enum PairKind: String, CaseIterable, Sendable, Codable {
  /// The anchor phrase from another speaker.
  case positive
  /// The anchor's own recording.
  case own
  /// A random phrase that sounds different.
  case easy
  /// One of the phrases most similar in sound.
  case hard
}

/// A text and a recording to score against each other.
public struct Pair: Equatable, Sendable {
  /// The anchor. Pairs of one anchor have the same text.
  public var anchorIndex: Int
  /// The enrolled phrase.
  public var text: String
  /// Words of the phrase.
  public var wordCount: Int
  /// The text of the recording.
  public var spokenText: String
  /// The position of the recording in its utterance.
  public var cut: PhraseCut
  /// The relation of the recording to the anchor.
  public var kind: PairKind
  /// Phoneme edit distance between the two texts.
  public var distance: Int

  /// Whether the recording contains the phrase.
  public var isMatch: Bool { kind == .positive || kind == .own }
}

/// The pairs of an evaluation, drawn from an inventory with a seed.
///
/// Each anchor has its own recording, up to three recordings from other speakers, and three easy and three hard
/// negatives with the same number of words. Anchors are different texts. Those with recordings from another speaker
/// come first, then others, until `anchorsPerWordCount` is reached. *Hard* negatives are the phrases with the smallest
/// distance above 0 (ties are drawn). *Easy* negatives are random phrases at a distance of at least `easyDistanceShare`
/// of the longer phrase's phonemes.
///
/// - Reference: Shin et al. 2022, arXiv:2206.15400, §3.1, whose negatives also have the anchor's word count.
public struct PairList: Sendable {
  /// The numbers of pairs to draw.
  public struct Options: Sendable {
    /// Anchors of each word count.
    public var anchorsPerWordCount = 250
    /// Maximum number of positives per anchor.
    public var positivesPerAnchor = 3
    /// Easy negatives, and hard negatives, per anchor.
    public var negativesPerKind = 3
    /// Minimum distance of easy negatives as a share of the longer phrase's phonemes.
    public var easyDistanceShare = 2.0 / 3
    /// Determines every draw.
    public var seed: UInt64 = 1

    /// Creates the default options.
    public init() {}
  }

  /// The pairs, anchor by anchor.
  public let pairs: [Pair]
  /// The number of anchors.
  public let anchorCount: Int

  /// Draws the pairs.
  public init(inventory: PhraseInventory, options: Options = .init()) {
    var generator = SplitMix64(seed: options.seed)
    var pairs: [Pair] = []
    var anchorCount = 0
    for wordCount in Set(inventory.phrases.map(\.wordCount)).sorted() {
      let phrases = inventory.phrases.filter { $0.wordCount == wordCount }
      var order = Array(phrases.indices)
      generator.shuffle(&order)
      let shared = order.filter { index in
        phrases[index].cuts.contains { inventory.differsInSpeaker($0, phrases[index].cuts[0]) }
      }
      let sharedSet = Set(shared)
      let anchors = (shared + order.filter { !sharedSet.contains($0) }).prefix(options.anchorsPerWordCount)
      for anchor in anchors {
        pairs += Self.pairs(
          ofAnchor: anchor, anchorIndex: anchorCount, among: phrases, inventory, options, &generator)
        anchorCount += 1
      }
    }
    self.pairs = pairs
    self.anchorCount = anchorCount
  }

  private static func pairs(
    ofAnchor anchor: Int, anchorIndex: Int, among phrases: [InventoryPhrase], _ inventory: PhraseInventory,
    _ options: Options, _ generator: inout SplitMix64
  ) -> [Pair] {
    let phrase = phrases[anchor]
    func pair(_ spoken: InventoryPhrase, _ cut: PhraseCut, _ kind: PairKind, _ distance: Int) -> Pair {
      Pair(
        anchorIndex: anchorIndex, text: phrase.text, wordCount: phrase.wordCount, spokenText: spoken.text, cut: cut,
        kind: kind, distance: distance)
    }
    let own = phrase.cuts[generator.nextIndex(phrase.cuts.count)]
    var result = [pair(phrase, own, .own, 0)]

    // One recording per speaker, so three positives are from three people.
    var others = phrase.cuts.filter { inventory.differsInSpeaker($0, own) }
    generator.shuffle(&others)
    var chosen: [PhraseCut] = []
    for cut in others where chosen.count < options.positivesPerAnchor {
      if chosen.allSatisfy({ inventory.differsInSpeaker($0, cut) }) { chosen.append(cut) }
    }
    result += chosen.map { pair(phrase, $0, .positive, 0) }

    func negative(_ index: Int, _ kind: PairKind, _ distance: Int) -> Pair {
      let spoken = phrases[index]
      return pair(spoken, spoken.cuts[generator.nextIndex(spoken.cuts.count)], kind, distance)
    }
    let hard = nearest(to: anchor, among: phrases, inventory, count: options.negativesPerKind, &generator)
    result += hard.map { negative($0.index, .hard, $0.distance) }

    var taken = Set(hard.map(\.index) + [anchor])
    var easyCount = 0
    for _ in 0..<200 where easyCount < options.negativesPerKind && taken.count < phrases.count {
      let index = generator.nextIndex(phrases.count)
      let distance = PhonemeDistance.edits(phrase.phonemes, phrases[index].phonemes)
      let longer = max(phrase.phonemes.count, phrases[index].phonemes.count)
      guard !taken.contains(index), Double(distance) >= options.easyDistanceShare * Double(longer) else { continue }
      taken.insert(index)
      result.append(negative(index, .easy, distance))
      easyCount += 1
    }
    return result
  }

  /// The phrases with the smallest distance above 0 from an anchor, ties in drawn order.
  private static func nearest(
    to anchor: Int, among phrases: [InventoryPhrase], _ inventory: PhraseInventory, count: Int,
    _ generator: inout SplitMix64
  ) -> [(index: Int, distance: Int)] {
    // Select a short list by first pronunciations, then compute the exact distance over all pronunciations for its
    // members.
    let shortListCount = 4 * count + 8
    let phonemes = phrases[anchor].phonemes
    let offset = generator.nextIndex(phrases.count)
    var shortList: [(index: Int, distance: Int)] = []
    for step in 0..<phrases.count {
      let index = (step + offset) % phrases.count
      guard index != anchor else { continue }
      let limit = shortList.count < shortListCount ? Int.max : shortList.last!.distance
      let distance = PhonemeDistance.edits(phonemes, phrases[index].phonemes, limit: limit)
      guard distance < limit else { continue }
      let position = shortList.firstIndex { $0.distance > distance } ?? shortList.count
      shortList.insert((index, distance), at: position)
      if shortList.count > shortListCount { shortList.removeLast() }
    }
    let exact = shortList.map { ($0.index, inventory.distance(phrases[anchor], phrases[$0.index])) }
    let sorted = exact.filter { $0.1 > 0 }.enumerated().sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }
    return sorted.prefix(count).map { (index: $0.element.0, distance: $0.element.1) }
  }

  /// The list as tab-separated values: `utterance start end text label kind words anchor spoken distance`, and `score`
  /// if there are scores.
  ///
  /// - Parameters:
  ///   - ids: the id of each utterance of the inventory.
  ///   - scores: one per pair.
  public func table(ids: [String], scores: [Double]? = nil) -> String {
    var text = "utterance\tstart\tend\ttext\tlabel\tkind\twords\tanchor\tspoken\tdistance"
    text += scores == nil ? "\n" : "\tscore\n"
    for (index, pair) in pairs.enumerated() {
      text += "\(ids[pair.cut.utteranceIndex])\t"
      text += String(format: "%.3f\t%.3f\t", pair.cut.startSeconds, pair.cut.endSeconds)
      text += "\(pair.text)\t\(pair.isMatch ? 1 : 0)\t\(pair.kind.rawValue)\t\(pair.wordCount)\t"
      text += "\(pair.anchorIndex)\t\(pair.spokenText)\t\(pair.distance)"
      text += scores.map { String(format: "\t%.5f\n", $0[index]) } ?? "\n"
    }
    return text
  }
}
