/// The shape of the text encoder.
public struct TextEncoderConfiguration: Sendable, Equatable, Codable {
  /// The kind of recurrent layer.
  public enum Recurrence: String, Sendable, Codable {
    /// Gated recurrent units, the kind that a model file supports.
    case gru
    /// Long short-term memory.
    case lstm
  }

  /// The recurrent layer.
  public var recurrence = Recurrence.gru
  /// Whether a phoneme's embedding is its class's proxy plus the projected state, or the projected state alone.
  public var addsProxies = true
  /// Columns of the learned phoneme table.
  public var inputCount = 64
  /// Units per direction.
  public var hiddenCount = 64

  /// Creates the default shape.
  public init() {}

  /// A bidirectional LSTM over phonemes. Its projected states are the phoneme embeddings, and its projected average is
  /// the embedding of the phrase. The sizes are not from the paper.
  /// - Reference: Jung et al. 2025, arXiv:2505.16735.
  public static var paper: TextEncoderConfiguration {
    var configuration = TextEncoderConfiguration()
    configuration.recurrence = .lstm
    configuration.addsProxies = false
    return configuration
  }
}
