import KeywordSpotting
import Testing
import TextEnrollment

/// Looks each word up once, as the trainer does over a corpus.
private struct RememberedWords {
  let pronouncer: Pronouncer
  private var known: [NormalizedWord: [[WordPronunciation]]] = [:]
  /// The words that were looked up, in order.
  private(set) var lookedUp: [NormalizedWord] = []

  init(_ language: LanguageFile) { pronouncer = Pronouncer(language) }

  mutating func words(of text: String) throws(EnrollmentError) -> [WordPronunciation] {
    let pronouncer = pronouncer
    return try pronouncer.words(of: text, maximumWordCount: .max) { word throws(EnrollmentError) in
      if let ways = known[word] { return ways }
      let ways = try pronouncer.ways(toSay: word)
      known[word] = ways
      lookedUp.append(word)
      return ways
    }
  }
}

@Suite struct PronouncerTests {
  @Test("Remembered words are said as if every text were looked up by itself, and each is looked up once")
  func remembered() throws {
    var remembered = RememberedWords(EnglishLanguage.file)
    // Words that recur, a possessive, words joined at a hyphen, and a guessed word.
    let texts = [
      "turn on the lights", "turn the lights off", "the doctor's lights", "the Wi-Fi lights", "the zorblax lights",
    ]
    for text in texts + texts.reversed() {
      let expected = try remembered.pronouncer.words(of: text, maximumWordCount: .max)
      let found = try remembered.words(of: text)
      #expect(found == expected, "\(text)")
    }
    let spellings = remembered.lookedUp.map(\.spelling)
    #expect(spellings.count == Set(spellings).count && spellings.contains("zorblax"), "\(spellings)")
  }

  @Test("A word in capitals is remembered apart from the same letters in small ones")
  func capitals() throws {
    var remembered = RememberedWords(EnglishLanguage.file)
    let small = try remembered.words(of: "give it to us")
    let capital = try remembered.words(of: "made in the US")
    let again = try remembered.words(of: "give it to us")
    #expect(small.last != capital.last)
    #expect(again == small)
  }

  @Test("A word without pronunciation ends the text, and the words before it stay remembered")
  func unknownWord() throws {
    var remembered = RememberedWords(TestLanguage.file)
    #expect(throws: EnrollmentError.unknownWord("the")) { try remembered.words(of: "hey the computer") }
    #expect(remembered.lookedUp.map(\.spelling) == ["hey"])
    let said = try remembered.words(of: "hey computer")
    #expect(said.map(\.word) == ["hey", "computer"])
    #expect(remembered.lookedUp.map(\.spelling) == ["hey", "computer"])
  }

  @Test("The caller is asked for each word in order, its first way is taken, and that way's words are counted")
  func callersWays() throws {
    let pronouncer = Pronouncer(TestLanguage.file)
    func said(_ word: String) -> WordPronunciation {
      WordPronunciation(word: word, source: .typed, pronunciations: [[1]])
    }
    let text = "Turn on, hey you!"
    let expected = try TextNormalizer.words(of: text)
    var asked: [NormalizedWord] = []
    let words = try pronouncer.words(of: text, maximumWordCount: 8) { word throws(EnrollmentError) in
      asked.append(word)
      return [[said(word.spelling), said("twice")], [said("another")]]
    }
    #expect(asked == expected)
    #expect(words.map(\.word) == ["turn", "twice", "on", "twice", "hey", "twice", "you", "twice"])
    #expect(throws: EnrollmentError.text(.tooManyWords(count: 8, maximum: 7))) {
      try pronouncer.words(of: text, maximumWordCount: 7) { word throws(EnrollmentError) in
        [[said(word.spelling), said("twice")]]
      }
    }
  }
}
