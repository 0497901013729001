import JSON
import ListeningService

/// What the Hermes protocol says about wake words, as Rhasspy has it.
///
/// - Reference: github.com/rhasspy/rhasspy-hermes, rhasspyhermes/wake.py (`HotwordDetected`, `HotwordToggleOn`,
///   `HotwordToggleOff`); what toggles mean together is from rhasspy-wake-pocketsphinx-hermes (`disabled_reasons`).
package enum HermesMessages {
  package static let toggleOnTopic = "hermes/hotword/toggleOn"
  package static let toggleOffTopic = "hermes/hotword/toggleOff"

  package static func detectedTopic(phrase: String) -> String {
    "hermes/hotword/\(TopicLevel.level(for: phrase))/detected"
  }

  /// A detection: `currentSensitivity` is 1 less the phrase's threshold, so that more is more sensitive.
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

/// Whether hubs want no wake words at the moment: `toggleOff` pauses for a reason, and `toggleOn` takes that reason away.
///
/// Paused is as long as there is a reason. A `toggleOn` without a reason takes all away. The same reason counts once.
package struct HermesToggles {
  package enum Outcome: Equatable, Sendable {
    /// Meant for another site, or nothing new.
    case unchanged
    case paused
    case resumed
    /// Neither a toggle nor meant for another site; why, for a person.
    case malformed(String)
  }

  /// Reasons beyond this many are not kept apart.
  package static let mostReasons = 32
  private static let payloadByteLimit = 4_096

  private let site: String
  /// In UTF-8.
  private var reasons: Set<[UInt8]> = []

  package init(site: String) { self.site = site }

  package var isPaused: Bool { !reasons.isEmpty }

  package mutating func receive(topic: String, payload: UnsafeRawBufferPointer) -> Outcome {
    let topics = [HermesMessages.toggleOffTopic, HermesMessages.toggleOnTopic]
    guard topics.contains(where: { topic.utf8.elementsEqual($0.utf8) }) else {
      return .malformed("nobody asked for it")
    }
    guard payload.count <= Self.payloadByteLimit else {
      return .malformed("\(payload.count) bytes, and at most \(Self.payloadByteLimit) are accepted")
    }
    guard let message = JSONValue(payload), case .object(let members) = message else {
      return .malformed("no JSON object")
    }
    guard let site = Self.member("siteId", of: members, otherwise: "default") else {
      return .malformed("siteId is no text")
    }
    guard site.utf8.elementsEqual(self.site.utf8) else { return .unchanged }
    guard let text = Self.member("reason", of: members, otherwise: "") else { return .malformed("reason is no text") }
    let reason = Array(text.utf8)
    let wasPaused = isPaused
    if topic == HermesMessages.toggleOffTopic {
      if !reasons.contains(reason) { reasons.insert(reasons.count < Self.mostReasons ? reason : []) }
    } else if reason.isEmpty {
      reasons = []
    } else {
      reasons.remove(reason)
    }
    return isPaused == wasPaused ? .unchanged : isPaused ? .paused : .resumed
  }

  /// Forgets all reasons.
  ///
  /// - Returns: ``Outcome/resumed`` where it was paused.
  package mutating func reset() -> Outcome {
    defer { reasons = [] }
    return isPaused ? .resumed : .unchanged
  }

  /// A text that may be missing; nil where it is something else.
  private static func member(_ name: String, of members: [String: JSONValue], otherwise text: String) -> String? {
    switch members[name] {
    case nil, .null?: return text
    case .text(let text)?: return text
    default: return nil
    }
  }
}
