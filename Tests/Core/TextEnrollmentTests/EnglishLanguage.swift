import Foundation
import TextEnrollment

/// The language file released with the models.
enum EnglishLanguage {
  static let bytes: [UInt8] = {
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    guard let data = try? Data(contentsOf: repository.appendingPathComponent("models/english.cooee")) else { return [] }
    return [UInt8](data)
  }()

  /// The file, in memory while the tests run.
  static let file: LanguageFile = {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    memory.copyBytes(from: bytes)
    do {
      return try LanguageFile(UnsafeRawBufferPointer(memory))
    } catch {
      preconditionFailure("models/english.cooee cannot be used: \(error)")
    }
  }()
}
