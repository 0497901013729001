import TextEnrollment

/// A background file in memory. Safe to use from several threads.
public final class BackgroundFile: @unchecked Sendable {
  /// Valid as long as this object lives.
  public let speech: BackgroundSpeech
  private let bytes: UnsafeRawBufferPointer

  /// Reads a file and checks that it was made with the model.
  public init(path: String, model: EvaluatedModel) throws(EvaluationError) {
    bytes = EvaluatedModel.copy(try EvaluatedModel.read(path))
    do {
      speech = try BackgroundSpeech(bytes)
      try speech.checkModel(model.model)
    } catch {
      bytes.deallocate()
      throw .background(path: path, error)
    }
  }

  deinit { bytes.deallocate() }
}
