/// An acoustic encoder in training: log-mel features → one embedding per four frames.
///
/// | operand | shape |
/// |---|---|
/// | features | `[T, 40]` ragged by utterance, 100 frames per second |
/// | embeddings | `[⌈T/4⌉, dimension]` ragged by utterance, not yet of unit length |
///
/// Embedding `j` corresponds to feature frame `4 j`. The aligner and the phrase sampler count embeddings of 40 ms. One
/// thread at a time.
public protocol FrameEncoder: AnyObject {
  /// Columns of the embeddings.
  var dimension: Int { get }

  /// Writes the embeddings and keeps what ``backward(_:)`` needs, including a reference to `features`.
  ///
  /// - Parameter training: whether batch normalization uses the statistics of the batch instead of the running ones.
  /// - Returns: the bounds of the embeddings' sequences, `bounds.strided(by: 2).strided(by: 2)`.
  @discardableResult
  func forward(_ features: Matrix, _ bounds: SequenceBounds, into output: Matrix, training: Bool) -> SequenceBounds

  /// Adds to the gradients of the parameters. `gradient` is by the output of the last forward pass in training.
  func backward(_ gradient: Matrix)
}
