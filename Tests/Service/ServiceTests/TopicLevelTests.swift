import ServiceSinks
import Testing

@Suite("MQTT topic levels")
struct TopicLevelTests {
  @Test(
    "a phrase becomes one level without separators and wildcards",
    arguments: [
      ("hey computer", "hey_computer"), ("hey  \t computer", "hey_computer"), ("  hey ", "_hey_"), ("a+b#c/d", "abcd"),
      ("#", "_"), ("", "_"), ("+/#", "_"), ("größe 日本", "größe_日本"), ("a\u{3000}b", "a_b"),
      ("a\u{0}\u{1B}[2Jb", "a[2Jb"),
      ("a\u{85}b", "a_b"), ("$SYS", "$SYS"),
    ])
  func levels(phrase: String, level: String) {
    #expect(TopicLevel.level(for: phrase) == level)
    #expect(TopicLevel.isLevel(level))
  }

  @Test("the level of a phrase of any length fits in a topic and ends between characters")
  func longPhrases() {
    for phrase in [String(repeating: "a", count: 100_000), String(repeating: "😀", count: 5_000)] {
      let level = TopicLevel.level(for: phrase)
      #expect(TopicLevel.isLevel(level) && level.unicodeScalars.count == 256)
      #expect(phrase.hasPrefix(level))
    }
  }

  @Test(
    "invalid levels are rejected",
    arguments: [
      "", "a/b", "+", "#", "a#", "a\u{0}", "a\n", "\u{7F}", "a\u{9F}", String(repeating: "a", count: 1_025),
    ])
  func noLevels(text: String) { #expect(!TopicLevel.isLevel(text)) }

  @Test("Unicode noncharacters are removed from levels", arguments: [0xFDD0, 0xFFFE, 0xFFFF, 0x1FFFE])
  func noCharacters(value: UInt32) throws {
    let scalar = String(Character(try #require(Unicode.Scalar(value))))
    #expect(!TopicLevel.isLevel("a" + scalar))
    #expect(TopicLevel.level(for: "a\(scalar)b") == "ab")
  }
}
