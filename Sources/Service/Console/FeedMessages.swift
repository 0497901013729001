import JSON
import ListeningService
import TextEnrollment

extension ServiceFeed.Update {
  /// The update as a server-sent event.
  var message: String {
    switch self {
    case .level(let level): Self.message("level", level.json)
    case .candidate(let event): Self.message("candidate", event.pageJSON)
    case .phrases: Self.message("phrases", JSONObject())
    case .microphone(let state): Self.message("microphone", state.json)
    case .notice(let message):
      Self.message("notice", JSONObject("text", message.text))
    }
  }

  static func message(_ name: String, _ object: JSONObject) -> String {
    "event: \(name)\ndata: \(String(decoding: object.encoded, as: UTF8.self))\n\n"
  }
}

extension SoundLevel {
  /// The level as JSON; decibels of silence are null.
  var json: JSONObject {
    var object = JSONObject()
    object.add("peak", peakDecibels)
    object.add("rms", rootMeanSquareDecibels)
    object.add("clipping", isClipping)
    return object
  }
}

extension ServiceEvent {
  /// The event as the page receives it: ``DetectionEvents/DetectionEvent/json`` with the score as log odds, the `threshold`, and the
  /// Unix time in milliseconds.
  var pageJSON: JSONObject {
    var object = detection.json
    object.add("logit", FalseAlarmRate.logit(ofScore: detection.score))
    object.add("threshold", threshold)
    object.add("milliseconds", Int(milliseconds))
    return object
  }
}

extension MicrophoneState {
  var json: JSONObject {
    var object = JSONObject()
    object.add("device", device)
    switch condition {
    case .none: object.add("condition", "none")
    case .listening: object.add("condition", "listening")
    case .waiting(let reason):
      object.add("condition", "waiting")
      object.add("reason", reason)
    case .failed(let reason):
      object.add("condition", "failed")
      object.add("reason", reason)
    }
    if let name { object.add("name", name) }
    if index > 0 { object.add("index", index) }
    if let verdict { object.add("advice", verdict.text) } else { object.addNull("advice") }
    object.add("levelProblem", verdict?.isProblem ?? false)
    object.add("quietPeak", LevelVerdict.quietPeakDecibels)
    object.add("heardSeconds", Double(heardSamples) / 16_000)
    object.add("lostSamples", Int(counts.lostSampleCount))
    object.add("droppedSamples", Int(counts.droppedSampleCount))
    object.add("overruns", counts.overrunCount)
    object.add("suspensions", counts.suspendCount)
    object.add("reconnects", counts.reconnectCount)
    return object
  }
}
