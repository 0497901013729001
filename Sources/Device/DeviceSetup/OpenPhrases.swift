import KeywordSpotting
import Messages
import ModelFormat
import TextEnrollment

/// The phrases of a file, for a spotter.
///
/// The spotter borrows from the bytes that were read, so overwriting the file does not affect it. The object is
/// immutable; any thread may use it.
package final class OpenPhrases: @unchecked Sendable {
  /// The phrases; they borrow from this object.
  package let phrases: StoredPhrases
  /// The texts as they were enrolled.
  package let texts: [String]
  /// The threshold of each phrase.
  package let thresholds: [Float]
  /// Bytes of workspace that a spotter of these phrases needs.
  package let spotterByteCount: Int
  /// Bytes of workspace for the part of the spotter after the encoder.
  package let matchingByteCount: Int
  private let file: FileBytes

  /// Opens a phrase file.
  ///
  /// - Parameter mayBeNone: Whether a file without phrases is accepted.
  /// - Throws: A failure if the file cannot be read, if its phrases were enrolled with a different model, or if they
  ///   exceed the configuration's limit or the memory.
  package init(_ path: String, for model: OpenModel, _ settings: ProgramSettings, mayBeNone: Bool = false)
    throws(Failure)
  {
    let file = try phraseBytes(path)
    phrases = try Self.checked(file.bytes, path, model, settings)
    guard phrases.phraseCount > 0 || mayBeNone else {
      throw Failure(.badData, noPhrasesText(path))
    }
    spotterByteCount = StreamingSpotter.requiredByteCount(model: model.model, phrases: phrases)
    matchingByteCount = PhraseDetector.requiredByteCount(
      model: model.model, phrases: phrases, configuration: SpotterConfiguration())
    try settings.checkMemory(
      for: "\(phrases.phraseCount) phrases of \(path) with the model \(model.path)",
      byteCount: model.fileByteCount + Int64(settings.sources.count * spotterByteCount + file.bytes.count),
      remedy: "remove some phrases")
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
