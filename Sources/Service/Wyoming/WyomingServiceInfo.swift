import Int8Kernels
import JSON
import KeywordSpotting
import ModelFormat

/// What all clients of a server share: the model, the phrases, and what the server says of itself.
public struct WyomingServiceInfo: Sendable {
  let model: AcousticModel
  let kernelPath: KernelPath
  let phrases: ServedPhrases
  let version: String

  /// - Parameters:
  ///   - model: its bytes must outlive the server.
  ///   - phrases: enrolled with that model.
  ///   - version: that of the program, told to hubs.
  /// - Precondition: the kernel path is available on this machine.
  public init(model: AcousticModel, kernelPath: KernelPath = .best, phrases: ServedPhrases, version: String) {
    self.model = model
    self.kernelPath = kernelPath
    self.phrases = phrases
    self.version = version
  }

  /// The answer to `describe`: one wake-word program with a model for each phrase.
  var info: WyomingEvent {
    let models = phrases.current.enrollments.map { enrollment in
      artifact(enrollment.text, "The phrase \"\(enrollment.text)\", enrolled by typing it").merging([
        "phrase": .text(enrollment.text), "languages": .array([.text("en")]),
      ]) { $1 }
    }
    var program = artifact("heed", "Hears phrases that were enrolled by typing them")
    program["models"] = .array(models.map { .object($0) })
    var data: [String: JSONValue] = ["wake": .array([.object(program)])]
    for other in ["asr", "tts", "handle", "intent", "mic", "snd"] { data[other] = .array([]) }
    return WyomingEvent("info", data)
  }

  private func artifact(_ name: String, _ description: String) -> [String: JSONValue] {
    [
      "name": .text(name), "description": .text(description), "installed": .truth(true), "version": .text(version),
      "attribution": .object(["name": .text("Heed"), "url": .text("")]),
    ]
  }
}
