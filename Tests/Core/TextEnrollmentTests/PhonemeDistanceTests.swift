import Testing
import TextEnrollment

@Suite struct PhonemeDistanceTests {
  /// The Levenshtein distance by its definition.
  private func reference(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Int {
    guard let first = a.first else { return b.count }
    guard let other = b.first else { return a.count }
    let substituted = reference(a.dropFirst(), b.dropFirst()) + (first == other ? 0 : 1)
    return min(substituted, reference(a.dropFirst(), b) + 1, reference(a, b.dropFirst()) + 1)
  }

  @Test("Edit distances match the definition, and at most one edit and parts are detected")
  func drawn() {
    for seed in 0..<400 as Range<UInt64> {
      var generator = TestGenerator(seed: seed)
      let a = (0..<generator.next(below: 6)).map { _ in UInt8(generator.next(below: 3)) }
      let b = (0..<generator.next(below: 6)).map { _ in UInt8(generator.next(below: 3)) }
      let edits = reference(a[...], b[...])
      #expect(PhonemeDistance.edits(a, b) == edits, "\(a) \(b)")
      for limit in 0...6 {
        #expect(PhonemeDistance.edits(a, b, limit: limit) == min(edits, limit), "\(a) \(b), limit \(limit)")
      }
      #expect(PhonemeDistance.isWithinOneEdit(a, b) == (edits <= 1), "\(a) \(b)")
      let isPart = (0...a.count).contains { start in a[start...].starts(with: b) }
      #expect(PhonemeDistance.contains(a, b) == isPart, "\(a) \(b)")
    }
  }

  @Test("Similar words of the lexicon are found, identical ones first, without the phrase itself")
  func soundAlikes() throws {
    let lexicon = TestLanguage.file.lexicon
    func alikes(_ spoken: String, _ except: String) throws -> [SoundAlike] {
      lexicon.soundAlikes(of: try TypedPronunciation.words(of: spoken), except: [except])
    }
    #expect(try alikes("AE N T", "ant") == [SoundAlike(word: "aunt", edits: 0)])
    #expect(try alikes("T UW N", "toon") == [SoundAlike(word: "tube", edits: 1), SoundAlike(word: "turn", edits: 1)])
    #expect(try alikes("K AH M P Y UW T ER", "computer") == [])
  }
}
