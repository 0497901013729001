import DeviceCommands
import Testing

@Suite("Level meter line")
struct LevelMeterTests {
  private func text(
    peak: Int32 = 3_277, isClipping: Bool = false, candidate: String = "", columns: Int = 80, hasColor: Bool = false
  ) -> String {
    LevelMeter.text(
      peak: peak, isClipping: isClipping, candidate: candidate, columnCount: columns, hasColor: hasColor)
  }

  @Test("the bar ranges from −60 to 0 dBFS, followed by the peak")
  func bar() {
    #expect(text(peak: 3_277) == "[#############-------]  -20 dBFS      ")
    #expect(text(peak: 32_768) == "[####################]    0 dBFS      ")
    #expect(text(peak: 33) == "[--------------------]  -60 dBFS      ")
    #expect(text(peak: 0) == "[--------------------]  -99 dBFS      ")
  }

  @Test("clipping is marked, and a candidate is followed by its threshold")
  func marks() {
    #expect(
      text(isClipping: true, candidate: "hey computer 0.43 of 0.70").hasSuffix("dBFS  CLIP  hey computer 0.43 of 0.70"))
  }

  @Test("the line is always shorter than the terminal's width", arguments: [1, 2, 10, 33, 40, 80])
  func width(columns: Int) {
    let plain = text(candidate: String(repeating: "ä", count: 200), columns: columns)
    #expect(plain.unicodeScalars.count == columns - 1)
    var colored = text(isClipping: true, candidate: "x", columns: columns, hasColor: true)
    for code in ["\u{1B}[31m", "\u{1B}[0m"] {
      while let at = colored.firstRange(of: code) { colored.removeSubrange(at) }
    }
    #expect(colored == text(isClipping: true, candidate: "x", columns: columns))
  }

  @Test("control characters are not printed")
  func controlCharacters() {
    #expect(text(candidate: "a\n\u{1B}[2J\u{9B}b").hasSuffix("  a??[2J?b"))
  }
}
