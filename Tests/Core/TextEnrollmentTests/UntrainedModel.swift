import ModelFormat
import UntrainedModels

/// A small model with random weights, in memory while the tests run.
enum UntrainedModel {
  static let featureContract: UInt64 = 0x5EED
  static let contents = AcousticModelContents.untrained(seed: 41, featureContract: featureContract)
  static let model: AcousticModel = load(contents)

  /// Encodes and opens a model; its bytes are never freed.
  static func load(_ contents: AcousticModelContents) -> AcousticModel {
    guard let bytes = try? contents.encoded() else { preconditionFailure("the drawn model cannot be encoded") }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    memory.copyBytes(from: bytes)
    guard let model = try? AcousticModel(UnsafeRawBufferPointer(memory), expectedFeatureContract: featureContract)
    else {
      preconditionFailure("the drawn model cannot be opened")
    }
    return model
  }
}
