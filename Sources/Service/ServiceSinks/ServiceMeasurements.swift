/// What a service counts and measures of itself. Counts are since the start.
package struct ServiceMeasurements: Equatable, Sendable {
  /// What is counted for one phrase.
  package struct Phrase: Equatable, Sendable {
    package var detectionCount = 0
    package var scores = ScoreHistogram()
  }

  /// Phrases beyond so many are counted together as ``otherPhrases``, so that no stream of phrases fills the memory of
  /// whoever collects.
  package static let mostPhrases = 64
  package static let otherPhrases = "(other)"

  package private(set) var phrases: [String: Phrase] = [:]

  /// Samples heard by the local microphone.
  package var sampleCount: Int64 = 0
  package var lostSampleCount: Int64 = 0
  package var droppedSampleCount: Int64 = 0
  package var overrunCount = 0
  package var suspendCount = 0
  package var reconnectCount = 0
  /// CPU time of the thread that spots.
  package var processingSeconds = 0.0
  /// Nil where nothing was measured yet, -infinity for silence.
  package var levelDBFS: Double?
  /// Nil where there is no local microphone.
  package var isMicrophoneUp: Bool?
  /// Wyoming clients that are connected.
  package var clientCount = 0
  /// Answers of the console by their status, such as 200.
  package var httpRequestCounts: [Int: Int] = [:]
  /// Nil where nothing is published by MQTT.
  package var isMQTTConnected: Bool?
  /// Events that a sink could not take, by its name, such as `mqtt`.
  package var sinkDroppedCounts: [String: Int] = [:]

  package init() {}

  /// Counts a detection, or a candidate that was none.
  package mutating func count(phrase: String, score: Float, detected: Bool) {
    let isRoom = phrases[phrase] != nil || phrases.count < Self.mostPhrases
    phrases[isRoom ? phrase : Self.otherPhrases, default: Phrase()].scores.add(score)
    if detected { phrases[isRoom ? phrase : Self.otherPhrases, default: Phrase()].detectionCount += 1 }
  }

  /// Has a phrase in the list from the start, with zeros, so that rates can be computed from its first detection.
  package mutating func addPhrase(_ phrase: String) {
    guard phrases[phrase] == nil, phrases.count < Self.mostPhrases else { return }
    phrases[phrase] = Phrase()
  }
}
