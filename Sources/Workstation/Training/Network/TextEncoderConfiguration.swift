/// The shape of the text encoder.
public struct TextEncoderConfiguration: Sendable, Equatable, Codable {
  public enum Recurrence: String, Sendable, Codable {
    /// Gated recurrent units: what a model file holds.
    case gru
    /// Long short-term memory.
    case lstm
  }

  public var recurrence = Recurrence.gru
  /// Whether a phoneme's embedding is a change of its class's proxy, or the projected state alone.
  public var addsProxies = true
  /// Columns of the learned table of phonemes.
  public var inputCount = 64
  /// Units of one direction.
  public var hiddenCount = 64

  public init() {}

  /// A bidirectional LSTM over phonemes whose projected states are the phoneme embeddings and whose projected average is the
  /// phrase's. The sizes are this project's own.
  /// - Reference: Jung et al. 2025, arXiv:2505.16735.
  public static var paper: TextEncoderConfiguration {
    var configuration = TextEncoderConfiguration()
    configuration.recurrence = .lstm
    configuration.addsProxies = false
    return configuration
  }
}
