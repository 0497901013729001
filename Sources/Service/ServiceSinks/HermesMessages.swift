import JSON
import ListeningService

/// The wake-word messages of the Hermes protocol, as used by Rhasspy.
///
/// - Reference: github.com/rhasspy/rhasspy-hermes, rhasspyhermes/wake.py (`HotwordDetected`, `HotwordToggleOn`,
///   `HotwordToggleOff`). How several toggles combine is from rhasspy-wake-pocketsphinx-hermes (`disabled_reasons`).
package enum HermesMessages {
  package static let toggleOnTopic = "hermes/hotword/toggleOn"
  package static let toggleOffTopic = "hermes/hotword/toggleOff"

  /// The topic for detections of a phrase.
  package static func detectedTopic(phrase: String) -> String {
    "hermes/hotword/\(TopicLevel.level(for: phrase))/detected"
  }

  /// A detection. `currentSensitivity` is 1 minus the phrase's threshold, so a higher value is more sensitive.
  package static func detected(_ event: ServiceEvent, site: String, version: String) -> [UInt8] {
    var object = JSONObject()
    object.add("modelId", event.detection.phrase)
    object.add("modelVersion", version)
    object.add("modelType", "universal")
    object.add("currentSensitivity", 1 - event.threshold)
    object.add("siteId", site)
    for name: StaticString in ["sessionId", "sendAudioCaptured", "lang", "customEntities"] { object.addNull(name) }
    return object.encoded
  }
}

/// Tracks whether hubs have paused detections. `toggleOff` adds a reason for a pause, and `toggleOn` removes it.
///
/// Detections are paused while there is a reason. A `toggleOn` without a reason removes all reasons. A reason counts
/// once. An empty message on a topic removes the message that the broker retains there, so on `toggleOff` it also removes
/// the reason that came with that message.
package struct HermesToggles {
  /// The effect of a message.
  package enum Outcome: Equatable, Sendable {
    /// The message is for another site or changes nothing.
    case unchanged
    case paused
    case resumed
    /// The message is not a valid toggle; the text gives the reason.
    case malformed(String)
  }

  /// Beyond this number, reasons are not distinguished.
  package static let mostReasons = 32
  private static let payloadByteLimit = 4_096

  private let site: String
  /// The reasons in UTF-8.
  private var reasons: Set<[UInt8]> = []
  /// The reason of a retained message, if it is one of the reasons. A broker retains one message for a topic.
  private var retainedReason: [UInt8]?

  /// - Parameter site: The site whose messages are handled.
  package init(site: String) { self.site = site }

  /// Whether detections are paused.
  package var isPaused: Bool { !reasons.isEmpty }

  /// Whether a retained message pauses detections, and will do so again after a restart.
  package var isPausedByRetained: Bool { retainedReason != nil }

  /// The state for subscribers: `{"state": "listening"|"paused", "reasons": […], "retained": true|false}`.
  package var state: [UInt8] {
    var object = JSONObject()
    object.add("state", isPaused ? "paused" : "listening")
    object.add("reasons", reasons.map { Self.shortened(String(decoding: $0, as: UTF8.self)) }.sorted())
    object.add("retained", isPausedByRetained)
    return object.encoded
  }

  /// The first 64 characters of a reason.
  package static func shortened(_ reason: String) -> String {
    reason.unicodeScalars.count > 64 ? String(String.UnicodeScalarView(reason.unicodeScalars.prefix(64))) + "…" : reason
  }

  /// Handles a message from the broker.
  ///
  /// - Parameter isRetained: Whether the broker had kept the message since before this subscription.
  package mutating func receive(topic: String, payload: UnsafeRawBufferPointer, isRetained: Bool = false) -> Outcome {
    let topics = [HermesMessages.toggleOffTopic, HermesMessages.toggleOnTopic]
    guard topics.contains(where: { topic.utf8.elementsEqual($0.utf8) }) else {
      return .malformed("the topic was not subscribed to")
    }
    guard !payload.isEmpty else {
      return topic == HermesMessages.toggleOffTopic ? removeRetainedReason() : .unchanged
    }
    guard payload.count <= Self.payloadByteLimit else {
      return .malformed("\(payload.count) bytes, more than the limit of \(Self.payloadByteLimit)")
    }
    guard let message = JSONValue(payload), case .object(let members) = message else {
      return .malformed("not a JSON object")
    }
    guard let site = Self.member("siteId", of: members, otherwise: "default") else {
      return .malformed("siteId is not a string")
    }
    guard site.utf8.elementsEqual(self.site.utf8) else { return .unchanged }
    guard let text = Self.member("reason", of: members, otherwise: "") else {
      return .malformed("reason is not a string")
    }
    let reason = Array(text.utf8)
    let wasPaused = isPaused
    if topic == HermesMessages.toggleOffTopic {
      let counted = reasons.contains(reason) || reasons.count < Self.mostReasons ? reason : []
      reasons.insert(counted)
      if isRetained { retainedReason = counted }
    } else if reason.isEmpty {
      reasons = []
    } else {
      reasons.remove(reason)
    }
    if let retainedReason, !reasons.contains(retainedReason) { self.retainedReason = nil }
    return isPaused == wasPaused ? .unchanged : isPaused ? .paused : .resumed
  }

  private mutating func removeRetainedReason() -> Outcome {
    guard let reason = retainedReason else { return .unchanged }
    retainedReason = nil
    reasons.remove(reason)
    return isPaused ? .unchanged : .resumed
  }

  /// Removes all reasons.
  ///
  /// - Returns: ``Outcome/resumed`` if detections were paused.
  package mutating func reset() -> Outcome {
    defer { (reasons, retainedReason) = ([], nil) }
    return isPaused ? .resumed : .unchanged
  }

  /// The string of an optional member; nil if it is not a string.
  private static func member(_ name: String, of members: [String: JSONValue], otherwise text: String) -> String? {
    switch members[name] {
    case nil, .null?: return text
    case .text(let text)?: return text
    default: return nil
    }
  }
}
