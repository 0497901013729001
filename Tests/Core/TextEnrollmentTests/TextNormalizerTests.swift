import Testing
import TextEnrollment

@Suite struct TextNormalizerTests {
  private func normalized(_ phrase: String) throws -> String {
    TextNormalizer.text(of: try TextNormalizer.words(of: phrase))
  }

  @Test(
    "Letters, marks and spaces become lower-case words",
    arguments: [
      ("Hey Computer!", "hey computer"),
      ("  turn\ton   the lights.  ", "turn on the lights"),
      ("HEY COMPUTER", "hey computer"),
      ("it's o'clock", "it's o'clock"),
      ("it\u{2019}s \u{201C}quoted\u{201D} \u{2018}too\u{2019}", "it's quoted too"),
      ("'hello' there", "hello there"),
      ("the dogs' bowl", "the dogs bowl"),
      ("rock 'n' roll", "rock 'n roll"),
      ("give 'em", "give 'em"),
      ("keep goin' on", "keep goin' on"),
      ("twenty-one check\u{2014}in", "twenty one check in"),
      ("caf\u{E9} na\u{EF}ve \u{141}\u{F3}d\u{17A} \u{C6}sop stra\u{DF}e", "cafe naive lodz aesop strasse"),
      ("cafe\u{301} \u{1EA1}\u{1EF9}", "cafe ay"),
      ("lights\u{A0}on\u{2026}now\u{200B}", "lights on now"),
      ("salt & pepper", "salt and pepper"),
      ("50% off", "fifty percent off"),
      ("a cat and i", "a cat and i"),
    ])
  func letters(phrase: String, expected: String) throws {
    #expect(try normalized(phrase) == expected)
  }

  @Test(
    "Numbers become words",
    arguments: [
      ("0", "zero"), ("7", "seven"), ("10", "ten"), ("13", "thirteen"), ("20", "twenty"), ("42", "forty two"),
      ("100", "one hundred"), ("342", "three hundred forty two"), ("1,000", "one thousand"),
      ("2024", "two thousand twenty four"), ("1,000,001", "one million one"),
      ("12,000,000,000", "twelve billion"), ("007", "zero zero seven"), ("90210", "nine zero two one zero"),
      ("1st", "first"), ("2nd light", "second light"), ("3RD", "third"), ("4th", "fourth"), ("12th", "twelfth"),
      ("20th", "twentieth"), ("21st", "twenty first"), ("100th", "one hundredth"),
      ("the 80s", "the eighties"), ("6s", "sixes"), ("3.14", "three point one four"), ("2.0", "two point zero"),
      (".5", "point five"), ("1.2.3", "one point two point three"), ("-5", "minus five"), ("10-5", "ten five"),
      ("10:30", "ten thirty"), ("7:05", "seven oh five"), ("6:00", "six o'clock"),
      ("$5", "five dollars"), ("$1", "one dollar"), ("$3.50", "three dollars and fifty cents"),
      ("\u{20AC}2", "two euros"), ("21\u{B0}", "twenty one degrees"), ("#1", "number one"),
      ("24/7", "twenty four seven"),
    ])
  func numbers(phrase: String, expected: String) throws {
    #expect(try normalized(phrase) == expected)
  }

  @Test(
    "Abbreviations are expanded, and initialisms are spelled",
    arguments: [
      ("Mr. Smith", "mister smith"), ("mrs jones", "missus jones"), ("Dr No", "doctor no"), ("Ms. Lee", "miz lee"),
      ("St. Louis", "saint louis"), ("Main St.", "main street"), ("no. 5", "number five"), ("no", "no"),
      ("cats vs. dogs", "cats versus dogs"), ("5 km", "five kilometers"), ("20 mph", "twenty miles per hour"),
      ("7 am", "seven a. m."), ("7pm", "seven p. m."), ("i am", "i am"), ("9 ft", "nine feet"),
      ("k9", "k. nine"), ("r2d2", "r. two d. two"), ("mp3", "mp three"), ("4k tv", "four k. tv"),
      ("U.S.A.", "u. s. a."), ("u.s. army", "u. s. army"), ("e.g", "e. g."), ("J. Smith", "j. smith"),
      ("x-ray", "x. ray"), ("A-team", "a. team"), ("e-mail", "e. mail"), ("vitamin c", "vitamin c."),
      ("AT&T", "a. t. and t."), ("R&D", "r. and d."),
    ])
  func abbreviations(phrase: String, expected: String) throws {
    #expect(try normalized(phrase) == expected)
  }

  @Test("Capitals indicate an initialism only if the phrase has small letters")
  func capitals() throws {
    #expect(try TextNormalizer.words(of: "Call NASA now").map(\.isInCapitals) == [false, true, false])
    #expect(try TextNormalizer.words(of: "CALL NASA").map(\.isInCapitals) == [false, false])
  }

  @Test("Capitals inside a word split it")
  func innerCapitals() throws {
    #expect(try TextNormalizer.words(of: "YouTube").first?.parts == ["you", "tube"])
    #expect(try TextNormalizer.words(of: "OpenWakeWord").first?.parts == ["open", "wake", "word"])
    #expect(try TextNormalizer.words(of: "Youtube YOUTUBE").allSatisfy { $0.parts.isEmpty })
  }

  @Test("Text without words is rejected", arguments: ["", "   ", "?!", "\u{301}", "- . -", "'", "..."])
  func nothingToSay(phrase: String) {
    #expect(throws: TextNormalizationError.nothingToSay) { try TextNormalizer.words(of: phrase) }
  }

  @Test("A letter of another script is reported with its position")
  func otherScript() {
    #expect(throws: TextNormalizationError.otherScript(scalar: "\u{43F}", position: 4)) {
      try TextNormalizer.words(of: "hey \u{43F}\u{440}")
    }
    #expect(throws: TextNormalizationError.otherScript(scalar: "\u{4F60}", position: 0)) {
      try TextNormalizer.words(of: "\u{4F60}\u{597D}")
    }
    #expect(throws: TextNormalizationError.otherScript(scalar: "\u{3B1}", position: 0)) {
      try TextNormalizer.words(of: "\u{3B1}")
    }
  }

  @Test("A symbol without a reading is reported with its position")
  func unsupportedCharacter() {
    #expect(throws: TextNormalizationError.unsupportedCharacter(scalar: "\u{1F600}", position: 3)) {
      try TextNormalizer.words(of: "hi \u{1F600}")
    }
    #expect(throws: TextNormalizationError.unsupportedCharacter(scalar: "\u{7}", position: 0)) {
      try TextNormalizer.words(of: "\u{7}")
    }
  }

  @Test("Twelve words are accepted and thirteen rejected, counting written-out numbers")
  func wordCount() throws {
    let twelve = Array(repeating: "go", count: 12).joined(separator: " ")
    #expect(try TextNormalizer.words(of: twelve).count == 12)
    #expect(throws: TextNormalizationError.tooManyWords(count: 13, maximum: 12)) {
      try TextNormalizer.words(of: twelve + " on")
    }
    #expect(throws: TextNormalizationError.tooManyWords(count: 20, maximum: 12)) {
      try TextNormalizer.words(of: "12345678901234567890")
    }
    #expect(try TextNormalizer.words(of: twelve + " on", maximumWordCount: .max).count == 13)
  }

  @Test("Any text is rejected or becomes only letters, apostrophes and letter names")
  func anyText() {
    var generator = TestGenerator(seed: 2026)
    let alphabet = Array("aZ'.-,:$#&19 0\u{B0}\u{E9}st%n+@=!\"\u{2019}")
    for draw in 0..<20_000 {
      let phrase = String((0..<generator.next(below: 16)).map { _ in alphabet[generator.next(below: alphabet.count)] })
      guard let words = try? TextNormalizer.words(of: phrase, maximumWordCount: .max) else { continue }
      for word in words {
        let sound = word.spelling.allSatisfy { $0 >= "a" && $0 <= "z" || $0 == "'" }
        #expect(
          (sound || word.isLetterName) && word.spelling.contains { $0 != "'" },
          "seed 2026, draw \(draw): \(phrase) gave \(word.spelling)")
      }
    }
  }
}
