/// How alike the embeddings of audio and text are: of whole phrases, and of their phonemes.
public struct ModalityReport: Equatable, Sendable, Codable {
  /// Share of the recordings whose nearest text (by cosine, among all) is their own; a tie is lost.
  public var audioToTextTop1: Double
  public var audioToTextTop1Interval: ConfidenceInterval?
  /// Share of the texts whose nearest recording is their own; a tie is lost.
  public var textToAudioTop1: Double
  public var textToAudioTop1Interval: ConfidenceInterval?
  /// Between a phrase's recording and its text.
  public var utterances: ModalityGap
  /// Between a phoneme as it is heard in a phrase and as the text has it; `nil` where it was not measured.
  public var phonemes: ModalityGap?

  /// Distances below this are the rounding of equal vectors.
  private static let roundingSquare = 1e-12

  /// - Parameters:
  ///   - audio: one unit vector a phrase: one recording and one text each, no text twice.
  ///   - text: the same phrases' unit vectors, in the same order.
  ///   - phonemes: the gap between phoneme embeddings, made apart: those vectors have other pairs.
  ///   - bootstrap: over the phrases, for intervals of 95 %; `nil` leaves them out. The interval of a retrieval rate is
  ///     that of the mean of its hits: the set that is searched stays whole.
  /// - Precondition: at least one phrase; all vectors have one length.
  public init(
    audio: [[Float]], text: [[Float]], phonemes: ModalityGap? = nil,
    bootstrap: Bootstrap? = Bootstrap(resampleCount: 400)
  ) {
    let distances = PairedDistances(audio: audio, text: text)
    utterances = ModalityGap(audio: audio, text: text, distances: distances, bootstrap: bootstrap)
    self.phonemes = phonemes

    // On the unit sphere the nearest by cosine is the nearest by distance.
    let range = 0..<audio.count
    let audioHits = range.map { a -> Double in
      let own = distances.between(audio: a, text: a) + Self.roundingSquare
      return range.contains { $0 != a && distances.between(audio: a, text: $0) <= own } ? 0 : 1
    }
    let textHits = range.map { t -> Double in
      let own = distances.between(audio: t, text: t) + Self.roundingSquare
      return range.contains { $0 != t && distances.between(audio: $0, text: t) <= own } ? 0 : 1
    }
    func interval(_ hits: [Double]) -> ConfidenceInterval? {
      bootstrap?.interval(itemCount: hits.count) { drawn in
        drawn.reduce(0) { $0 + hits[$1] } / Double(drawn.count)
      }
    }
    audioToTextTop1 = audioHits.reduce(0, +) / Double(audio.count)
    textToAudioTop1 = textHits.reduce(0, +) / Double(audio.count)
    audioToTextTop1Interval = interval(audioHits)
    textToAudioTop1Interval = interval(textHits)
  }
}
