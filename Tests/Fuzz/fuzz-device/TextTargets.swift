import CFuzzer
import FuzzDriver
import KeywordSpotting
import ModelFormat
import TextEnrollment

@testable import DeviceCommands
@testable import DeviceSetup

extension FuzzTarget {
  /// Configuration files: rejected with a line that exists, or every key has a value of its type.
  static let configuration = FuzzTarget(
    "configuration", mostBytes: 1_024,
    words: ConfigurationKey.allCases.map { $0.name } + ["schema = 1\n", " = \"", "#"],
    seeds: configurationSeeds()
  ) { bytes in
    let text = bytes.text
    let outcome = Outcome { () throws(DeviceConfiguration.FileError) in try DeviceConfiguration(fileText: text) }
    if let failure = outcome.failure {
      let lineCount = text.utf8.count(where: { $0 == 0x0A }) + 1
      require((0...lineCount).contains(failure.line), "line \(failure.line) of \(lineCount) exists")
    }
    guard let configuration = outcome.value else { return }
    for key in ConfigurationKey.allCases {
      guard let value = configuration.value(key) else { continue }
      require(key.rule.accepts(value), "\(key.name) keeps to its rule")
    }
  }

  @Sendable private static func configurationSeeds() -> [[UInt8]] {
    var text = "schema = 1\n"
    for key in ConfigurationKey.allCases where key != .schema {
      if let value = key.standard { text += "\(key.name) = \(value.written) # as it is\n" }
    }
    return [Array("schema = 1\n".utf8), Array(text.utf8)]
  }

  /// The pairs of `cooee score`.
  static let pairs = FuzzTarget(
    "pairs", mostBytes: 1_024, words: ["\t", "\r\n"], seeds: [Array("a.wav\they computer\nb.wav\tnine\n".utf8)]
  ) { bytes in
    guard fuzzer_memory_file(bytes.baseAddress, bytes.count) >= 0 else { fatalError("no file in memory") }
    guard let list = try? PairList(String(cString: fuzzer_memory_path())) else { return }
    for pair in list.pairs { require(pair.lineNumber >= 1 && !pair.phrase.utf8.contains(0x0A), "a pair is one line") }
  }

  /// Typed phrases: rejected, or enrolled within the limits of a phrase file.
  static let phraseText = FuzzTarget(
    "phrase-text", mostBytes: 256, words: ["Dr.", "St.", "'", "9", "1,000", "1st", "$5", "%", "a.k.", "é", "ß", "–"],
    seeds: ["hey computer", "turn on 9", "Dr. A.K. 1,234.5 $3.50", "goin' on", "tomato-tomato", "2nd of 1999"].map {
      Array($0.utf8)
    }
  ) { bytes in
    let text = bytes.text
    guard let (enrollment, report) = try? MadeUpModel.enroller.enroll(text) else { return }
    var file = PhraseFile(model: MadeUpModel.model)
    guard (try? file.add(PhraseFile.Phrase(enrollment, report))) != nil else { return }
    require(PhraseFile(rereading: file) == file, "an enrolled phrase can be written and read again")
  }

  /// Typed pronunciations: rejected at a position that exists, or phonemes.
  static let pronunciation = FuzzTarget(
    "pronunciation", mostBytes: 256,
    words: Phoneme.allCases.map { $0.arpabet } + [
      " . ", "|", "1", "/", "ˈ", "ː", "tʃ", "ɪə", "ɜ", "\u{303}", "\u{329}",
    ],
    seeds: ["HH EY . K AH0 M P Y UW1 T ER", "ax|q", "/heɪ kəmˈpjuːtə(r)/", "ˈb\u{329}ɑ\u{303}ː | t.ʃ"].map {
      Array($0.utf8)
    }
  ) { bytes in
    let text = bytes.text
    switch Outcome({ () throws(TypedPronunciationError) in try TypedPronunciation.words(of: text) }) {
    case .value(let words):
      require(!words.isEmpty && words.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0 < 39 } }, "words have phonemes")
    case .refused(.unknownPhoneme(let symbol, let position, let nearest)):
      let scalars = text.unicodeScalars.dropFirst(position)
      require(scalars.starts(with: symbol.unicodeScalars), "the symbol is at the reported position")
      require(!nearest.isEmpty || PhoneticAlphabet.isUsed(in: text), "a phoneme is near")
    case .refused(.empty), .refused(.tooManyWays): break
    }
  }

  /// Lists of phrases: each line is a phrase, a problem or nothing, and phrases are rejected or enrolled.
  static let phraseList = FuzzTarget(
    "phrase-list", mostBytes: 1_024,
    words: [
      "; threshold=", "; false-alarms=", "; label=", "; pronunciation=", "; sounds-like=", "0.5", " /1e-40/", "▁",
      " :1.5",
      " #0.35", " @", "#", "\t", "\r\n", "\u{FEFF}", "-", "\"", ",",
    ],
    seeds: [
      "# all\nhey computer; threshold=0.7\nx; sounds-like=tur-on ay-zhuh; pronunciation=/tɜːn/, T ER N; label=on\n",
      "▁HE Y ▁ON :1.5 #0.35 @on\nHH EY1 @HEY\nhey on /1e-40/\n",
    ].map { Array($0.utf8) }
  ) { bytes in
    let list = PhraseList(Array(bytes), name: "list", defaults: EnrollmentRequest(""))
    let numbers = (list.entries.map(\.lineNumber) + list.problems.map(\.lineNumber)).sorted()
    require(Set(numbers).count == numbers.count, "a line is read once")
    require((numbers.first ?? 1) >= 1 && (numbers.last ?? 0) <= 1 + bytes.count { $0 == 0x0A }, "a line exists")
    var file = PhraseFile(model: MadeUpModel.model)
    for entry in list.entries {
      require((0...1).contains(entry.request.threshold ?? 0), "a threshold keeps to its range")
      require(entry.request.falseAlarmsPerHour > 0, "a rate keeps to its range")
      let enrolled = try? MadeUpModel.enroller.enroll(
        entry.request.text, pronunciation: entry.request.pronunciation, threshold: entry.request.threshold ?? 0.5)
      if let enrolled { try? file.add(PhraseFile.Phrase(enrolled.enrollment, enrolled.report)) }
    }
    require(PhraseFile(rereading: file) == file, "enrolled phrases can be written and read again")
  }

  /// All phrases that a phrase file can contain can be written and read again.
  static let phraseRoundTrip = FuzzTarget(
    "phrase-round-trip", mostBytes: 2_048, seeds: [[2, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], [4, 1, 200]]
  ) { bytes in
    var choices = InputCursor(bytes)
    let dimension = 1 + Int(choices.byte() % 8)
    var file = PhraseFile(modelHash: UInt64(choices.number()), embeddingDimension: dimension)
    while !choices.isAtEnd {
      var text: [UInt8] = []
      for _ in 0..<Int(choices.byte() % 16) { text.append(choices.byte()) }
      let variants = (0...Int(choices.byte() % 3)).map { _ in
        let phonemes = (0...Int(choices.byte() % 6)).map { _ in choices.byte() % 39 }
        func floats(_ count: Int) -> [Float] { (0..<count).map { _ in Float(Int8(bitPattern: choices.byte())) / 64 } }
        return PhraseVariant(
          phonemes: phonemes, wordInitial: phonemes.map { _ in choices.byte() & 1 == 1 },
          phonemeEmbeddings: floats(phonemes.count * dimension), utteranceEmbedding: floats(dimension))
      }
      let enrollment = Enrollment(
        text: String(decoding: text, as: UTF8.self), variants: variants, threshold: Float(choices.byte()) / 255)
      let source = PronunciationSource(rawValue: choices.byte() % 3) ?? .typed
      try? file.add(PhraseFile.Phrase(enrollment: enrollment, source: source), at: Int(choices.byte()))
    }
    require(PhraseFile(rereading: file) == file, "phrases can be written and read again")
  }
}
