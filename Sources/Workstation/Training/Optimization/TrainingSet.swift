import Foundation
import ModelFormat
import TextEnrollment

/// The utterances that a run trains on, with the pronunciations of their words.
///
/// Utterances without speech are noise for the augmentation. Those with a word that has no pronunciation are left out and
/// counted, as are those that are too long for a shard.
public final class TrainingSet: @unchecked Sendable {
  public struct Item: Sendable {
    public var utterance: Utterance
    /// `[word][variant][phoneme]`.
    public var words: [[[UInt8]]]
  }

  public let corpus: PreparedCorpus
  public let items: [Item]
  /// One utterance in 25, by a hash of its name: never trained on, so that the score heads are fitted to what the encoders do
  /// on speech that they have not learned by heart.
  public let heldOut: [Item]
  /// Noise that the evaluation has not reserved for itself.
  public let noises: [Utterance]
  /// Rooms that recordings are heard in; nil leaves simulated ones.
  public let rooms: RoomResponses?
  /// What another recogniser heard in the recordings; nil leaves phone labels.
  public let teacher: TeacherPosteriors?
  /// Utterances left out: a word without a pronunciation, or too long.
  public let withoutPronunciation: Int
  public let tooLong: Int
  /// Seconds of speech.
  public let seconds: Double

  /// - Parameter pronounce: for each word of a text all ways to say it, likeliest first; nil where a word is unknown.
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
