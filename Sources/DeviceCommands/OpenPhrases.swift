import CPlatform
import CoreMemory
import KeywordSpotting
import ModelFormat
import TextEnrollment

/// The phrases of a file for a spotter.
///
/// The file is copied, and the spotter borrows from the copy: whoever writes over the file does not disturb who listens. Never
/// changes, so that any thread may use it.
package final class OpenPhrases: @unchecked Sendable {
  let phrases: StoredPhrases
  /// As the installer typed them.
  package let texts: [String]
  /// The score from which each is detected.
  package let thresholds: [Float]
  /// Bytes of workspace that a spotter of these phrases takes, and its part behind the encoder.
  let spotterByteCount: Int
  let matchingByteCount: Int
  private let memory: UnsafeMutableRawBufferPointer

  /// Opens a file whose phrases were enrolled with this model, at most as many as the configuration allows, and no more than
  /// the memory holds.
  ///
  /// - Parameter mayBeNone: Whether a file without phrases is accepted.
  init(_ path: String, for model: OpenModel, _ settings: ProgramSettings, mayBeNone: Bool = false) throws(Failure) {
    // Mapped for its size alone: copied from the mapping, the file would be resident twice.
    let byteCount = try mapPhrases(path).bytes.count
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: Workspace.alignment)
    do throws(Failure) {
      try Self.read(path, into: copy)
      phrases = try Self.checked(UnsafeRawBufferPointer(copy), path, model, settings)
      guard phrases.phraseCount > 0 || mayBeNone else {
        throw Failure(.badData, "\(path) has no phrases; heed enroll \"some phrase\" --to \(path) adds one")
      }
      spotterByteCount = StreamingSpotter.requiredByteCount(model: model.model, phrases: phrases)
      matchingByteCount = EmbeddingSpotter.requiredByteCount(
        model: model.model, phrases: phrases, configuration: SpotterConfiguration())
      try settings.checkMemory(
        for: "\(phrases.phraseCount) phrases of \(path) with the model \(model.path)",
        byteCount: model.fileByteCount + Int64(spotterByteCount + copy.count), remedy: "remove some phrases")
    } catch {
      copy.deallocate()
      throw error
    }
    memory = copy
    var texts: [String] = []
    phrases.forEachText { texts.append(String(decoding: $0, as: UTF8.self)) }
    self.texts = texts
    var thresholds = [Float](repeating: 1, count: texts.count)
    for variant in phrases { thresholds[variant.phraseIndex] = variant.threshold }
    self.thresholds = thresholds
  }

  deinit { memory.deallocate() }

  /// Fills the buffer from a file's start; a file that became shorter leaves zeros, which are found to be damage.
  private static func read(_ path: String, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) {
    let descriptor = platform_open_for_reading(path)
    guard descriptor >= 0 else {
      throw Failure(.noInput, "cannot open the phrase file \(path): \(systemText(-descriptor))")
    }
    defer { platform_close(descriptor) }
    var filled = 0
    while filled < buffer.count {
      let count = platform_read(descriptor, buffer.baseAddress! + filled, buffer.count - filled)
      guard count >= 0 else {
        throw Failure(.noInput, "cannot read the phrase file \(path): \(systemText(Int32(-count)))")
      }
      if count == 0 { break }
      filled += count
    }
    buffer[filled...].initializeMemory(as: UInt8.self, repeating: 0)
  }

  private static func checked(
    _ bytes: UnsafeRawBufferPointer, _ path: String, _ model: OpenModel, _ settings: ProgramSettings
  ) throws(Failure) -> StoredPhrases {
    let phrases: StoredPhrases
    do throws(PhraseFileError) {
      phrases = try StoredPhrases(bytes)
    } catch {
      throw Failure(.badData, explanation(of: error, path: path))
    }
    if phrases.modelHash != model.model.contentHash {
      let file: PhraseFile
      do throws(PhraseFileError) {
        file = try PhraseFile(bytes)
      } catch {
        throw Failure(.badData, explanation(of: error, path: path))
      }
      try checkModel(of: file, path: path, model)
    }
    guard phrases.embeddingDimension == model.model.embeddingDimension else {
      let error = PhraseFileError.embeddingDimension(
        found: phrases.embeddingDimension, maximum: model.model.embeddingDimension)
      throw Failure(.badData, explanation(of: error, path: path))
    }
    try settings.checkPhraseCount(phrases.phraseCount, path: path)
    return phrases
  }
}
