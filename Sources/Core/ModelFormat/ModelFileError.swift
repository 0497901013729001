/// Why a sound container is not a usable model. Layers count from 0.
public enum ModelFileError: Error, Equatable, Sendable {
  /// The file itself is damaged, of another kind, or newer.
  case container(ContainerError)
  /// The file's bytes lie in memory where their numbers cannot be borrowed: they must start at a multiple of `alignment`.
  case misaligned(alignment: Int)
  /// The model was trained on features that this front end does not make.
  case featureContractMismatch(model: UInt64, frontEnd: UInt64)
  /// The encoder has no layers, or more than ``LayerLimits/layerCount``.
  case layerCount(UInt32)
  /// A layer's field holds a value that is not defined, or beyond its limit.
  case layerField(layer: Int, field: LayerField, value: Int64)
  /// A layer does not take as many channels as the one before it gives (40 features for the first).
  case channelMismatch(layer: Int, takes: Int, given: Int)
  /// A residual stands where none can: it needs a pointwise dense layer after a depthwise one of equal width.
  case misplacedResidual(layer: Int)
  /// The strides multiply to something else than 4 feature frames per embedding.
  case timeReduction(Int)
  /// The layers ask to keep more past frames than ``LayerLimits/stateBytes``.
  case stateTooLarge(bytes: Int)
  /// A tensor does not lie on a multiple of 64 bytes inside `WGTS`.
  case tensorOutOfBounds(layer: Int, tensor: Tensor, offset: UInt64, size: UInt64, available: Int)
  /// A bias of ±2²⁹ or more, which could overflow the accumulator.
  case biasTooLarge(layer: Int, channel: Int, value: Int32)
  /// A requantisation multiplier below zero.
  case negativeMultiplier(layer: Int, channel: Int, value: Int32)
  /// The embedding dimension of a section differs from the encoder's, or is out of bounds.
  case embeddingDimension(section: SectionID, found: UInt32, expected: Int)
  /// Another count than this section's layout has.
  case count(section: SectionID, found: UInt32, expected: Int)
  /// A dimension of zero, or one too large to be meant.
  case dimension(section: SectionID, found: UInt32, limit: Int)
  /// A matrix does not have the shape that its section's dimensions ask for.
  case matrixShape(section: SectionID, rows: UInt32, columns: UInt32, expectedRows: Int, expectedColumns: Int)
  /// A row's scale is negative, infinite or not a number; `index` counts rows of the matrix.
  case invalidScale(section: SectionID, index: Int)
  /// A float of the section is infinite or not a number; `index` counts within its array.
  case notFinite(section: SectionID, index: Int)
  /// A phoneme's class vector does not have length 1.
  case notUnitLength(phonemeClass: Int, squaredLength: Float)

  public enum LayerField: Equatable, Sendable {
    case kind, activation, residual, reserved, inputChannels, outputChannels, kernel, stride, dilation, rightContext
    case depth, residualMultiplier
  }

  public enum Tensor: Equatable, Sendable {
    case weights, bias, multipliers
  }
}

/// Runs a read of the container and turns its error into a model file's.
package func reading<Value>(_ read: () throws(ContainerError) -> Value) throws(ModelFileError) -> Value {
  do {
    return try read()
  } catch {
    throw .container(error)
  }
}
