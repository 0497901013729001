import KeywordSpotting
import ModelFormat
import Testing
import TextEnrollment

@Suite struct LexiconTests {
  /// Seeded random words of 1…31 letters with 1…4 pronunciations of 1…30 phonemes, without duplicates.
  private func drawnEntries(count: Int, seed: UInt64) -> [(word: String, pronunciations: [[UInt8]])] {
    var generator = TestGenerator(seed: seed)
    let letters = Array("etaoin'sz")
    var seen: Set<String> = []
    var entries: [(String, [[UInt8]])] = []
    while entries.count < count {
      let word = String(
        (0..<1 + generator.next(below: generator.next(below: 4) == 0 ? 31 : 8)).map { _ in
          letters[generator.next(below: letters.count)]
        })
      guard seen.insert(word).inserted else { continue }
      var pronunciations: [[UInt8]] = []
      for _ in 0..<1 + generator.next(below: 4) {
        let drawn = (0..<1 + generator.next(below: 30)).map { _ in UInt8(generator.next(below: Phoneme.count)) }
        if !pronunciations.contains(drawn) { pronunciations.append(drawn) }
      }
      entries.append((word, pronunciations))
    }
    return entries
  }

  @Test(
    "Every word is found with its pronunciations, and its neighbors are not",
    arguments: [1, 2, 127, 128, 129, 4_000])
  func roundTrip(count: Int) throws {
    let entries = drawnEntries(count: count, seed: 7)
    var writer = LexiconWriter()
    for entry in entries { try writer.add(entry.word, entry.pronunciations) }
    let bytes = writer.bytes()
    try bytes.withUnsafeBytes { bytes in
      let lexicon = try Lexicon(bytes)
      #expect(lexicon.wordCount == count)
      var known: [String: [[UInt8]]] = [:]
      for entry in entries { known[entry.word] = entry.pronunciations }
      for entry in entries {
        #expect(lexicon.pronunciations(of: entry.word) == entry.pronunciations, "\(entry.word)")
        for miss in [entry.word + "e", String(entry.word.dropLast()), "a" + entry.word, entry.word + "z"] {
          #expect(lexicon.pronunciations(of: miss) == (known[miss] ?? []), "\(miss)")
        }
      }
      var listed: [String] = []
      lexicon.forEachWord { word, pronunciations in
        listed.append(word)
        #expect(known[word] == pronunciations, "\(word)")
      }
      #expect(listed == entries.map(\.word).sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
    }
  }

  @Test(
    "Strings that cannot be words are not found",
    arguments: ["", "CAFE", "caf\u{E9}", "two words", "3", String(repeating: "a", count: 32)])
  func unfindable(word: String) throws {
    var writer = LexiconWriter()
    try writer.add("cafe", [[18, 1, 12, 10]])
    try writer.bytes().withUnsafeBytes { bytes in
      let lexicon = try Lexicon(bytes)
      #expect(lexicon.pronunciations(of: word) == [])
    }
  }

  @Test("Words and pronunciations that cannot be stored are rejected by name")
  func unsupportedEntries() {
    var writer = LexiconWriter()
    for word in ["", "A", "a-b", String(repeating: "a", count: 32)] {
      #expect(throws: LexiconWriter.EntryError.unsupportedWord(word)) { try writer.add(word, [[0]]) }
    }
    let tooLong = [UInt8](repeating: 0, count: 64)
    let tooMany = (0..<16).map { [UInt8($0)] }
    for pronunciations in [[], [[]], [[39]], [[0], []], [tooLong], tooMany] as [[[UInt8]]] {
      #expect(throws: LexiconWriter.EntryError.unsupportedPronunciation(word: "a")) {
        try writer.add("a", pronunciations)
      }
    }
  }

  @Test("Damaged bytes are rejected, or searched without leaving the section")
  func damagedBytes() throws {
    let entries = drawnEntries(count: 200, seed: 11)
    var writer = LexiconWriter()
    for entry in entries { try writer.add(entry.word, entry.pronunciations) }
    let sound = writer.bytes()
    var generator = TestGenerator(seed: 3)
    for _ in 0..<400 {
      var bytes = Array(sound.prefix(generator.next(below: sound.count + 1)))
      for _ in 0..<generator.next(below: 8) where !bytes.isEmpty {
        bytes[generator.next(below: bytes.count)] = UInt8(generator.next(below: 256))
      }
      bytes.withUnsafeBytes { bytes in
        guard let lexicon = try? Lexicon(bytes) else { return }
        for entry in entries.prefix(20) { _ = lexicon.pronunciations(of: entry.word) }
        lexicon.forEachWord { _, _ in }
      }
    }
    #expect(throws: Lexicon.FormatError.truncated(needed: 28, available: 27)) {
      try sound.prefix(27).withUnsafeBytes { _ = try Lexicon($0) }
    }
    let tableEnd = 28 + 2 * (Int(sound[12]) + Int(sound[13]) << 8) + 19 * 2
    #expect(throws: Lexicon.FormatError.truncated(needed: tableEnd, available: tableEnd - 1)) {
      try sound.prefix(tableEnd - 1).withUnsafeBytes { _ = try Lexicon($0) }
    }
    var hugeCount = sound
    hugeCount[2] = 0xFF
    #expect(
      throws: Lexicon.FormatError.inconsistentCounts(wordCount: 0xFF_0000 + 200, blockCount: 2, wordsPerBlock: 128)
    ) {
      try hugeCount.withUnsafeBytes { _ = try Lexicon($0) }
    }
    // A root outside the trees, a frequency of 0, frequencies that add up to more than 512, and too many words of trees.
    for (offset, value) in [(17, 0xFF), (30, 0), (31, 0xFF), (14, 0xFF)] {
      var changed = sound
      if offset == 30 { changed[31] &= 0xFE }
      changed[offset] = UInt8(value)
      #expect(throws: Lexicon.FormatError.damagedTrees, "byte \(offset)") {
        try changed.withUnsafeBytes { _ = try Lexicon($0) }
      }
    }
  }

  @Test("Words that sound alike are those within an edit of all words, nearest first")
  func soundAlikes() throws {
    try EnglishLanguage.bytes.withUnsafeBytes { bytes in
      let lexicon = try LanguageFile(bytes).lexicon
      var words: [(word: String, pronunciations: [[UInt8]])] = []
      lexicon.forEachWord { word, pronunciations in
        if !word.hasSuffix(".") { words.append((word, pronunciations)) }
      }
      var generator = TestGenerator(seed: 21)
      for draw in 0..<60 {
        let (word, pronunciations) = words[generator.next(below: words.count)]
        // A word, its beginning, and its end, so that short and unusual beginnings occur.
        let sought = pronunciations.map { way in
          draw % 3 == 0 ? way : Array(draw % 3 == 1 ? way.prefix(2) : way.suffix(4))
        }
        func edits(_ ways: [[UInt8]]) -> Int {
          ways.flatMap { way in sought.map { PhonemeDistance.edits(way, $0, limit: 2) } }.min() ?? 2
        }
        let expected = (0...1).flatMap { count in
          words.filter { $0.word != word && edits($0.pronunciations) == count }.map {
            SoundAlike(word: $0.word, edits: count)
          }
        }
        #expect(lexicon.soundAlikes(of: sought, except: [word]) == expected, "\(word), draw \(draw)")
      }
    }
  }

  @Test("A lexicon in the format of an earlier version is reported as such")
  func earlierFormat() throws {
    var container = ContainerWriter(kind: .language)
    container.append("LEXI", [UInt8](repeating: 0, count: 16))
    let bytes = container.finish()
    #expect(throws: LanguageFileError.earlierFormat) { try bytes.withUnsafeBytes { _ = try LanguageFile($0) } }
  }

  @Test("The English lexicon contains words with all their pronunciations")
  func english() throws {
    try EnglishLanguage.bytes.withUnsafeBytes { bytes in
      let lexicon = try LanguageFile(bytes).lexicon
      #expect(lexicon.wordCount > 120_000)
      func pronunciations(_ word: String) -> [String] {
        lexicon.pronunciations(of: word).map { $0.map { Phoneme(rawValue: $0)!.arpabet }.joined(separator: " ") }
      }
      #expect(pronunciations("computer") == ["K AH M P Y UW T ER"])
      #expect(pronunciations("hey") == ["HH EY"])
      #expect(pronunciations("a") == ["AH", "EY"])
      #expect(pronunciations("a.") == ["EY"])
      #expect(pronunciations("tomato") == ["T AH M EY T OW", "T AH M AA T OW"])
      #expect(pronunciations("'bout") == ["B AW T"])
      #expect(pronunciations("zywicki") == ["Z IH W IH K IY"])
      #expect(pronunciations("carelessnessly") == [])
      for letter in "abcdefghijklmnopqrstuvwxyz" { #expect(lexicon.contains("\(letter)."), "\(letter)") }
    }
  }
}
