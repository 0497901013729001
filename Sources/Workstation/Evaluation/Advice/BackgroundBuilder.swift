import KeywordSpotting
import ModelFormat
import SeededRandom
import TextEnrollment
import Training

/// Builds a background file: packed running speech, with the behavior of ordinary phrases in it.
///
/// Embeddings are packed as coordinates along their principal components, as many as explain ``Options/varianceShare``
/// of the variance. Frames that are almost certainly blank are run-length encoded.
///
/// The decline of false alarms comes from phrases of one to four words that are drawn independently from the vocabulary.
/// Phrases of consecutive words of the speech have more false alarms at high scores than typed phrases do. They add only
/// scores of what is said.
public struct BackgroundBuilder {
  /// Constants of the packing and the draws.
  public struct Options: Sendable {
    /// Quantization step of the coordinates of unit embeddings.
    public var step: Float = 0.06
    /// Share of the embeddings' variance that is kept.
    public var varianceShare = 0.99
    /// Frames whose log p(blank) is higher are run-length encoded.
    public var surelyBlank: Float = -0.01
    /// The number of reference phrases to draw from the vocabulary.
    public var referencePhraseCount = 400
    /// The number of phrases to draw from consecutive words of the speech.
    public var saidPhraseCount = 100
    /// What the utterances represent.
    public var mix = BackgroundMix.home
    /// Determines every draw.
    public var seed: UInt64 = 1

    /// Creates the default options.
    public init() {}
  }

  /// The file and its statistics.
  public struct Result: Sendable {
    /// The content of the file.
    public var bytes: [UInt8]
    /// Utterances in the file.
    public var utteranceCount: Int
    /// Hours of the utterances.
    public var hours: Double
    /// Dimensions kept.
    public var coordinateCount: Int
    /// Reference phrases that could be scored.
    public var referencePhraseCount: Int
    /// The behavior of ordinary phrases; nil if too few had false alarms.
    public var reference: ReferencePhrases?
  }

  /// Classes of phrase length: up to 8 phonemes, up to 14, and longer.
  static let leastPhonemeCounts = [0, 9, 15]

  private let model: EvaluatedModel
  private let options: Options

  /// Creates a builder.
  public init(model: EvaluatedModel, options: Options = Options()) {
    self.model = model
    self.options = options
  }

  /// Packs recorded utterances.
  ///
  /// - Parameters:
  ///   - provenance: TOML.
  ///   - progress: called with the number of utterances searched for the reference phrases and the number of all
  /// utterances.
  /// - Throws: ``EvaluationError``, or an error of the background format.
  public func build(
    _ utterances: [RecordedUtterance], provenance: String, progress: (Int, Int) -> Void
  ) throws -> Result {
    guard !utterances.isEmpty else {
      throw EvaluationError.nothingToEvaluate(reason: "no utterance could be encoded for the background")
    }
    let dimension = model.model.embeddingDimension
    let components = components(of: utterances, dimension)
    var share = 0.0
    var count = 0
    while count < dimension && share < options.varianceShare {
      share += components.varianceShares[count]
      count += 1
    }
    var writer = BackgroundSpeechWriter(
      modelHash: model.model.contentHash, mean: components.mean.map { Float($0) },
      directions: components.directions[..<count].flatMap { $0.map { Float($0) } }, step: options.step,
      mix: options.mix)
    var frameCount = 0
    for utterance in utterances {
      writer.append(
        words: utterance.words, units: utterance.units,
        isSurelyBlank: utterance.blankLogPosteriors.map { $0 > options.surelyBlank }, kind: utterance.kind,
        condition: utterance.condition)
      frameCount += utterance.blankLogPosteriors.count
    }
    let draft = writer.finish()
    let (ordinary, said) = drawnPhrases(utterances)
    let reference = try draft.withUnsafeBytes { bytes in
      let advisor = try EnrollmentAdvisor(model: model.model, background: BackgroundSpeech(bytes))
      let advices = advisor.advise(on: ordinary + said, progress: progress)
      return referencePhrases(
        ordinary, Array(advices[..<ordinary.count]), matchLogits: advices.flatMap(\.occurrenceLogits))
    }
    return Result(
      bytes: writer.finish(reference: reference, provenance: provenance), utteranceCount: utterances.count,
      hours: Double(frameCount) / Double(FrameTiming.framesPerSecond) / 3_600, coordinateCount: count,
      referencePhraseCount: ordinary.count + said.count, reference: reference)
  }

  /// Principal components of the unit embeddings, from 20,000 frames spread over the speech.
  private func components(of utterances: [RecordedUtterance], _ dimension: Int) -> PrincipalComponents {
    let total = utterances.reduce(0) { $0 + $1.blankLogPosteriors.count }
    let interval = max(1, total / 20_000)
    var vectors: [[Float]] = []
    var position = 0
    for utterance in utterances {
      for frame in utterance.blankLogPosteriors.indices {
        if position % interval == 0 {
          vectors.append(Array(utterance.units[frame * dimension..<(frame + 1) * dimension]))
        }
        position += 1
      }
    }
    return PrincipalComponents(vectors, count: dimension)
  }

  /// Phrases of the vocabulary's words, and phrases of consecutive words of the speech.
  private func drawnPhrases(_ utterances: [RecordedUtterance]) -> (ordinary: [TriedPhrase], said: [TriedPhrase]) {
    var generator = SplitMix64(seed: options.seed ^ 0x7265_6673)
    // Without spaces, which occur in the names of split words.
    let vocabulary = Set(utterances.flatMap { $0.words.map(\.spelling) }).filter { !$0.contains(" ") }.sorted()
    var seen: Set<String> = []
    func draw(_ count: Int, _ spellings: (_ length: Int) -> [String]?) -> [TriedPhrase] {
      var phrases: [TriedPhrase] = []
      for _ in 0..<20 * count where phrases.count < count {
        guard let spellings = spellings(1 + generator.nextIndex(4)) else { continue }
        let text = spellings.joined(separator: " ")
        guard seen.insert(text).inserted, let enrolled = try? model.enroller.enroll(text),
          (4...24).contains(enrolled.enrollment.variants[0].phonemes.count)
        else { continue }
        phrases.append(TriedPhrase(enrolled.enrollment, enrolled.report))
      }
      return phrases
    }
    let ordinary = draw(options.referencePhraseCount) { length in
      vocabulary.isEmpty ? nil : (0..<length).map { _ in vocabulary[generator.nextIndex(vocabulary.count)] }
    }
    let said = draw(options.saidPhraseCount) { length in
      let words = utterances[generator.nextIndex(utterances.count)].words
      guard words.count >= length else { return nil }
      let first = generator.nextIndex(words.count - length + 1)
      return words[first..<first + length].map(\.spelling)
    }
    return (ordinary, said)
  }

  /// Nil if too few phrases had false alarms.
  private func referencePhrases(
    _ phrases: [TriedPhrase], _ advices: [PhraseAdvice], matchLogits: [Float]
  ) -> ReferencePhrases? {
    func decline(_ advices: [PhraseAdvice], kind: Int? = nil, condition: Int? = nil) -> TypicalDecline? {
      var fit = DeclineFit()
      for advice in advices {
        if let weighted = advice.tally.weighted(kind: kind, condition: condition) { fit.add(weighted) }
      }
      return fit.decline()
    }
    guard let all = decline(advices) else { return nil }
    let lengths = Self.leastPhonemeCounts.enumerated().map { index, least -> ReferencePhrases.Length in
      let end = index + 1 < Self.leastPhonemeCounts.count ? Self.leastPhonemeCounts[index + 1] : .max
      let some = zip(phrases, advices).compactMap { phrase, advice in
        (least..<end).contains(phrase.enrollment.variants[0].phonemes.count) ? advice : nil
      }
      let mixed = decline(some) ?? all
      return ReferencePhrases.Length(
        leastPhonemeCount: least, mixed: mixed,
        kinds: options.mix.kinds.indices.map { decline(some, kind: $0) ?? mixed },
        conditions: options.mix.conditions.indices.map { decline(some, condition: $0) ?? mixed })
    }
    return ReferencePhrases(levels: .standard, lengths: lengths, matchLogits: matchLogits)
  }
}
