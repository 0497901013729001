import Foundation
import ModelFormat

extension AcousticModelContents {
  /// The layers of `models/base.cooee`: what is tested with them holds at the released size, whatever that is.
  package static func releasedShapes(featureContract: UInt64) throws -> [LayerShape] {
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let bytes = [UInt8](try Data(contentsOf: repository.appendingPathComponent("models/base.cooee")))
    return try bytes.withUnsafeBytes { memory in
      try AcousticModel(memory, expectedFeatureContract: featureContract).layers.map(\.shape)
    }
  }
}
