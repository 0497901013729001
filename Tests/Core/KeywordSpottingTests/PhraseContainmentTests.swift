import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing

@Suite struct PhraseContainmentTests {
  /// The phonemes as text, so containment of phrases is containment of texts.
  private static func text(_ phonemes: [UInt8]) -> String {
    String(decoding: phonemes.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
  }

  private static func isWithin(_ part: [[UInt8]], _ whole: [[UInt8]]) -> Bool {
    whole.contains { longer in
      part.contains { $0.count < longer.count && text(longer).contains(text($0)) }
    }
  }

  @Test("A phrase is part of another at the beginning, at the end and in between, but not of itself")
  func places() {
    let containment = PhraseContainment([
      [[1, 2, 3, 4]], [[1, 2]], [[3, 4]], [[2, 3]], [[1, 3]], [[1, 2, 3, 4]], [[4, 1]],
    ])
    let parts = (0..<7).filter { containment.isPart($0, of: 0) }
    #expect(parts == [1, 2, 3])
    let wholes = (0..<7).filter { containment.isPart(1, of: $0) }
    #expect(wholes == [0, 5])
  }

  @Test("Any variant counts, unless each phrase has a variant within the other")
  func variants() {
    let containment = PhraseContainment([[[9], [1, 2]], [[7, 8], [1, 2, 3]], [[5], [6, 6]], [[5, 5], [6]]])
    let first = containment.isPart(0, of: 1)
    let second = containment.isPart(1, of: 0)
    let mutual = containment.isPart(2, of: 3) || containment.isPart(3, of: 2)
    #expect(first && !second && !mutual)
  }

  @Test("Containment matches a plain substring search", arguments: 0..<20 as Range<UInt64>)
  func random(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let phrases = (0..<12).map { _ in
      (0..<generator.integer(in: 1...3)).map { _ in
        (0..<generator.integer(in: 1...6)).map { _ in UInt8(generator.integer(in: 0...2)) }
      }
    }
    let containment = PhraseContainment(phrases)
    for part in phrases.indices {
      for whole in phrases.indices where whole != part {
        let expected = Self.isWithin(phrases[part], phrases[whole]) && !Self.isWithin(phrases[whole], phrases[part])
        let found = containment.isPart(part, of: whole)
        #expect(found == expected, "seed \(seed): \(phrases[part]) in \(phrases[whole])")
      }
    }
  }
}
