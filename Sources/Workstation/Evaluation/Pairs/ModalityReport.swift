/// The similarity of audio and text embeddings, for whole phrases and for their phonemes.
public struct ModalityReport: Equatable, Sendable, Codable {
  /// Share of the recordings whose nearest text (by cosine, among all) is their own. Ties count as failures.
  public var audioToTextTop1: Double
  /// 95 % interval of ``audioToTextTop1``.
  public var audioToTextTop1Interval: ConfidenceInterval?
  /// Share of the texts whose nearest recording is their own. Ties count as failures.
  public var textToAudioTop1: Double
  /// 95 % interval of ``textToAudioTop1``.
  public var textToAudioTop1Interval: ConfidenceInterval?
  /// The gap between the recordings of phrases and their texts.
  public var utterances: ModalityGap
  /// The gap between the audio and text embeddings of phonemes; `nil` if it was not measured.
  public var phonemes: ModalityGap?

  /// Distances below this value are rounding errors of equal vectors.
  private static let roundingSquare = 1e-12

  /// Measures retrieval and the gap of phrases.
  ///
  /// - Parameters:
  ///   - audio: one unit vector per phrase, each with one recording and one text. No text occurs twice.
  ///   - text: the unit vectors of the same phrases, in the same order.
  ///   - phonemes: the gap of phoneme embeddings, computed separately because those vectors form other pairs.
  ///   - bootstrap: over the phrases, for 95 % intervals; `nil` omits them. The interval of a retrieval rate is that of
  ///     the mean of its hits, with the searched set unchanged.
  /// - Precondition: at least one phrase; all vectors have one length.
  public init(
    audio: [[Float]], text: [[Float]], phonemes: ModalityGap? = nil,
    bootstrap: Bootstrap? = Bootstrap(resampleCount: 400)
  ) {
    let distances = PairedDistances(audio: audio, text: text)
    utterances = ModalityGap(audio: audio, text: text, distances: distances, bootstrap: bootstrap)
    self.phonemes = phonemes

    // On the unit sphere, the nearest vector by cosine is the nearest by distance.
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
