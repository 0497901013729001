import Foundation
import ModelFormat
import TextEnrollment

/// The sections of a language file, uninterpreted, so that a command can replace one and keep the others.
struct LanguageSections {
  private let path: String
  private let bytes: [UInt8]

  /// Reads a language file in any format of the lexicon.
  init(path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw FileProblem("\(path): cannot read the file; create a language file with `cooee-train lexicon`")
    }
    self.path = path
    bytes = [UInt8](data)
    do { _ = try bytes.withUnsafeBytes { try ContainerReader($0, expecting: .language) } } catch {
      throw FileProblem("\(path): not a usable language file (\(error)); create one with `cooee-train lexicon`")
    }
  }

  /// The bytes of a section; `nil` if the file lacks it.
  func find(_ id: SectionID) throws -> [UInt8]? {
    try bytes.withUnsafeBytes { try ContainerReader($0, expecting: .language).bytes(of: id).map { Array($0) } }
  }

  /// The bytes of a section that the file must have, which `command` writes.
  func require(_ id: SectionID, from command: String) throws -> [UInt8] {
    guard let section = try find(id) else {
      throw FileProblem("\(path): the file lacks what `cooee-train \(command)` adds; run that command first")
    }
    return section
  }

  /// The provenance, TOML; empty if the file has none.
  func provenance() throws -> String {
    String(decoding: try find(LanguageFile.provenanceSection) ?? [], as: UTF8.self)
  }
}
