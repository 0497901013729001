import KeywordSpotting
import ModelFormat
import TextEnrollment

/// A language file of a few words, without a grapheme-to-phoneme model, in memory while the tests run.
enum TestLanguage {
  static let file: LanguageFile = {
    var writer = LexiconWriter()
    let entries = [
      ("hey", ["HH EY"]), ("computer", ["K AH M P Y UW T ER"]), ("jarvis", ["JH AA R V AH S", "JH AA R V IH S"]),
      ("a", ["AH", "EY"]), ("a.", ["EY"]), ("k.", ["K EY"]), ("b.", ["B IY"]), ("c.", ["S IY"]), ("nine", ["N AY N"]),
      ("tomato", ["T AH M EY T OW", "T AH M AA T OW"]), ("on", ["AA N", "AO N"]), ("you", ["Y UW"]),
      ("tube", ["T UW B"]),
      ("goin'", ["G OW IH N"]), ("ant", ["AE N T"]), ("aunt", ["AE N T", "AO N T"]), ("turn", ["T ER N"]),
    ]
    do {
      for (word, pronunciations) in entries {
        try writer.add(word, pronunciations.map { try TypedPronunciation.words(of: $0)[0] })
      }
      var container = ContainerWriter(kind: .language)
      container.append(LanguageFile.lexiconSection, writer.bytes())
      let bytes = container.finish()
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
      memory.copyBytes(from: bytes)
      return try LanguageFile(UnsafeRawBufferPointer(memory))
    } catch {
      preconditionFailure("the test language cannot be made: \(error)")
    }
  }()
}
