import JSON
import Messages

/// A phrase that was heard, or a candidate for one, in a file or from a device.
public struct DetectionEvent: Equatable, Sendable {
  /// Where the audio came from.
  public enum Source: Equatable, Sendable {
    case file(String)
    case device(String)
  }

  public var source: Source
  /// The phrase as it was enrolled.
  public var phrase: String
  /// First sample of the phrase, and the first after it, counted since the stream began.
  public var startSample: Int64
  public var endSample: Int64
  /// Calibrated probability that the phrase was spoken, 0…1.
  public var score: Float
  /// False for a candidate that stayed under the phrase's threshold or lost to a better one.
  public var detected: Bool

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

  /// Seconds since the stream began.
  public var startSeconds: Double { Double(startSample) / 16_000 }
  public var endSeconds: Double { Double(endSample) / 16_000 }
}

extension DetectionEvent {
  /// `{"file"|"device", "phrase", "start", "end", "score", "detected"}`, times in seconds.
  public var json: JSONObject {
    var object = JSONObject()
    switch source {
    case .file(let path): object.add("file", path)
    case .device(let name): object.add("device", name)
    }
    object.add("phrase", phrase)
    object.add("start", startSeconds)
    object.add("end", endSeconds)
    object.add("score", score)
    object.add("detected", detected)
    return object
  }

  /// One line for a person: times with two decimals, the score with three.
  public var text: String {
    var line = "\(fixedPoint(startSeconds, decimals: 2)) - \(fixedPoint(endSeconds, decimals: 2)) s"
    line += "  \(fixedPoint(Double(score), decimals: 3))  \(phrase)"
    if !detected { line += "  (not detected)" }
    if case .file(let path) = source { line = "\(path)  \(line)" }
    return withoutControlCharacters(line)
  }
}
