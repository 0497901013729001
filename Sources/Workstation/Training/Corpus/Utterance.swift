/// A phoneme of an utterance and its position.
public struct LabeledPhone: Equatable, Sendable {
  /// First sample, counted from the start of the utterance.
  public var start: Int
  /// The sample after the last.
  public var end: Int
  /// Class index of the phoneme (0…38), or 39 for silence and speaker noises.
  public var phoneme: UInt8

  /// Creates a phoneme that spans the samples `start ..< end`.
  public init(start: Int, end: Int, phoneme: UInt8) {
    self.start = start
    self.end = end
    self.phoneme = phoneme
  }
}

/// A clip of a prepared corpus: one sentence, one word, or a segment of noise.
public struct Utterance: Equatable, Sendable {
  /// Path of the recording inside its corpus without the extension. Unique within the corpus.
  public var id: String
  /// Name of the corpus, which is that of its folder.
  public var corpus: String
  /// Empty if unknown. Speakers of different corpora with the same name are different people.
  public var speaker: String
  /// The kind of speaker, as labeled by the corpus: `child`, `native`, `non-native`. Empty if the corpus has no labels.
  public var group: String
  /// `train`, `dev` or `test`.
  public var split: String
  /// The transcript, normalized by ``CorpusText``; empty for noise.
  public var text: String
  /// The position of the samples in ``PreparedCorpus/samples``.
  public var range: Range<Int>
  /// Phonemes in order of time; empty if the corpus has no alignments.
  public var phones: [LabeledPhone]

  /// Creates a clip.
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

  /// Whether the clip is noise, without speech.
  public var isNoise: Bool { text.isEmpty }

  /// The key by which results are broken down: the group, or the corpus if there is none.
  public var speakerGroup: String { group.isEmpty ? corpus : group }

  /// The words of the text.
  public var words: [Substring] { text.split(separator: " ") }

  /// Duration in seconds.
  public var duration: Double { Double(range.count) / 16_000 }
}
