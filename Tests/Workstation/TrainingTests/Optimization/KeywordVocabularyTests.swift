import Testing
import Training

@Suite struct KeywordVocabularyTests {
  private static func items() throws -> [TrainingSet.Item] {
    let often = [String](repeating: "CAT HELLO WORLD BRAVO", count: 30)
    let texts = often + [String](repeating: "HELLO", count: 8) + [String](repeating: "SELDOM", count: 11)
    return try TinyRun(texts + [String](repeating: "DONT HELLO", count: 20)).set.items
  }

  @Test("Words that are long and frequent enough are classes, by frequency and then alphabetically")
  func words() throws {
    let vocabulary = KeywordVocabulary(try Self.items())
    #expect(vocabulary.words == ["HELLO", "BRAVO", "WORLD"])
  }

  @Test("Each word of each item has its class or none; an item whose words differ from its text has none")
  func classes() throws {
    let items = try Self.items()
    let vocabulary = KeywordVocabulary(items)
    #expect(vocabulary.classes.count == items.count)
    for (item, classes) in zip(items, vocabulary.classes) {
      let expected: [Int] =
        switch item.utterance.text {
        case "CAT HELLO WORLD BRAVO": [-1, 0, 2, 1]
        case "HELLO": [0]
        case "SELDOM": [-1]
        default: [-1, -1, -1]
        }
      #expect(classes == expected, "\(item.utterance.text)")
    }
  }

  @Test("A word with twelve occurrences is a class, one with eleven is not", arguments: [11, 12])
  func threshold(count: Int) throws {
    let items = try TinyRun([String](repeating: "HELLO", count: 20)).set.items.prefix(count)
    #expect(items.count == count)
    #expect(KeywordVocabulary(Array(items)).words == (count < 12 ? [] : ["HELLO"]))
  }

  @Test("A run with a keyword loss and too few frequent words is rejected") func tooFew() throws {
    var run = try TinyRun([String](repeating: "HELLO", count: 20))
    run.recipe.objectives.keyword = .sphereFace2
    #expect(throws: TrainingError.self) { _ = try run.trainer() }
  }
}
