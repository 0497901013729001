import KeywordSpotting
import Messages
import ModelFormat
import TextEnrollment

/// The phrases of a file for a spotter.
///
/// The spotter borrows from the bytes that were read: whoever writes over the file does not disturb who listens. Never
/// changes, so that any thread may use it.
package final class OpenPhrases: @unchecked Sendable {
  package let phrases: StoredPhrases
  /// As the installer typed them.
  package let texts: [String]
  /// The score from which each is detected.
  package let thresholds: [Float]
  /// Bytes of workspace that a spotter of these phrases takes, and its part behind the encoder.
  package let spotterByteCount: Int
  package let matchingByteCount: Int
  private let file: FileBytes

  /// Opens a file whose phrases were enrolled with this model, at most as many as the configuration allows, and no more than
  /// the memory holds.
  ///
  /// - Parameter mayBeNone: Whether a file without phrases is accepted.
  package init(_ path: String, for model: OpenModel, _ settings: ProgramSettings, mayBeNone: Bool = false)
    throws(Failure)
  {
    let file = try phraseBytes(path)
    phrases = try Self.checked(file.bytes, path, model, settings)
    guard phrases.phraseCount > 0 || mayBeNone else {
      throw Failure(.badData, "\(path) has no phrases; heed enroll \"some phrase\" --to \(path) adds one")
    }
    spotterByteCount = StreamingSpotter.requiredByteCount(model: model.model, phrases: phrases)
    matchingByteCount = PhraseDetector.requiredByteCount(
      model: model.model, phrases: phrases, configuration: SpotterConfiguration())
    try settings.checkMemory(
      for: "\(phrases.phraseCount) phrases of \(path) with the model \(model.path)",
      byteCount: model.fileByteCount + Int64(spotterByteCount + file.bytes.count), remedy: "remove some phrases")
    self.file = file
    var texts: [String] = []
    phrases.forEachText { texts.append(String(decoding: $0, as: UTF8.self)) }
    self.texts = texts
    var thresholds = [Float](repeating: 1, count: texts.count)
    for variant in phrases { thresholds[variant.phraseIndex] = variant.threshold }
    self.thresholds = thresholds
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
