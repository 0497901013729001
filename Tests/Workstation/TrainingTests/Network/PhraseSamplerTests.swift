import KeywordSpotting
import SeededRandom
import Testing
import Training

@Suite struct PhraseSamplerTests {
  private static let words: [[UInt8]] = [[3, 17], [9, 0, 30], [22, 5, 11, 38]]
  private static let next: [UInt8] = [8, 14, 2]

  private static func phrase(_ words: [[UInt8]] = words, following: [UInt8] = next) -> SampledPhrase {
    SampledPhrase(
      frames: 0..<20, phonemes: words.flatMap { $0 }, wordInitial: words.flatMap { $0.indices.map { $0 == 0 } },
      following: following)
  }

  private static func draws(
    _ phrase: SampledPhrase, _ kinds: HardNegatives, extra: [UInt8] = [1, 6], count: Int = 4_000
  ) -> [HardNegative] {
    var generator = SplitMix64(seed: 1301)
    return (0..<count).map { _ in
      PhraseSampler.hardNegative(of: phrase, kinds: kinds, extra: extra, using: &generator)
    }
  }

  /// How a negative was constructed, derived from its phonemes alone.
  private enum Kind { case extended, overlapping, shortened, substituted }

  private static func kind(_ negative: HardNegative, of phrase: SampledPhrase, next: [UInt8]) -> Kind {
    let second = phrase.wordInitial.dropFirst().firstIndex(of: true) ?? phrase.phonemes.count
    if negative.phonemes == phrase.phonemes + next { return .extended }
    if negative.phonemes == phrase.phonemes[second...] + next { return .overlapping }
    let isPrefix = phrase.phonemes.starts(with: negative.phonemes)
    return isPrefix && negative.phonemes.count < phrase.phonemes.count - 1 ? .shortened : .substituted
  }

  @Test(
    "Every negative differs from its phrase, has one flag per phoneme, and begins with a word",
    arguments: [
      HardNegatives.substitutions, .all,
    ])
  func shape(kinds: HardNegatives) {
    for phrase in [Self.phrase(), Self.phrase([[4, 4, 4, 4]], following: []), Self.phrase([[1, 2], [3, 4]])] {
      for (draw, negative) in Self.draws(phrase, kinds).enumerated() {
        #expect(negative.phonemes != phrase.phonemes, "draw \(draw)")
        #expect(negative.phonemes.count == negative.wordInitial.count, "draw \(draw)")
        #expect(negative.phonemes.count == negative.replaced.count, "draw \(draw)")
        #expect(negative.wordInitial[0], "draw \(draw)")
        #expect(negative.phonemes.allSatisfy { $0 < UInt8(Phoneme.count) }, "draw \(draw)")
      }
    }
  }

  @Test("A substitution changes and marks one to three phonemes, and drops or inserts at most one")
  func substitution() {
    let phrase = Self.phrase()
    var lengths = [8: 0, 9: 0, 10: 0]
    var changed = Set<Int>()
    for (draw, negative) in Self.draws(phrase, .substitutions).enumerated() {
      let count = negative.phonemes.count
      lengths[count, default: 0] += 1
      let marked = negative.replaced.indices.filter { negative.replaced[$0] }
      #expect(negative.wordInitial.count { $0 } == 3, "draw \(draw): a word's start moved or went")
      if count == 9 {
        #expect(negative.wordInitial == phrase.wordInitial)
        #expect(marked == phrase.phonemes.indices.filter { negative.phonemes[$0] != phrase.phonemes[$0] })
        #expect(1...3 ~= marked.count)
        changed.formUnion(marked)
      } else if count == 10 {
        // Without one of the marked phonemes, the rest is a substitution.
        #expect(
          marked.contains { added in
            var rest = negative.phonemes
            rest.remove(at: added)
            return rest.indices.allSatisfy {
              rest[$0] == phrase.phonemes[$0] || negative.replaced[$0 < added ? $0 : $0 + 1]
            }
          }, "draw \(draw): \(negative)")
      } else {
        #expect(
          phrase.phonemes.indices.contains { dropped in
            var rest = phrase.phonemes
            rest.remove(at: dropped)
            return rest.indices.allSatisfy { (rest[$0] != negative.phonemes[$0]) == negative.replaced[$0] }
          }, "draw \(draw): \(negative)")
      }
    }
    #expect(Set(lengths.keys) == [8, 9, 10])
    #expect(lengths[9]! > 2_800 && lengths[8]! > 200 && lengths[10]! > 400, "\(lengths)")
    #expect(changed == Set(0..<9))
  }

  @Test("Most replacements are phonemes confusable with the original") func confusable() {
    func phoneme(_ name: String) -> UInt8 { Phoneme(arpabet: name)!.rawValue }
    let near = Set(["Z", "SH", "F", "TH"].map(phoneme))
    let negatives = Self.draws(Self.phrase([[UInt8](repeating: phoneme("S"), count: 6)]), .substitutions)
      .filter { $0.phonemes.count == 6 }
    let others = negatives.flatMap { $0.phonemes.filter { $0 != phoneme("S") } }
    let share = Double(others.count { near.contains($0) }) / Double(others.count)
    // 0.6, plus 4 of 38 of the rest.
    #expect(abs(share - (0.6 + 0.4 * 4 / 38)) < 0.02, "\(share) of \(others.count)")
  }

  @Test("With all kinds, some negatives are longer, some shorter, some overlap, and flags mark unspoken phonemes")
  func allKinds() {
    let phrase = Self.phrase()
    var counts: [Kind: Int] = [:]
    for (draw, negative) in Self.draws(phrase, .all).enumerated() {
      let kind = Self.kind(negative, of: phrase, next: Self.next)
      counts[kind, default: 0] += 1
      switch kind {
      case .extended:
        #expect(negative.wordInitial == phrase.wordInitial + [true, false, false])
        #expect(negative.replaced == [Bool](repeating: false, count: 9) + [true, true, true])
      case .overlapping:
        #expect(negative.wordInitial == phrase.wordInitial[2...] + [true, false, false])
        #expect(negative.replaced == [Bool](repeating: false, count: 7) + [true, true, true])
      case .shortened:
        #expect(3...7 ~= negative.phonemes.count, "draw \(draw)")
        #expect(negative.wordInitial == Array(phrase.wordInitial.prefix(negative.phonemes.count)))
        #expect(!negative.replaced.contains(true), "draw \(draw)")
      case .substituted: break
      }
    }
    for (kind, share) in [(Kind.extended, 0.15), (.shortened, 0.1), (.overlapping, 0.15), (.substituted, 0.6)] {
      #expect(abs(Double(counts[kind, default: 0]) / 4_000 - share) < 0.02, "\(kind): \(counts)")
    }
  }

  @Test("A phrase is extended by the following word, or by the extra word if there is none") func extra() {
    let followed = Self.draws(Self.phrase(), .all, extra: [1, 6])
    #expect(followed.allSatisfy { Self.kind($0, of: Self.phrase(), next: [1, 6]) != .extended })
    let last = Self.phrase(following: [])
    let negatives = Self.draws(last, .all, extra: [1, 6])
    #expect(negatives.count { Self.kind($0, of: last, next: [1, 6]) == .extended } > 400)
    let alone = Self.draws(last, .all, extra: [])
    #expect(alone.allSatisfy { $0.phonemes != last.phonemes && $0.phonemes.count <= 10 })
  }

  @Test("A short phrase is not shortened, and a single word does not overlap") func limits() {
    let short = Self.phrase([[3, 17], [9, 0, 30]])
    #expect(Self.draws(short, .all).allSatisfy { Self.kind($0, of: short, next: Self.next) != .shortened })
    let word = Self.phrase([[3, 17, 9, 0, 30, 22]])
    let negatives = Self.draws(word, .all)
    #expect(negatives.allSatisfy { $0.phonemes != Self.next })
    #expect(negatives.contains { Self.kind($0, of: word, next: Self.next) == .shortened })
  }

  @Test("The same seed draws the same negatives") func seeded() {
    let (a, b) = (Self.draws(Self.phrase(), .all, count: 50), Self.draws(Self.phrase(), .all, count: 50))
    #expect(a.map(\.phonemes) == b.map(\.phonemes))
  }
}
