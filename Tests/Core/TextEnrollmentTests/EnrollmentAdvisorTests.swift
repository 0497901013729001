import KeywordSpotting
import ModelFormat
import Testing
import TextEnrollment

/// Speech that is encoded without error: the frames of each phoneme are its class vector, and silence is that of the
/// blank.
///
/// Uses a model whose class vectors are the axes, so posteriors are sharp, and whose head uses only the log-likelihood
/// ratios.
@Suite struct EnrollmentAdvisorTests {
  private static let model: AcousticModel = {
    var contents = UntrainedModel.contents
    let dimension = contents.embeddingDimension
    contents.classScale = 12
    contents.blankBias = 0
    // Forty random unit vectors in few dimensions, which keeps them apart.
    var generator = TestGenerator(seed: 77)
    contents.classVectors = (0..<40).flatMap { _ -> [Float] in
      let vector = (0..<dimension).map { _ in generator.nextFloat() }
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return vector.map { $0 / length }
    }
    let others = [Float](repeating: 0, count: contents.streamHead.weights.count - 1)
    contents.streamHead = .init(weights: [4] + others, bias: 12)
    return UntrainedModel.load(contents)
  }()

  private static let enroller = Enroller(model: model, language: TestLanguage.file)

  /// Utterances of words: three frames per phoneme, a blank frame between phonemes, and a few around words.
  private static func speech(_ utterances: [[(spelling: String, phonemes: String)]]) throws -> [UInt8] {
    let dimension = model.embeddingDimension
    let vectors = model.classVectors.vectors
    func vector(_ index: Int) -> [Float] { Array(vectors[index * dimension..<(index + 1) * dimension]) }
    let axes = (0..<dimension * dimension).map { Float($0 % (dimension + 1) == 0 ? 1 : 0) }
    var writer = BackgroundSpeechWriter(
      modelHash: model.contentHash, mean: [Float](repeating: 0, count: dimension), directions: axes, step: 0.01)
    for utterance in utterances {
      var units: [Float] = []
      var isBlank: [Bool] = []
      var words: [BackgroundWord] = []
      func append(_ index: Int, _ count: Int) {
        for _ in 0..<count {
          units += vector(index)
          isBlank.append(index == Phoneme.blankIndex)
        }
      }
      append(Phoneme.blankIndex, 3)
      for word in utterance {
        let phonemes = try TypedPronunciation.words(of: word.phonemes)[0]
        let first = isBlank.count
        for phoneme in phonemes {
          append(Int(phoneme), 3)
          append(Phoneme.blankIndex, 1)
        }
        words.append(
          BackgroundWord(spelling: word.spelling, phonemes: phonemes, firstFrame: first, endFrame: isBlank.count))
        append(Phoneme.blankIndex, 5)
      }
      append(Phoneme.blankIndex, 3)
      writer.append(words: words, units: units, isSurelyBlank: isBlank)
    }
    return writer.finish()
  }

  private static let hey = ("hey", "HH EY")
  private static let jarvis = ("jarvis", "JH AA R V AH S")
  private static let harvest = ("harvest", "HH AA R V AH S")
  private static let on = ("on", "AA N")

  private func advice(
    _ text: String, _ utterances: [[(spelling: String, phonemes: String)]], pronunciation: String? = nil
  ) throws -> PhraseAdvice {
    let bytes = try Self.speech(utterances)
    let (enrollment, report) = try Self.enroller.enroll(text, pronunciation: pronunciation)
    return try bytes.withUnsafeBytes { bytes in
      try EnrollmentAdvisor(model: Self.model, background: BackgroundSpeech(bytes)).advise(
        on: TriedPhrase(enrollment, report))
    }
  }

  @Test("Similar speech counts as a false alarm, with the words said there")
  func falseAlarm() throws {
    let advice = try advice("jarvis", [[Self.on, Self.on], [Self.on, Self.harvest, Self.on]])
    let best = try #require(advice.heard.first)
    #expect(best.words == "harvest")
    let levels = DeclineLevels.standard
    let counts = try #require(advice.tally.weighted()).counts
    // Every level that the best event reaches has an event, and no level above.
    for level in 0..<levels.count { #expect((counts[level] > 0) == (levels.logit(level) <= best.logit)) }
    #expect(best.condition == 0 && best.kind == 0)
    #expect(advice.occurrenceLogits == [])
  }

  @Test("The phrase itself, by its words or by its sound, is not a false alarm")
  func saidPhrases() throws {
    let said = try advice("jarvis", [[Self.jarvis, Self.on]])
    #expect(said.occurrenceLogits.count == 1)
    #expect(said.occurrenceLogits[0] > 5)
    #expect(!said.heard.contains { $0.words.contains("jarvis") && $0.logit > 0 })
    let spelledOtherwise = try advice("jarvis", [[("jarvice", "JH AA R V IH S"), Self.on]])
    #expect(spelledOtherwise.occurrenceLogits.count == 1)
    let saidOtherwise = try advice("jarvis", [[("jarvis", "JH AE R V UW S"), Self.on]])
    #expect(saidOtherwise.occurrenceLogits.count == 1)
    let twoWords = try advice("hey jarvis", [[Self.hey, Self.jarvis], [Self.jarvis, Self.hey]])
    #expect(twoWords.occurrenceLogits.count == 1)
  }

  @Test("No phrase is detected across the end of an utterance")
  func boundaries() throws {
    // The silence between the two is shorter than the longest pause within a phrase. Silence is stored as a run.
    func best(_ utterances: [[(spelling: String, phonemes: String)]]) throws -> Float {
      // Another spelling and one other phoneme make it a false alarm, not the phrase.
      try advice("x", utterances, pronunciation: "HH EY . HH AA R V AH Z").heard.first?.logit ?? -100
    }
    #expect(try best([[Self.hey, Self.harvest]]) > best([[Self.hey], [Self.harvest]]) + 1)
  }

  @Test("Events within the refractory period count once, and repeated words are listed once with their count")
  func distinctEvents() throws {
    let once = try advice("jarvis", [[Self.harvest]])
    let thrice = try advice("jarvis", [[Self.harvest], [Self.harvest, Self.on, Self.on, Self.harvest]])
    let logit = try #require(once.heard.first?.logit)
    let level = try #require(DeclineLevels.standard.level(of: logit - 0.01))
    func events(_ advice: PhraseAdvice) throws -> Float {
      let (counts, hours) = try #require(advice.tally.weighted())
      return counts[level] / hours * advice.falseAlarms.hours
    }
    let (one, three) = (try events(once), try events(thrice))
    #expect(abs(one - 1) < 1e-3 && abs(three - 3) < 1e-3, "\(one), \(three)")
    #expect(thrice.heard.filter { $0.words == "harvest" }.map(\.count) == [3])
  }

  @Test("Phrases tested together get the same advice as each alone")
  func together() throws {
    let utterances = [[Self.hey, Self.harvest, Self.on], [Self.jarvis, Self.on]]
    let bytes = try Self.speech(utterances)
    let phrases = try ["jarvis", "hey jarvis", "on"].map { text in
      let (enrollment, report) = try Self.enroller.enroll(text)
      return TriedPhrase(enrollment, report)
    }
    let together = try bytes.withUnsafeBytes { bytes in
      try EnrollmentAdvisor(model: Self.model, background: BackgroundSpeech(bytes)).advise(on: phrases)
    }
    for (phrase, advice) in zip(phrases, together) {
      let alone = try self.advice(phrase.enrollment.text, utterances)
      #expect(advice.falseAlarms == alone.falseAlarms && advice.heard == alone.heard)
      #expect(advice.occurrenceLogits == alone.occurrenceLogits)
    }
  }

  @Test("Warnings list similar speech and a threshold that misses many phrases")
  func warnings() throws {
    let advice = try advice("jarvis", [[Self.harvest, Self.on]])
    let best = try #require(advice.heard.first)
    try #require(best.logit > 0)
    let strict = ReferencePhrases(
      levels: .standard,
      lengths: [.init(leastPhonemeCount: 0, mixed: .standard(.standard), kinds: [], conditions: [])],
      matchLogits: (0..<40).map { Float($0) / 10 })
    let warnings = advice.warnings(threshold: 0.95, isAdvised: true, reference: strict)
    #expect(warnings.contains { if case .heardInSpeech(let heard) = $0 { heard.first == best } else { false } })
    #expect(
      warnings.contains {
        if case .highThreshold(0.95, _, let share?) = $0 { abs(share - 0.75) < 0.01 } else { false }
      })
    let byHand = advice.warnings(threshold: 0.95, isAdvised: false, reference: strict)
    #expect(!byHand.contains { if case .highThreshold = $0 { true } else { false } })
  }
}
