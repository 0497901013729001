import TextEnrollment

/// A background file in memory. Safe to use from several threads.
public final class BackgroundFile: @unchecked Sendable {
  /// The content of the file. Valid while this object exists.
  ///
  /// - Throws: ``EvaluationError/unreadableFile(path:)`` or ``EvaluationError/background(path:_:)``.
  public let speech: BackgroundSpeech
  private let bytes: UnsafeRawBufferPointer

  /// Reads a file and checks that it was made with the model.
  public init(path: String, model: EvaluatedModel) throws(EvaluationError) {
    let memory = EvaluatedModel.copy(try EvaluatedModel.read(path))
    do {
      speech = try BackgroundSpeech(memory)
      try speech.checkModel(model.model)
    } catch {
      memory.deallocate()
      throw .background(path: path, error)
    }
    // Assigned last: if the initializer throws after all properties are set, the deinitializer runs.
    bytes = memory
  }

  deinit { bytes.deallocate() }
}
