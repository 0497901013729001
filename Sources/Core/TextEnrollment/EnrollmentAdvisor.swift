import KeywordSpotting
import ModelFormat

/// A phrase to try on running speech.
public struct TriedPhrase: Sendable {
  public var enrollment: Enrollment
  /// The phrase's words as ``EnrollmentReport`` has them: where they are said, it is no false alarm. Empty where only
  /// pronunciations are known.
  public var spellings: [String]

  public init(_ enrollment: Enrollment, spellings: [String] = []) {
    self.enrollment = enrollment
    self.spellings = spellings
  }

  public init(_ enrollment: Enrollment, _ report: EnrollmentReport) {
    self.init(enrollment, spellings: report.words.map { $0.word })
  }
}

/// A stretch of running speech that a phrase was mistaken for, or nearly.
public struct HeardStretch: Equatable, Sendable {
  /// The words said there, parted by blanks; empty where it was none.
  public var words: String
  /// The best score of it, as a logit and as a probability.
  public var logit: Float
  public var score: Float { FloatFunctions.logistic(logit) }
  /// Where the best score came from: indices into ``BackgroundMix/kinds`` and ``BackgroundMix/conditions``.
  public var kind: Int
  public var condition: Int
  /// Whether the best score came of speech through noise or a room.
  public var isAugmented: Bool { condition > 0 }
  /// How often these words were among the best stretches.
  public var count: Int
}

/// What running speech tells of a phrase.
public struct PhraseAdvice: Sendable {
  /// False alarms over the time in which the phrase is not said.
  public var falseAlarms: FalseAlarmForecast
  /// What they are counted from.
  public var tally: PhraseTally
  /// What was taken for the phrase, the likest first, no words twice.
  public var heard: [HeardStretch]
  /// The best logit of each time that the phrase really is said in the speech, as it would be had the talker paused before
  /// and after it, as who addresses a device does.
  public var occurrenceLogits: [Float]
}

/// Tries phrases on the running speech of a background file: how many false alarms each would give at which threshold, and on
/// what.
///
/// The speech goes through the device's own search, verification and score (``KeywordSpotting/PhraseDetector``); the encoder's
/// work is in the file already. Distinct events are counted as a device would report them: the best candidate a second. What
/// touches a place where the phrase itself is said, by its words or by any of its pronunciations, does not count.
///
/// Memory is allocated at the start, but for what is found. The model's and the file's bytes must outlive the advisor. One thread
/// at a time.
public struct EnrollmentAdvisor {
  /// Distinct stretches that are told of a phrase.
  public static let heardCount = 8
  /// A phrase may be reported until this long after it was said: 0.5 s.
  package static let toleranceFrames = 12
  /// An event so near to a better one, end to end, is the same: 1 s.
  package static let refractoryFrames = 25

  private let model: AcousticModel
  private let background: BackgroundSpeech

  /// - Throws: ``BackgroundSpeechError/otherModel(file:model:)``.
  public init(model: AcousticModel, background: BackgroundSpeech) throws(BackgroundSpeechError) {
    try background.checkModel(model)
    self.model = model
    self.background = background
  }

  /// Tries one phrase.
  public func advise(on phrase: TriedPhrase, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in })
    -> PhraseAdvice
  {
    advise(on: [phrase], progress: progress)[0]
  }

  /// Tries phrases, each for itself.
  ///
  /// - Parameter progress: called after each utterance, with utterances done and in all.
  public func advise(
    on phrases: [TriedPhrase], progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) -> [PhraseAdvice] {
    // A threshold that is never reached: candidates are then settled at once.
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
        // A device hears one talker after the other where it stands, and so does each part of the background.
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
          // Ends the stream: no path leads from one utterance into the next.
          spotter.finish(onCandidate: { trials[$0.phraseIndex].note($0, head) }, onDetection: { _ in })
          for trial in trials.indices { trials[trial].close(utterance) }
          progress(index + 1, background.utterances.count)
        }
      }
    }
    return trials.map { $0.advice(background) }
  }
}

/// What one phrase has met so far.
private struct PhraseTrial {
  private struct Event {
    var logit: Float
    /// What it would be with pauses around the stretch.
    var addressedLogit: Float
    var firstFrame: Int
    var lastFrame: Int
  }

  private let phrase: TriedPhrase
  /// Candidates of the utterance in progress.
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

  /// Counts the utterance's distinct events.
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

  /// Puts an event among the best stretches, if it is one.
  private mutating func keep(_ event: Event, _ utterance: BackgroundUtterance) {
    // A few more than are told, so that words that come twice do not push others out.
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
  /// Where the phrase is said, by its words or by its sound, in frames.
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
