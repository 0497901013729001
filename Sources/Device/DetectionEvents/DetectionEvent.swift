import JSON
import Messages

/// A detected phrase, or a candidate for one, in a file or from a device.
public struct DetectionEvent: Equatable, Sendable {
  /// Where the audio came from.
  public enum Source: Equatable, Sendable {
    case file(String)
    /// A device, and the microphone's name if it has one.
    case device(String, microphone: String? = nil)
  }

  /// The file or device of the audio.
  public var source: Source
  /// The phrase as it was enrolled.
  public var phrase: String
  /// The first sample of the phrase, counted from the start of the stream.
  public var startSample: Int64
  /// The first sample after the phrase, counted from the start of the stream.
  public var endSample: Int64
  /// The calibrated probability that the phrase was spoken, 0…1.
  public var score: Float
  /// False for a candidate that was below the threshold or lost to a better one.
  public var detected: Bool

  /// Creates an event; positions are in samples at 16 kHz.
  public init(
    source: Source, phrase: String, startSample: Int64, endSample: Int64, score: Float, detected: Bool = true
  ) {
    self.source = source
    self.phrase = phrase
    self.startSample = startSample
    self.endSample = endSample
    self.score = score
    self.detected = detected
  }

  /// The start in seconds from the start of the stream.
  public var startSeconds: Double { Double(startSample) / 16_000 }
  /// The end in seconds from the start of the stream.
  public var endSeconds: Double { Double(endSample) / 16_000 }
}

extension DetectionEvent {
  /// `{"file"|"device", "microphone", "phrase", "start", "end", "score", "detected"}`, with times in seconds;
  /// `microphone` only if it has a name.
  public var json: JSONObject {
    var object = JSONObject()
    switch source {
    case .file(let path): object.add("file", path)
    case .device(let device, let microphone):
      object.add("device", device)
      if let microphone { object.add("microphone", microphone) }
    }
    object.add("phrase", phrase)
    object.add("start", startSeconds)
    object.add("end", endSeconds)
    object.add("score", score)
    object.add("detected", detected)
    return object
  }

  /// The event as a line of text, with times to two decimals and the score to three.
  public var text: String {
    var line = "\(fixedPoint(startSeconds, decimals: 2)) - \(fixedPoint(endSeconds, decimals: 2)) s"
    line += "  \(fixedPoint(Double(score), decimals: 3))  \(phrase)"
    if !detected { line += "  (not detected)" }
    switch source {
    case .file(let name), .device(_, let name?): line = name + "  " + line
    case .device: break
    }
    return withoutControlCharacters(line)
  }
}
