import Int8Kernels
import JSON
import KeywordSpotting
import ModelFormat

/// What all clients of a server share: the model, the phrases, and the description of the server.
public struct WyomingServiceInfo: Sendable {
  let model: AcousticModel
  let kernelPath: KernelPath
  let spotter: SpotterConfiguration
  let phrases: ServedPhrases
  let version: String

  /// - Parameters:
  ///   - model: Its bytes must outlive the server.
  ///   - spotter: How detections are decided.
  ///   - phrases: Phrases that were enrolled with the model.
  ///   - version: The version of the program, which is sent to hubs.
  /// - Precondition: The kernel path is available on this machine.
  public init(
    model: AcousticModel, kernelPath: KernelPath = .best, spotter: SpotterConfiguration = SpotterConfiguration(),
    phrases: ServedPhrases, version: String
  ) {
    self.model = model
    self.kernelPath = kernelPath
    self.spotter = spotter
    self.phrases = phrases
    self.version = version
  }

  /// The answer to `describe`: one wake-word program with one model per phrase. Hubs show the description, so that is the
  /// phrase.
  var info: WyomingEvent {
    let models = phrases.current.enrollments.map { enrollment in
      artifact(enrollment.text, enrollment.text).merging([
        "phrase": .text(enrollment.text), "languages": .array([.text("en")]),
      ]) { $1 }
    }
    var program = artifact("cooee", "Spots phrases that were enrolled as text")
    program["models"] = .array(models.map { .object($0) })
    var data: [String: JSONValue] = ["wake": .array([.object(program)])]
    for other in ["asr", "tts", "handle", "intent", "mic", "snd"] { data[other] = .array([]) }
    return WyomingEvent("info", data)
  }

  private func artifact(_ name: String, _ description: String) -> [String: JSONValue] {
    [
      "name": .text(name), "description": .text(description), "installed": .truth(true), "version": .text(version),
      "attribution": .object(["name": .text("Cooee"), "url": .text("")]),
    ]
  }
}
