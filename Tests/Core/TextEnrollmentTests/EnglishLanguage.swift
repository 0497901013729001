import Foundation

/// The language file released with the models.
enum EnglishLanguage {
  static let bytes: [UInt8] = {
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    guard let data = try? Data(contentsOf: repository.appendingPathComponent("models/english.cooee")) else { return [] }
    return [UInt8](data)
  }()
}
