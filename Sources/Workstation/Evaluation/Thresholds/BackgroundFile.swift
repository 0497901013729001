import TextEnrollment

/// A background file in memory. Safe to use from several threads.
public final class BackgroundFile: @unchecked Sendable {
  /// Valid as long as this object lives.
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
    // Last: what throws once everything is set is deinitialized too.
    bytes = memory
  }

  deinit { bytes.deallocate() }
}
