import CoreMemory
import KeywordSpotting
import ModelFormat

/// The phrases of a file for a spotter.
///
/// The file is copied, and the spotter borrows from the copy: whoever writes over the file does not disturb who listens.
final class OpenPhrases {
  let phrases: StoredPhrases
  /// As the installer typed them.
  let texts: [String]
  private let memory: UnsafeMutableRawBufferPointer

  /// Opens a file whose phrases were enrolled with this model, at most as many as the configuration allows, and no more than
  /// the memory holds.
  init(_ path: String, for model: OpenModel, _ settings: ProgramSettings) throws(Failure) {
    let mapping = try mapPhrases(path)
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: mapping.bytes.count, alignment: Workspace.alignment)
    if let start = mapping.bytes.baseAddress { copy.baseAddress?.copyMemory(from: start, byteCount: copy.count) }
    do throws(Failure) {
      phrases = try Self.checked(UnsafeRawBufferPointer(copy), path, model, settings)
    } catch {
      copy.deallocate()
      throw error
    }
    memory = copy
    var texts: [String] = []
    phrases.forEachText { texts.append(String(decoding: $0, as: UTF8.self)) }
    self.texts = texts
  }

  deinit { memory.deallocate() }

  private static func checked(
    _ bytes: UnsafeRawBufferPointer, _ path: String, _ model: OpenModel, _ settings: ProgramSettings
  ) throws(Failure) -> StoredPhrases {
    let phrases: StoredPhrases
    do throws(PhraseFileError) {
      phrases = try StoredPhrases(bytes)
    } catch {
      throw Failure(.badData, explanation(of: error, path: path))
    }
    if phrases.modelHash != model.model.contentHash { try checkModel(of: readPhrases(path), path: path, model) }
    guard phrases.embeddingDimension == model.model.embeddingDimension else {
      let error = PhraseFileError.embeddingDimension(
        found: phrases.embeddingDimension, maximum: model.model.embeddingDimension)
      throw Failure(.badData, explanation(of: error, path: path))
    }
    let limit = settings.configuration.integer(.phraseLimit)
    guard phrases.phraseCount <= limit else {
      throw Failure(
        .badData,
        "\(path) has \(phrases.phraseCount) phrases, and phrase_limit allows \(limit) on this board; remove some with "
          + "heed phrases --remove, or raise phrase_limit in the configuration")
    }
    guard phrases.phraseCount > 0 else {
      throw Failure(.badData, "\(path) has no phrases; heed enroll \"some phrase\" --to \(path) adds one")
    }
    try settings.checkMemory(
      for: "\(phrases.phraseCount) phrases of \(path) with the model \(model.path)",
      byteCount: model.byteCount(listeningFor: phrases) + Int64(bytes.count), remedy: "remove some phrases")
    return phrases
  }
}
