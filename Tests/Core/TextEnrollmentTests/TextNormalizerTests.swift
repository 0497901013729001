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
    "Numbers become the words that are most plausible",
    arguments: [
      ("0", "zero"), ("7", "seven"), ("10", "ten"), ("13", "thirteen"), ("20", "twenty"), ("42", "forty two"),
      ("100", "one hundred"), ("342", "three forty two"), ("342 lights", "three hundred forty two lights"),
      ("1,000", "one thousand"), ("2024", "twenty twenty four"), ("1,000,001", "one million one"),
      ("12,000,000,000", "twelve billion"), ("007", "double oh seven"), ("90210", "nine zero two one zero"),
      ("1st", "first"), ("2nd light", "second light"), ("3RD", "third"), ("4th", "fourth"), ("12th", "twelfth"),
      ("20th", "twentieth"), ("21st", "twenty first"), ("100th", "one hundredth"),
      ("the 80s", "the eighties"), ("6s", "six seconds"), ("747s", "seven hundred forty sevens"),
      ("3.14", "three point one four"), ("2.0", "two point oh"),
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

  @Test("A word in capitals by itself may be an initialism, with or without a number")
  func capitalsAlone() throws {
    #expect(try TextNormalizer.words(of: "GPS").map(\.isInCapitals) == [true])
    #expect(try TextNormalizer.words(of: "GPS 2").map(\.isInCapitals) == [true, false])
  }

  @Test(
    "Capitals inside a word split it",
    arguments: [
      ("YouTube", ["you", "tube"]), ("OpenWakeWord", ["open", "wake", "word"]), ("ChatGPT", ["chat", "GPT"]),
      ("HTMLPage", ["HTML", "page"]), ("iPhone", ["i", "phone"]), ("USBPort", ["USB", "port"]),
      ("macOS", ["mac", "OS"]),
      ("Youtube", []), ("YOUTUBE", []), ("O'Brien", []),
    ])
  func innerCapitals(word: String, parts: [String]) throws {
    #expect(try TextNormalizer.words(of: "hey " + word).last?.parts == parts)
  }

  @Test("Several capitals before a small s are a plural")
  func capitalPlural() throws {
    let word = try #require(try TextNormalizer.words(of: "two LEDs").last)
    #expect(word.spelling == "led's" && word.isInCapitals && word.parts.isEmpty)
  }

  /// The readings of a text that is one part.
  private func readings(_ phrase: String) throws -> [String] {
    let parts = try TextNormalizer.parts(of: phrase)
    #expect(parts.count == 1, "\(phrase) has \(parts.count) parts")
    return parts[0].map(TextNormalizer.text(of:))
  }

  @Test(
    "A number by itself is said digit by digit, in pairs and as a number",
    arguments: [
      ("5", ["five"]), ("42", ["forty two", "four two"]),
      ("911", ["nine one one", "nine eleven", "nine hundred eleven", "nine hundred and eleven"]),
      ("101", ["one oh one", "one zero one", "one hundred one", "one hundred and one"]),
      (
        "1984",
        [
          "nineteen eighty four", "one nine eight four", "one thousand nine hundred eighty four",
          "one thousand nine hundred and eighty four",
        ]
      ),
      (
        "2005",
        ["two thousand five", "two thousand and five", "twenty oh five", "two oh oh five", "two zero zero five"]
      ),
      ("500", ["five hundred", "five zero zero", "five oh oh"]),
      ("007", ["double oh seven", "double zero seven", "oh oh seven", "zero zero seven"]),
      ("05", ["oh five", "zero five", "five"]),
    ])
  func wholeNumbers(phrase: String, expected: [String]) throws {
    #expect(try readings(phrase) == expected)
  }

  @Test("Every reading of a whole number has its value, by any of the ways to say it")
  func valuesOfReadings() throws {
    var generator = TestGenerator(seed: 1_984)
    for draw in 0..<3_000 {
      let limits = [100, 1_000, 10_000, 100_000, 1_000_000]
      let number = generator.next(below: limits[draw % limits.count])
      for reading in try readings(String(number)) {
        #expect(
          SpokenNumber.values(reading).contains(number), "seed 1984, draw \(draw): \(number) as \(reading)")
      }
    }
  }

  @Test(
    "Years, times, versions, fractions, sums and telephone numbers are said as people say them",
    arguments: [
      ("1990s", "nineteen nineties"), ("80s", "eighties"), ("1905", "nineteen oh five"), ("7:30", "half past seven"),
      ("7:45", "quarter to eight"), ("12:05", "five past twelve"), ("19:00", "nineteen hundred"),
      ("19:30", "seven thirty"),
      ("12:00", "noon"), ("00:00", "midnight"), ("7:30 pm", "seven thirty p. m."), ("07:30", "oh seven thirty"),
      ("16:9", "sixteen nine"), ("1:02:03", "one oh two oh three"), ("2.0", "two point oh"), ("2.0", "two point zero"),
      ("2.0", "two oh"), ("3.1.4", "three point one point four"), ("3.1.4", "three dot one dot four"),
      ("3.14", "three point one four"), ("3.14", "three point fourteen"), ("0.5", "point five"), ("1/2", "a half"),
      ("1/2", "half"), ("3/4", "three quarters"), ("3/4", "three fourths"), ("5/8", "five eighths"),
      ("1 1/2", "one and a half"), ("24/7", "twenty four seven"), ("9/11", "nine eleven"), ("9/10", "nine out of ten"),
      ("22nd", "twenty second"), ("101st", "one hundred and first"), ("50%", "fifty percent"), ("$1", "a dollar"),
      ("$3.50", "three fifty"), ("$0.99", "ninety nine cents"), ("$1.5 million", "one point five million dollars"),
      ("\u{20AC}20", "twenty euro"), ("5\u{20AC}", "five euros"), ("\u{A3}2k", "two thousand pounds"),
      ("50\u{A2}", "fifty cents"),
      ("1,500", "fifteen hundred"), ("10 000", "ten thousand"), ("555-0199", "five five five oh one nine nine"),
      ("(555) 555-0199", "five five five five five five oh one nine nine"),
      ("1-800-555-0199", "one eight hundred five five five oh one ninety nine"), ("9-5", "nine to five"),
      ("20\u{B0}C", "twenty degrees celsius"), ("72 \u{B0}F", "seventy two degrees"), ("1\u{B0}", "one degree"),
      ("5km", "five kilometers"), ("5 km", "five kilometer"), ("1km", "one kilometer"),
      ("60 km/h", "sixty kilometers per hour"),
      ("100 m\u{B2}", "one hundred square meters"), ("10 000 m", "ten thousand meters"), ("4K", "four k."),
      ("4K", "four thousand"), ("10x", "ten times"), ("60 fps", "sixty frames per second"), ("6'2\"", "six foot two"),
      ("30s", "thirty seconds"), ("7 a.m.", "seven a. m."),
    ])
  func signs(phrase: String, expected: String) throws {
    #expect(try readings(phrase).contains(expected))
  }

  @Test(
    "A Roman numeral after a name is a number and an ordinal",
    arguments: [
      ("World War II", ["two", "the second"]), ("Henry VIII", ["the eighth", "eight"]),
      ("world war ii", ["two", "the second"]),
      ("Rocky IV", ["four", "the fourth", "i. v."]), ("Malcolm X", ["x.", "ten", "the tenth"]),
      ("World War I", ["one", "the first", "i"]), ("Should I", ["i"]), ("Size XL", ["x. l.", "forty", "the fortieth"]),
      ("Super Bowl LIV", ["fifty four", "the fifty fourth"]), ("the MIX", ["mix"]), ("play CD", ["cd"]),
      ("plan C", ["c."]),
    ])
  func romanNumerals(phrase: String, expected: [String]) throws {
    let last = try #require(try TextNormalizer.parts(of: phrase).last)
    #expect(last.map(TextNormalizer.text(of:)) == expected)
  }

  @Test(
    "Months turn numbers into ordinals",
    arguments: [
      ("July 4", "july fourth"), ("Jan. 22", "january twenty second"), ("may 1", "may first"), ("4 July", "four july"),
    ])
  func dates(phrase: String, expected: String) throws {
    #expect(try normalized(phrase) == expected)
  }

  @Test(
    "Signs between and after words are said",
    arguments: [
      ("C++", "c. plus plus"), ("C#", "c. sharp"), ("A+", "a. plus"), ("#1", "number one"), ("AC/DC", "ac dc"),
      ("me@example.com", "me at example dot com"), ("$20/month", "twenty dollars per month"),
      ("*69", "star sixty nine"),
      (".net", "dot net"), ("2 \u{F7} 3", "two divided by three"), ("4x4", "four by four"),
      ("1920x1080", "nineteen twenty by ten eighty"),
      ("Jack & Jill", "jack and jill"), ("5 + 3", "five plus three"), ("USB-C", "usb c."), ("MI6", "mi six"),
      ("CO2", "co two"),
    ])
  func symbols(phrase: String, expected: String) throws {
    #expect(try normalized(phrase) == expected)
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
    let alphabet = Array("aZIVXkmx'.-,:/$#&19 0\u{B0}\u{E9}st%n+@=*!\"\u{2019}\u{B2}\u{BD}")
    for draw in 0..<20_000 {
      let phrase = String((0..<generator.next(below: 16)).map { _ in alphabet[generator.next(below: alphabet.count)] })
      guard let parts = try? TextNormalizer.parts(of: phrase) else { continue }
      #expect(parts.allSatisfy { !$0.isEmpty && $0.count <= 8 })
      for word in parts.joined().joined() {
        let sound = word.spelling.allSatisfy { $0 >= "a" && $0 <= "z" || $0 == "'" }
        #expect(
          (sound || word.isLetterName) && word.spelling.contains { $0 != "'" },
          "seed 2026, draw \(draw): \(phrase) gave \(word.spelling)")
      }
    }
  }
}
