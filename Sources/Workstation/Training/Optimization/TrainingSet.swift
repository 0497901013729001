import Foundation
import ModelFormat
import TextEnrollment

/// The utterances of a training run with the pronunciations of their words.
///
/// Utterances without speech serve as noise for the augmentation. Utterances that contain a word without pronunciation,
/// or are too long for a shard, are skipped and counted.
public final class TrainingSet: @unchecked Sendable {
  /// An utterance with pronunciations.
  public struct Item: Sendable {
    /// The recording and its text.
    public var utterance: Utterance
    /// `[word][variant][phoneme]`.
    public var words: [[[UInt8]]]
  }

  /// The corpus of the utterances.
  public let corpus: PreparedCorpus
  /// The utterances to train on.
  public let items: [Item]
  /// One utterance in 25, by a hash of its name. These are never trained on, because the score heads must be fitted to
  /// speech that the encoders have not memorized.
  public let heldOut: [Item]
  /// Noise that ``NoiseSplit`` does not reserve for evaluation.
  public let noises: [Utterance]
  /// Loaded impulse responses; nil uses only simulated rooms.
  public let rooms: RoomResponses?
  /// Frame posteriors of another recognizer; nil uses phone labels.
  public let teacher: TeacherPosteriors?
  /// Utterances skipped because a word has no pronunciation.
  public let withoutPronunciation: Int
  /// Utterances skipped because they are too long.
  public let tooLong: Int
  /// Seconds of speech.
  public let seconds: Double

  /// The first utterance or noise that the corpus reserves for evaluation, split dev or test; nil if there is none.
  public var evaluationUtterance: Utterance? {
    corpus.utterances.first { ["dev", "test"].contains($0.split) }
  }

  /// - Parameter pronounce: returns all pronunciations of each word of a text, most likely first; nil if a word is
  ///   unknown.
  public init(
    corpus: PreparedCorpus, longestSeconds: Double, rooms: RoomResponses? = nil, teacher: TeacherPosteriors? = nil,
    pronounce: (String) -> [[[UInt8]]]?
  ) {
    self.corpus = corpus
    self.rooms = rooms
    self.teacher = teacher
    var items: [Item] = []
    var heldOut: [Item] = []
    var noises: [Utterance] = []
    var unknown = 0
    var long = 0
    for utterance in corpus.utterances {
      if utterance.isNoise {
        if !NoiseSplit.isReservedForEvaluation(id: utterance.id) { noises.append(utterance) }
        continue
      }
      guard utterance.duration <= longestSeconds else {
        long += 1
        continue
      }
      let words = (pronounce(utterance.text) ?? []).map { Array($0.filter { !$0.isEmpty }.prefix(4)) }
      guard !words.isEmpty, words.allSatisfy({ !$0.isEmpty }) else {
        unknown += 1
        continue
      }
      let item = Item(utterance: utterance, words: words)
      if NoiseSplit.hash(of: utterance.id) % 25 == 3 { heldOut.append(item) } else { items.append(item) }
    }
    self.items = items
    self.heldOut = heldOut
    self.noises = noises
    withoutPronunciation = unknown
    tooLong = long
    seconds = items.reduce(0) { $0 + $1.utterance.duration }
  }
}
