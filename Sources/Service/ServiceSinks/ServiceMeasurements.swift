/// The counts and measurements of a service. Counts are since the start.
package struct ServiceMeasurements: Equatable, Sendable {
  /// The counts for one phrase.
  package struct Phrase: Equatable, Sendable {
    package var detectionCount = 0
    package var scores = ScoreHistogram()
  }

  /// Phrases beyond this number are counted together as ``otherPhrases``, to limit the number of time series.
  package static let mostPhrases = 64
  /// The name for the phrases beyond ``mostPhrases``.
  package static let otherPhrases = "(other)"

  /// The counts by phrase.
  package private(set) var phrases: [String: Phrase] = [:]

  /// Samples of the local microphone that were processed.
  package var sampleCount: Int64 = 0
  package var lostSampleCount: Int64 = 0
  package var droppedSampleCount: Int64 = 0
  package var overrunCount = 0
  package var suspendCount = 0
  package var reconnectCount = 0
  /// CPU time of the spotting thread.
  package var processingSeconds = 0.0
  /// The level; nil before the first measurement, -infinity for silence.
  package var levelDBFS: Double?
  /// Whether the microphone delivers audio; nil without a local microphone.
  package var isMicrophoneUp: Bool?
  /// The number of connected Wyoming clients.
  package var clientCount = 0
  /// The number of the console's responses by status, such as 200.
  package var httpRequestCounts: [Int: Int] = [:]
  /// Whether the broker is connected; nil without MQTT.
  package var isMQTTConnected: Bool?
  /// The number of requests to the webhook by result; empty without a webhook.
  package var webhookCounts: [RequestResult: Int] = [:]
  /// The number of commands to the voice assistant by result; empty without a voice assistant.
  package var voiceAssistantCounts: [RequestResult: Int] = [:]
  /// The number of events that a sink dropped, by its name, such as `mqtt`.
  package var sinkDroppedCounts: [String: Int] = [:]

  package init() {}

  /// Counts a detection, or a candidate that was not detected.
  package mutating func count(phrase: String, score: Float, detected: Bool) {
    let isRoom = phrases[phrase] != nil || phrases.count < Self.mostPhrases
    phrases[isRoom ? phrase : Self.otherPhrases, default: Phrase()].scores.add(score)
    if detected { phrases[isRoom ? phrase : Self.otherPhrases, default: Phrase()].detectionCount += 1 }
  }

  /// Lists a phrase with zeros from the start, so rates can be computed from its first detection.
  package mutating func addPhrase(_ phrase: String) {
    guard phrases[phrase] == nil, phrases.count < Self.mostPhrases else { return }
    phrases[phrase] = Phrase()
  }
}
