import Foundation
import ModelFormat
import SeededRandom
import TextEnrollment

/// Fits both score heads to the output of the quantized model.
///
/// *Stream head*: its weights are the mean of two fits. The first is to the candidates that ``CandidateMiner`` finds in
/// ``utteranceCount`` training utterances: it relies on the pauses around phrases. The second is to the candidates of the
/// stream below, without those across rooms: it finds more phrases within fluent speech. Each fit is repeated on the
/// matches that can be found and on the highest-scoring mismatches, because a device's false alarms come from them.
///
/// In the stream, phrases of one to four words are enrolled from text and searched for in the held-out utterances.
/// The stream is processed three times: nearly as recorded, in noise, and across rooms. The phrases themselves are cut
/// out and inserted between the utterances, as if addressed to a device: ``pauseBeforeShare`` of them after a pause,
/// ``pauseAfterShare`` before one. A candidate is a match at an inserted phrase. It is ignored if running speech
/// contains the phrase. The weight of the clarity is set to give the same number of false alarms per hour across rooms
/// and in quiet at one threshold. The bias is set to leave ``quietShare`` of the phrases of usual length without any
/// mismatch of score 0.5 or more in the whole stream.
///
/// *Pair head*: clips cut at word alignments, scored against their own text, a random text, and the nearest text by
/// phonemes.
public struct HeadCalibration {
  /// Training utterances that the weights of the stream head are fitted to: about 4.5 h.
  public static let utteranceCount = 4_800
  /// Share of the phrases that must not have a mismatch of score 0.5 or more.
  public static let quietShare = 0.3
  /// Share of the phrases that follow a pause. An assumption about use, not a measurement.
  public static let pauseBeforeShare: Float = 0.9
  /// Share of the phrases that precede a pause. The others run straight on into a command.
  public static let pauseAfterShare: Float = 0.6

  /// The stream head of a model before the fit, twelve weights. ``CandidateMiner`` chooses by it among candidates of
  /// the same phrase.
  public static let draftStreamHead = AcousticModel.ScoreHead(
    weights: [1, 0.3, 2, 2, 2, 0.3, 0.3, 0.3, 1, 1, 0, 1], bias: -4)
  /// The pair head of a model before the fit, fourteen weights.
  public static let draftPairHead = AcousticModel.ScoreHead(
    weights: [0.5, 0.2, 2, 2, 2, 0.3, 0.3, 0.3, 1, 1, 0.5, 0.2, 0.5, 1], bias: -3)

  private let set: TrainingSet
  private let model: AcousticModel
  private let enroller: Enroller
  private let seed: UInt64

  /// The fitted heads and the amount of data behind them.
  public struct Result: Sendable {
    /// The head for candidates in a stream.
    public var stream: AcousticModel.ScoreHead
    /// The head for a clip and a phrase.
    public var pair: AcousticModel.ScoreHead
    /// Hours of the held-out stream times the number of phrases.
    public var phraseHours: Double
    /// Matches that the stream head was fitted to.
    public var streamMatches: Int
    /// Mismatches that the stream head was fitted to, before the highest were chosen.
    public var streamMismatches: Int
    /// Pairs that the pair head was fitted to.
    public var pairSamples: Int

    /// Creates a result from its members.
    public init(
      stream: AcousticModel.ScoreHead, pair: AcousticModel.ScoreHead, phraseHours: Double, streamMatches: Int,
      streamMismatches: Int, pairSamples: Int
    ) {
      self.stream = stream
      self.pair = pair
      self.phraseHours = phraseHours
      self.streamMatches = streamMatches
      self.streamMismatches = streamMismatches
      self.pairSamples = pairSamples
    }
  }

  /// - Parameters:
  ///   - set: the training set whose held-out utterances are used.
  ///   - model: the quantized model. Of its own heads, only the pair head is used, to choose among the pronunciations
  ///     of a text.
  ///   - language: the lexicon for enrollment.
  ///   - seed: determines every draw.
  public init(set: TrainingSet, model: AcousticModel, language: LanguageFile, seed: UInt64) {
    self.set = set
    self.model = model
    self.seed = seed
    enroller = Enroller(model: model, language: language)
  }

  /// Fits both heads.
  ///
  /// - Parameter progress: called with a line of text after each part of the work.
  /// - Returns: nil if the held-out utterances give 50 examples or fewer, or no matches or no mismatches.
  public func run(phraseCount: Int = 1_200, pairCount: Int = 2_500, progress: (String) -> Void) -> Result? {
    var generator = SplitMix64(seed: seed)
    let speech = HeldOutSpeech(set, model)
    progress("\(speech.utterances.count) held-out utterances aligned")
    let examples = speech.examples(count: max(pairCount, phraseCount), using: &generator)
    guard examples.count > 50 else { return nil }
    // Two threads. Each writes its own results and draws from its own generator; what they share does not change.
    nonisolated(unsafe) let calibration = self
    nonisolated(unsafe) var draws = generator
    nonisolated(unsafe) var heldOut = StreamHeadFit.Samples(phonemeCounts: [])
    nonisolated(unsafe) var phraseHours = 0.0
    nonisolated(unsafe) var pairs: [MonotoneHead.Sample] = []
    nonisolated(unsafe) var mined: [MonotoneHead.Sample] = []
    withoutActuallyEscaping(progress) { progress in
      nonisolated(unsafe) let progress = progress
      let speaking = NSLock()
      let say: @Sendable (String) -> Void = { line in speaking.withLock { progress(line) } }
      DispatchQueue.concurrentPerform(iterations: 2) { part in
        let (set, model, enroller) = (calibration.set, calibration.model, calibration.enroller)
        if part == 0 {
          let stream = HeldOutStream(
            speech, Array(examples.prefix(phraseCount)), set: set, model: model, enroller: enroller)
          (heldOut, phraseHours) = stream.samples(using: &draws, progress: say)
          pairs = PairSampler(set: set, model: model, enroller: enroller).samples(
            speech, Array(examples.prefix(pairCount)), using: &draws)
          say("\(pairs.count) pairs scored")
        } else {
          mined = CandidateMiner(set: set, model: model).samples(
            utteranceCount: Self.utteranceCount, seed: calibration.seed, progress: say)
        }
      }
    }
    guard
      [mined, heldOut.outsideRooms, pairs].allSatisfy({ samples in
        samples.contains { $0.isMatch } && samples.contains { !$0.isMatch }
      })
    else { return nil }
    return Result(
      stream: StreamHeadFit.head(mined: mined, heldOut: heldOut), pair: MonotoneHead.fit(pairs),
      phraseHours: phraseHours, streamMatches: mined.count { $0.isMatch },
      streamMismatches: mined.count { !$0.isMatch }, pairSamples: pairs.count)
  }
}
