import KeywordSpotting

/// The device's own decision on a stream: how often an utterance of a phrase gives exactly one event.
///
/// All phrases run together, each at its threshold, with the overlap rule and the refractory period (``Decision``).
/// With tolerance τ = 0.5 s, an event *belongs* to an occurrence of its phrase
/// - if it ends between the occurrence's start and its end + τ, like a hit; or
/// - if it hits no occurrence, but overlaps the occurrence extended by τ at both ends.
///
/// An occurrence with a hit is *detected*. It is reported *once* if no other event belongs to it.
public struct StreamEventReport: Equatable, Sendable, Codable {
  /// An occurrence that was detected and reported more than once.
  public struct Repetition: Equatable, Sendable, Codable {
    /// The text of the phrase.
    public var phrase: String
    /// The id of the recording.
    public var clip: String
    /// The speaker of the recording.
    public var speaker: String
    /// Start of the occurrence, in seconds from the start of the stream.
    public var startSeconds: Double
    /// End of the occurrence, in seconds from the start of the stream.
    public var endSeconds: Double
    /// The ends of its events, in seconds from the start of the stream.
    public var eventSeconds: [Double]
  }

  /// How often one phrase was spoken and another was reported, with the event ending where a hit would.
  public struct Confusion: Equatable, Sendable, Codable {
    /// The spoken phrase.
    public var said: String
    /// The reported phrase.
    public var reported: String
    /// Occurrences of the confusion.
    public var count: Int
    /// Occurrences that were not detected themselves, because the wrong phrase replaced them or they had no candidate.
    public var missedCount: Int
  }

  /// The aim: the minimum share of the detected occurrences that are reported once.
  public static let aim = 0.995

  /// Occurrences of all phrases.
  public var occurrenceCount: Int
  /// Occurrences with a hit.
  public var detectedCount: Int
  /// Detected occurrences with exactly one event.
  public var onceCount: Int
  /// Occurrences with several events.
  public var repetitions: [Repetition]
  /// By pair of phrases.
  public var confusions: [Confusion]
  /// Occurrences on which at least one other phrase was reported.
  public var confusedCount: Int
  /// Events that belong to no occurrence of their phrase, including those on other phrases.
  public var falseAlarmCount: Int
  /// ``falseAlarmCount`` divided by the hours of the stream.
  public var falseAlarmsPerHour: Double

  /// Share of the detected occurrences that are reported once; `nil` if none was detected.
  public var onceShare: Double? { detectedCount > 0 ? Double(onceCount) / Double(detectedCount) : nil }

  /// Counts events.
  ///
  /// - Parameters:
  ///   - events: of all phrases, in order of time.
  ///   - occurrences: of all phrases, in order of time.
  ///   - said: returns the clip of an occurrence.
  public init(
    texts: [String], events: [Detection], occurrences: [StreamOccurrence], streamSampleCount: Int64,
    said: (StreamOccurrence) -> StreamClip
  ) {
    let tolerance = StreamOutcome.toleranceSamples
    func isHit(_ event: Detection, _ occurrence: StreamOccurrence) -> Bool {
      event.endSample >= occurrence.startSample && event.endSample <= occurrence.endSample + tolerance
    }
    var hits = [[Detection]](repeating: [], count: occurrences.count)
    var belonging = hits
    var strangers = hits
    var falseAlarms = 0
    for event in events {
      let near = occurrences.indices.filter { index in
        occurrences[index].startSample - tolerance <= event.endSample
          && event.startSample <= occurrences[index].endSample + tolerance
      }
      let own = near.filter { occurrences[$0].phraseIndex == event.phraseIndex }
      let hit = own.filter { isHit(event, occurrences[$0]) }
      for index in hit { hits[index].append(event) }
      for index in hit.isEmpty ? own : hit { belonging[index].append(event) }
      if own.isEmpty { falseAlarms += 1 }
      for index in near where occurrences[index].phraseIndex != event.phraseIndex && isHit(event, occurrences[index]) {
        strangers[index].append(event)
      }
    }

    var counts: [[Int]: (count: Int, missed: Int)] = [:]
    var repetitions: [Repetition] = []
    for (index, occurrence) in occurrences.enumerated() {
      for reported in Set(strangers[index].map(\.phraseIndex)) {
        let key = [occurrence.phraseIndex, reported]
        counts[key, default: (0, 0)].count += 1
        if hits[index].isEmpty { counts[key]!.missed += 1 }
      }
      guard !hits[index].isEmpty, belonging[index].count > 1 else { continue }
      let clip = said(occurrence)
      repetitions.append(
        Repetition(
          phrase: texts[occurrence.phraseIndex], clip: clip.id, speaker: clip.speaker,
          startSeconds: Double(occurrence.startSample) / 16_000, endSeconds: Double(occurrence.endSample) / 16_000,
          eventSeconds: belonging[index].map { Double($0.endSample) / 16_000 }))
    }
    occurrenceCount = occurrences.count
    detectedCount = hits.count { !$0.isEmpty }
    onceCount = detectedCount - repetitions.count
    self.repetitions = repetitions
    confusedCount = strangers.count { !$0.isEmpty }
    confusions =
      counts.sorted { ($1.value.count, $0.key[0], $0.key[1]) < ($0.value.count, $1.key[0], $1.key[1]) }.map {
        Confusion(
          said: texts[$0.key[0]], reported: texts[$0.key[1]], count: $0.value.count, missedCount: $0.value.missed)
      }
    falseAlarmCount = falseAlarms
    falseAlarmsPerHour = Double(falseAlarms) / (Double(max(1, streamSampleCount)) / 16_000 / 3_600)
  }
}
