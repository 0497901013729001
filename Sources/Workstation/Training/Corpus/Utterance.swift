/// A phoneme of an utterance and where it is said.
public struct LabeledPhone: Equatable, Sendable {
  /// Samples from the start of the utterance: `start ..< end`.
  public var start: Int
  public var end: Int
  /// Class index of the phoneme (0…38), or 39 for silence and noises of the speaker.
  public var phoneme: UInt8

  public init(start: Int, end: Int, phoneme: UInt8) {
    self.start = start
    self.end = end
    self.phoneme = phoneme
  }
}

/// A clip of a prepared corpus: one sentence, one word, or a stretch of noise.
public struct Utterance: Equatable, Sendable {
  /// Path of the recording inside its corpus without the extension; unique there.
  public var id: String
  /// Name of the corpus: its folder.
  public var corpus: String
  /// Empty where unknown. Speakers of different corpora with one name are different people.
  public var speaker: String
  /// What sort of speaker, as the corpus says it: `child`, `native`, `non-native`. Empty where the corpus does not say.
  public var group: String
  /// `train`, `dev` or `test`.
  public var split: String
  /// What is said, as ``CorpusText`` writes it; empty for noise.
  public var text: String
  /// Where the samples stand in ``PreparedCorpus/samples``.
  public var range: Range<Int>
  /// Phonemes in the order of time, where the corpus came with alignments; otherwise empty.
  public var phones: [LabeledPhone]

  public init(
    id: String, corpus: String, speaker: String, split: String, text: String, range: Range<Int>,
    group: String = "", phones: [LabeledPhone] = []
  ) {
    self.id = id
    self.corpus = corpus
    self.speaker = speaker
    self.group = group
    self.split = split
    self.text = text
    self.range = range
    self.phones = phones
  }

  /// Whether the clip is noise: nothing is said in it.
  public var isNoise: Bool { text.isEmpty }

  /// What results are broken down by: the group, or the corpus's name where there is none.
  public var speakerGroup: String { group.isEmpty ? corpus : group }

  /// The words of the text.
  public var words: [Substring] { text.split(separator: " ") }

  /// Seconds.
  public var duration: Double { Double(range.count) / 16_000 }
}
