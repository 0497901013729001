import KeywordSpotting
import ModelFormat

/// The reason why a phrase cannot be enrolled.
public enum EnrollmentError: Error, Equatable, Sendable {
  /// The text cannot be read as words.
  case text(TextNormalizationError)
  /// The word is not in the lexicon, and the language file has no model to guess its pronunciation. You can type it.
  case unknownWord(String)
  /// A typed pronunciation cannot be read; `way` is the one of several that the positions refer to.
  case pronunciation(TypedPronunciationError, way: String)
  /// The phrase is too long. Enroll a part of it.
  case tooManyPhonemes(count: Int, maximum: Int)
}

/// A property of an enrolled phrase that the installer should know.
public enum EnrollmentWarning: Equatable, Sendable {
  /// With few phonemes, false alarms or misses are likely. A longer phrase, or another word before this one, works
  /// better.
  case shortPhrase(phonemeCount: Int, recommended: Int)
  /// The pronunciation of the word was guessed, as these in ARPAbet. You can type it instead.
  case guessedPronunciation(word: String, guesses: [String])
  /// There are more ways to read the text than a phrase can have variants; these, as words, are not listened for. You can
  /// type their words instead, or their pronunciation.
  case otherReadings([String])
  /// The phrase sounds the same as an enrolled one.
  case sameAs(phraseIndex: Int)
  /// The phrase is the beginning of an enrolled one. Its detections wait until the longer phrase can no longer be in
  /// progress.
  case beginningOf(phraseIndex: Int)
  /// The phrase begins with an enrolled one, whose detections now wait in the same way.
  case beginsWith(phraseIndex: Int)
  /// The phrase is a part, but not the beginning, of an enrolled one.
  case partOf(phraseIndex: Int)
  /// An enrolled phrase is a part, but not the beginning, of this one.
  case contains(phraseIndex: Int)
  /// The phrase differs from an enrolled one in `edits` of `phonemeCount` phonemes.
  case near(phraseIndex: Int, edits: Int, phonemeCount: Int)
  /// Words of the language that differ from the phrase in at most one phoneme; a few of them, those of running speech
  /// first.
  case soundsLike(words: [SoundAlike])
  /// Segments of running speech that would be false alarms at a threshold of ½.
  case heardInSpeech([HeardStretch])
  /// The target rate needs a threshold so high that the phrase will often be missed.
  ///
  /// - Parameters:
  ///   - perHourAtHalf: expected false alarms per hour at threshold ½.
  ///   - missShare: the share of ordinary phrases that score below the threshold; `nil` if unknown.
  case highThreshold(threshold: Float, perHourAtHalf: Float, missShare: Float?)
}

/// How a phrase was interpreted.
public struct EnrollmentReport: Equatable, Sendable {
  /// The ways to read the text that are listened for, the most plausible first. There is at least one. Each typed
  /// pronunciation is one.
  public var readings: [PhraseReading]
  /// The ways to say the phrase, in the order of the enrollment's variants.
  public var variants: [PhonemeSequence]
  /// The index of the reading of each variant.
  public var readingIndices: [Int]
  /// Warnings about the phrase.
  public var warnings: [EnrollmentWarning]

  /// The words of the phrase in its most plausible reading.
  public var words: [WordPronunciation] { readings[0].words }

  /// Notes that all words were typed, also those of a spelling that were looked up or guessed.
  package mutating func markTyped() {
    for reading in readings.indices {
      for word in readings[reading].words.indices { readings[reading].words[word].source = .typed }
    }
  }
}

/// Turns typed text into an enrollment: words, pronunciations, and the embeddings that the spotter uses.
///
/// Runs on the device, once per phrase, in a few milliseconds. Borrows the model and the language file.
public struct Enroller: Sendable {
  /// The phoneme count below which a phrase gets a warning.
  public static let recommendedPhonemeCount = 6

  private let respelling: Respelling
  private let encoder: TextEncoder

  /// Creates an enroller for a model and a language.
  public init(model: AcousticModel, language: LanguageFile) {
    respelling = Respelling(language: language, pronouncer: Pronouncer(language))
    encoder = TextEncoder(model)
  }

  /// Enrolls a phrase.
  ///
  /// - Parameters:
  ///   - text: the phrase as typed.
  ///   - pronunciation: what to use instead of looking up words, in ARPAbet (`HH EY . K AH M P Y UW T ER`), in the
  ///     International Phonetic Alphabet (`/heɪ kəmˈpjuːtər/`), or spelled as it sounds, in quotation marks (`"hey
  ///     kuhm-PYOO-ter"`). A comma or a line end separates several ways to say the phrase, at most
  ///     ``KeywordSpotting/Enrollment/maximumVariantCount``.
  ///   - threshold: the score, 0…1, from which a candidate is a detection.
  ///   - enrolled: the enrolled phrases to compare with.
  /// - Throws: ``EnrollmentError``.
  @export(interface)
  public func enroll(
    _ text: String, pronunciation: String? = nil, threshold: Float = 0.5, besides enrolled: [Enrollment] = []
  ) throws(EnrollmentError) -> (enrollment: Enrollment, report: EnrollmentReport) {
    var position = 0
    for scalar in text.unicodeScalars {
      if PhraseText.isRefused(scalar) && !PhraseText.isFolded(scalar) {
        throw .text(.unsupportedCharacter(scalar: scalar, position: position))
      }
      position += 1
    }
    let readings: [PhraseReading]
    let variants: [(sequence: PhonemeSequence, readingIndex: Int)]
    if let pronunciation {
      (readings, variants) = try typedReadings(pronunciation)
    } else {
      readings = try respelling.pronouncer.readings(of: text)
      variants = try Pronouncer.variants(of: readings)
    }
    let sequences = variants.map { $0.sequence }
    let enrollment = Enrollment(
      text: PhraseText.tidied(text), variants: sequences.map { encoder.encode($0) }, threshold: threshold)
    var report = EnrollmentReport(readings: [], variants: sequences, readingIndices: [], warnings: [])
    var kept = [Int?](repeating: nil, count: readings.count)
    for (_, index) in variants where kept[index] == nil {
      kept[index] = report.readings.count
      report.readings.append(readings[index])
    }
    report.readingIndices = variants.map { kept[$0.readingIndex] ?? 0 }
    var unheard: [String] = []
    for (index, reading) in readings.enumerated() where kept[index] == nil {
      // A reading that sounds the same as another is listened for, too.
      let likeliest = try? Pronouncer.variants(of: reading.words, maximumCount: 1)
      if likeliest.map({ sequences.contains($0[0]) }) != true { unheard.append(reading.text) }
    }
    if !unheard.isEmpty { report.warnings.append(.otherReadings(unheard)) }
    report.warnings += ownWarnings(report.readings, sequences) + comparisons(sequences, enrolled)
    if pronunciation != nil { report.markTyped() }
    return (enrollment, report)
  }

  /// The typed ways to say a phrase, each with its readings, and their variants.
  private func typedReadings(
    _ pronunciation: String
  ) throws(EnrollmentError) -> (readings: [PhraseReading], variants: [(sequence: PhonemeSequence, readingIndex: Int)]) {
    let ways = TypedPronunciation.ways(of: pronunciation)
    let maximum = Enrollment.maximumVariantCount
    guard !ways.isEmpty else { throw .pronunciation(.empty, way: pronunciation) }
    guard ways.count <= maximum else {
      throw .pronunciation(.tooManyWays(count: ways.count, maximum: maximum), way: pronunciation)
    }
    var readings: [PhraseReading] = []
    var variants: [(sequence: PhonemeSequence, readingIndex: Int)] = []
    for (index, way) in ways.enumerated() {
      let said = try typedReadings(ofWay: way)
      // Leaves room for the other ways.
      let room = maximum - variants.count - (ways.count - 1 - index)
      for (sequence, reading) in try Pronouncer.variants(of: said, maximumCount: room).prefix(room)
      where !variants.contains(where: { $0.sequence.phonemes == sequence.phonemes }) {
        variants.append((sequence, readings.count + reading))
      }
      readings += said
    }
    return (readings, variants)
  }

  /// The readings of one of several typed ways to say a phrase.
  private func typedReadings(ofWay way: String) throws(EnrollmentError) -> [PhraseReading] {
    if TypedPronunciation.isSpelled(way) { return try respelling.readings(of: way) }
    let words: [[UInt8]]
    do {
      words = try TypedPronunciation.words(of: way)
    } catch {
      throw .pronunciation(error, way: way)
    }
    return [
      PhraseReading(
        words: words.map { word in
          let name = PhonemeSequence(words: [word]).arpabet
          return WordPronunciation(word: name, source: .typed, pronunciations: [word])
        })
    ]
  }

  private func ownWarnings(_ readings: [PhraseReading], _ sequences: [PhonemeSequence]) -> [EnrollmentWarning] {
    var warnings: [EnrollmentWarning] = []
    var shortest = Int.max
    for sequence in sequences { shortest = min(shortest, sequence.phonemes.count) }
    if shortest < Enroller.recommendedPhonemeCount {
      warnings.append(.shortPhrase(phonemeCount: shortest, recommended: Enroller.recommendedPhonemeCount))
    }
    for reading in readings {
      for word in reading.words where word.source == .guessed {
        let guesses = word.pronunciations.map { PhonemeSequence(words: [$0]).arpabet }
        let warning = EnrollmentWarning.guessedPronunciation(word: word.word, guesses: guesses)
        if !warnings.contains(warning) { warnings.append(warning) }
      }
    }
    return warnings
  }

  private func comparisons(_ sequences: [PhonemeSequence], _ enrolled: [Enrollment]) -> [EnrollmentWarning] {
    var warnings: [EnrollmentWarning] = []
    for (index, other) in enrolled.enumerated() {
      var relation = Relation.none
      for sequence in sequences {
        for variant in other.variants {
          relation = relation.nearer(Relation(sequence.phonemes, variant.phonemes))
        }
      }
      if let warning = relation.warning(phraseIndex: index) { warnings.append(warning) }
    }
    return warnings
  }
}

/// How the sounds of two phrases relate. The closest relation of any of their pronunciations counts.
private enum Relation {
  case same, beginning, beginsWith, part, contains
  case near(edits: Int, phonemeCount: Int)
  case none

  /// Phrases are near if they differ in at most one of this many phonemes of the longer one.
  private static let phonemesPerEdit = 3

  init(_ phonemes: [UInt8], _ other: [UInt8]) {
    let longer = max(phonemes.count, other.count)
    if phonemes == other {
      self = .same
    } else if other.starts(with: phonemes) {
      self = .beginning
    } else if phonemes.starts(with: other) {
      self = .beginsWith
    } else if PhonemeDistance.contains(other, phonemes) {
      self = .part
    } else if PhonemeDistance.contains(phonemes, other) {
      self = .contains
    } else {
      let edits = PhonemeDistance.edits(phonemes, other)
      self = edits * Relation.phonemesPerEdit <= longer ? .near(edits: edits, phonemeCount: longer) : .none
    }
  }

  private var rank: Int {
    switch self {
    case .same: 0
    case .beginning: 1
    case .beginsWith: 2
    case .part: 3
    case .contains: 4
    case .near(let edits, _): 5 + edits
    case .none: .max
    }
  }

  func nearer(_ other: Relation) -> Relation { other.rank < rank ? other : self }

  func warning(phraseIndex: Int) -> EnrollmentWarning? {
    switch self {
    case .same: .sameAs(phraseIndex: phraseIndex)
    case .beginning: .beginningOf(phraseIndex: phraseIndex)
    case .beginsWith: .beginsWith(phraseIndex: phraseIndex)
    case .part: .partOf(phraseIndex: phraseIndex)
    case .contains: .contains(phraseIndex: phraseIndex)
    case .near(let edits, let count): .near(phraseIndex: phraseIndex, edits: edits, phonemeCount: count)
    case .none: nil
    }
  }
}
