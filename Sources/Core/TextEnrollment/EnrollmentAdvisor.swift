import KeywordSpotting
import ModelFormat

/// A phrase to test on running speech.
public struct TriedPhrase: Sendable {
  /// The phrase.
  public var enrollment: Enrollment
  /// The words of the phrase, as in ``EnrollmentReport``. A detection of these words is not a false alarm.
  /// Empty if only pronunciations are known.
  public var spellings: [String]

  /// Creates a phrase from its members.
  public init(_ enrollment: Enrollment, spellings: [String] = []) {
    self.enrollment = enrollment
    self.spellings = spellings
  }

  /// Creates a phrase from the result of ``Enroller``.
  public init(_ enrollment: Enrollment, _ report: EnrollmentReport) {
    self.init(enrollment, spellings: report.words.map { $0.word })
  }
}

/// A segment of running speech that was, or nearly was, mistaken for a phrase.
public struct HeardStretch: Equatable, Sendable {
  /// The words said there, separated by spaces; empty if there were none.
  public var words: String
  /// The best score, as a logit.
  public var logit: Float
  /// The best score, 0…1.
  public var score: Float { FloatFunctions.logistic(logit) }
  /// The kind of speech with the best score: an index into ``BackgroundMix/kinds``.
  public var kind: Int
  /// The condition with the best score: an index into ``BackgroundMix/conditions``.
  public var condition: Int
  /// Whether the best score is from speech in noise or in a room.
  public var isAugmented: Bool { condition > 0 }
  /// The number of times that these words were among the best segments.
  public var count: Int
}

/// The results of a phrase on running speech.
public struct PhraseAdvice: Sendable {
  /// Expected false alarms in the time in which the phrase is not said.
  public var falseAlarms: FalseAlarmForecast
  /// The counts behind them.
  public var tally: PhraseTally
  /// The segments mistaken for the phrase, best score first, each sequence of words once.
  public var heard: [HeardStretch]
  /// The best logit of each occurrence of the phrase in the speech, as it would be if the talker had paused before and
  /// after it, as when addressing a device.
  public var occurrenceLogits: [Float]
}

/// Tests phrases on the running speech of a background file: the false alarms at each threshold, and the words that
/// cause them.
///
/// The speech passes through the search, verification and score of the device (``KeywordSpotting/PhraseDetector``). The
/// file already contains the output of the encoder. Events are counted as a device would report them: the best
/// candidate per second. Candidates that overlap an occurrence of the phrase, by its words or by any of its
/// pronunciations, do not count.
///
/// Memory is allocated at the start, except for results. The model's and the file's bytes must outlive the advisor. Use
/// from one thread at a time.
public struct EnrollmentAdvisor {
  /// The maximum number of segments in ``PhraseAdvice/heard``.
  public static let heardCount = 8
  /// A detection within this many frames after the end of an occurrence belongs to it: 0.5 s.
  package static let toleranceFrames = 12
  /// Events whose ends are closer than this count as one: 1 s.
  package static let refractoryFrames = 25

  private let model: AcousticModel
  private let background: BackgroundSpeech

  /// Creates an advisor.
  ///
  /// - Throws: ``BackgroundSpeechError/otherModel(file:model:)``.
  public init(model: AcousticModel, background: BackgroundSpeech) throws(BackgroundSpeechError) {
    try background.checkModel(model)
    self.model = model
    self.background = background
  }

  /// Tests one phrase.
  public func advise(on phrase: TriedPhrase, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in })
    -> PhraseAdvice
  {
    advise(on: [phrase], progress: progress)[0]
  }

  /// Tests phrases independently of each other.
  ///
  /// - Parameter progress: called after each utterance with the number of utterances done and the total.
  @export(interface)
  public func advise(
    on phrases: [TriedPhrase], progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) -> [PhraseAdvice] {
    // A threshold that is never reached, so candidates are decided at once.
    let enrollments = phrases.map { phrase in
      var enrollment = phrase.enrollment
      enrollment.threshold = .infinity
      return enrollment
    }
    var spotter = PhraseDetector(model: model, enrollments: enrollments)
    let posteriors = PosteriorLayer(model)
    let levels = background.reference?.levels ?? .standard
    var trials = phrases.map { PhraseTrial($0, PhraseTally(mix: background.mix, levels: levels)) }
    let dimension = model.embeddingDimension
    let head = model.streamHead
    withUnsafeTemporaryAllocation(of: Float.self, capacity: dimension + Phoneme.classCount) { memory in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: dimension) { coordinates in
        let unit = memory.baseAddress!
        let logPosteriors = unit + dimension
        // Clarity carries over within each part of the background, as on a device that processes one talker after the
        // other in one place.
        let conditionCount = background.mix.conditions.count
        var clarities = [Clarity](repeating: Clarity(), count: background.mix.kinds.count * conditionCount)
        for (index, utterance) in background.utterances.enumerated() {
          let part = utterance.kind * conditionCount + utterance.condition
          spotter.clarity = clarities[part]
          background.forEachFrame(ofUtterance: index, coordinates: coordinates.baseAddress!, unit: unit) {
            posteriors.process(unit: UnsafePointer(unit), logPosteriors: logPosteriors)
            spotter.process(
              unit: UnsafePointer(unit), logPosteriors: UnsafePointer(logPosteriors),
              onCandidate: { trials[$0.phraseIndex].note($0, head) }, onDetection: { _ in })
          }
          clarities[part] = spotter.clarity
          // Ends the stream, so no path crosses from one utterance to the next.
          spotter.finish(onCandidate: { trials[$0.phraseIndex].note($0, head) }, onDetection: { _ in })
          for trial in trials.indices { trials[trial].close(utterance) }
          progress(index + 1, background.utterances.count)
        }
      }
    }
    return trials.map { $0.advice(background) }
  }
}

/// The results of one phrase so far.
private struct PhraseTrial {
  private struct Event {
    var logit: Float
    /// The logit with pauses around the segment.
    var addressedLogit: Float
    var firstFrame: Int
    var lastFrame: Int
  }

  private let phrase: TriedPhrase
  /// Candidates of the current utterance.
  private var candidates: [Event] = []
  private var tally: PhraseTally
  private var heard: [HeardStretch] = []
  private var occurrenceLogits: [Float] = []

  init(_ phrase: TriedPhrase, _ tally: PhraseTally) {
    self.phrase = phrase
    self.tally = tally
  }

  mutating func note(_ candidate: Candidate, _ head: AcousticModel.ScoreHead) {
    let samplesPerFrame = Int64(FrameTiming.samplesPerFrame)
    var addressed = candidate.features
    addressed.pauseBefore = 0
    addressed.pauseAfter = 0
    candidates.append(
      Event(
        logit: head.logit(candidate.features), addressedLogit: head.logit(addressed),
        firstFrame: Int(candidate.startSample / samplesPerFrame),
        lastFrame: Int(candidate.endSample / samplesPerFrame) - 1))
  }

  /// Counts the distinct events of the utterance.
  mutating func close(_ utterance: BackgroundUtterance) {
    let occurrences = phrase.occurrences(in: utterance)
    var best = [Float](repeating: ReferencePhrases.leastLogit, count: occurrences.count)
    var alarms: [Event] = []
    for event in candidates {
      var touches = false
      for (index, occurrence) in occurrences.enumerated()
      where event.firstFrame < occurrence.upperBound + EnrollmentAdvisor.toleranceFrames
        && occurrence.lowerBound <= event.lastFrame
      {
        touches = true
        best[index] = max(best[index], event.addressedLogit)
      }
      if !touches { alarms.append(event) }
    }
    candidates.removeAll(keepingCapacity: true)
    occurrenceLogits += best
    var frameCount = utterance.frameCount
    for occurrence in occurrences { frameCount -= occurrence.count + EnrollmentAdvisor.toleranceFrames }
    alarms.sort { $0.logit > $1.logit }
    var kept: [Event] = []
    for event in alarms {
      var isDistinct = true
      for other in kept where abs(other.lastFrame - event.lastFrame) < EnrollmentAdvisor.refractoryFrames {
        isDistinct = false
      }
      guard isDistinct else { continue }
      kept.append(event)
      keep(event, utterance)
    }
    tally.add(frameCount: max(frameCount, 0), kind: utterance.kind, condition: utterance.condition)
    for event in kept { tally.add(logit: event.logit, kind: utterance.kind, condition: utterance.condition) }
  }

  /// Adds an event to the best segments if it is one.
  private mutating func keep(_ event: Event, _ utterance: BackgroundUtterance) {
    // More than are reported, so repeated words do not displace others.
    let limit = 4 * EnrollmentAdvisor.heardCount
    if heard.count >= limit, event.logit <= heard[heard.count - 1].logit { return }
    let words = utterance.text(in: event.firstFrame...event.lastFrame)
    for index in heard.indices where heard[index].words.utf8.elementsEqual(words.utf8) {
      heard[index].count += 1
      if event.logit > heard[index].logit {
        heard[index].logit = event.logit
        heard[index].kind = utterance.kind
        heard[index].condition = utterance.condition
      }
      heard.sort { $0.logit > $1.logit }
      return
    }
    heard.append(
      HeardStretch(
        words: words, logit: event.logit, kind: utterance.kind, condition: utterance.condition, count: 1))
    heard.sort { $0.logit > $1.logit }
    if heard.count > limit { heard.removeLast() }
  }

  func advice(_ background: BackgroundSpeech) -> PhraseAdvice {
    PhraseAdvice(
      falseAlarms: tally.forecast(
        background.reference, phonemeCount: phrase.enrollment.variants.first?.phonemes.count ?? 0), tally: tally,
      heard: Array(heard.prefix(EnrollmentAdvisor.heardCount)), occurrenceLogits: occurrenceLogits)
  }
}

extension TriedPhrase {
  /// The occurrences of the phrase, by its words or by its sound, in frames.
  func occurrences(in utterance: BackgroundUtterance) -> [Range<Int>] {
    var found: [Range<Int>] = []
    let words = utterance.words
    for first in words.indices {
      if let last = lastWordSpelled(from: first, words) ?? lastWordSounded(from: first, words) {
        found.append(words[first].firstFrame..<words[last].endFrame)
      }
    }
    return found
  }

  private func lastWordSpelled(from first: Int, _ words: [BackgroundWord]) -> Int? {
    guard !spellings.isEmpty, first + spellings.count <= words.count else { return nil }
    for (index, spelling) in spellings.enumerated() {
      guard words[first + index].spelling.utf8.elementsEqual(spelling.utf8) else { return nil }
    }
    return first + spellings.count - 1
  }

  private func lastWordSounded(from first: Int, _ words: [BackgroundWord]) -> Int? {
    for variant in enrollment.variants {
      var position = 0
      var word = first
      while word < words.count {
        let phonemes = words[word].phonemes
        guard position + phonemes.count <= variant.phonemes.count,
          variant.phonemes[position..<position + phonemes.count].elementsEqual(phonemes)
        else { break }
        position += phonemes.count
        if position == variant.phonemes.count { return word }
        word += 1
      }
    }
    return nil
  }
}
