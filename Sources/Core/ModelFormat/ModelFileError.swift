/// The reason why a valid container is not a usable model. Layers count from 0.
public enum ModelFileError: Error, Equatable, Sendable {
  /// The container is damaged, of another kind, or of a newer version.
  case container(ContainerError)
  /// The file does not start at a multiple of `alignment` in memory, so its numbers cannot be borrowed.
  case misaligned(alignment: Int)
  /// The model was trained on other features than this front end computes.
  case featureContractMismatch(model: UInt64, frontEnd: UInt64)
  /// The encoder has no layers, or more than ``LayerLimits/layerCount``.
  case layerCount(UInt32)
  /// A field of a layer has an undefined value, or one beyond its limit.
  case layerField(layer: Int, field: LayerField, value: Int64)
  /// The input channels of a layer differ from the output channels of the previous one (40 features for the first).
  case channelMismatch(layer: Int, takes: Int, given: Int)
  /// A misplaced residual. It requires a pointwise dense layer after a depthwise one of equal width.
  case misplacedResidual(layer: Int)
  /// The product of the strides is not 4 feature frames per embedding.
  case timeReduction(Int)
  /// The layers keep more past frames than ``LayerLimits/stateBytes``.
  case stateTooLarge(bytes: Int)
  /// A tensor is not at a multiple of 64 bytes within `WGTS`.
  case tensorOutOfBounds(layer: Int, tensor: Tensor, offset: UInt64, size: UInt64, available: Int)
  /// A bias of ±2²⁹ or more, which could overflow the accumulator.
  case biasTooLarge(layer: Int, channel: Int, value: Int32)
  /// A negative requantization multiplier.
  case negativeMultiplier(layer: Int, channel: Int, value: Int32)
  /// The embedding dimension of a section differs from the encoder's, or is out of range.
  case embeddingDimension(section: SectionID, found: UInt32, expected: Int)
  /// A count differs from the layout of the section.
  case count(section: SectionID, found: UInt32, expected: Int)
  /// A dimension of zero or above the limit.
  case dimension(section: SectionID, found: UInt32, limit: Int)
  /// The shape of a matrix does not match the dimensions of its section.
  case matrixShape(section: SectionID, rows: UInt32, columns: UInt32, expectedRows: Int, expectedColumns: Int)
  /// The scale of a row is negative, infinite or NaN. `index` counts rows of the matrix.
  case invalidScale(section: SectionID, index: Int)
  /// A float of the section is infinite or NaN. `index` counts within its array.
  case notFinite(section: SectionID, index: Int)
  /// A class vector does not have length 1.
  case notUnitLength(phonemeClass: Int, squaredLength: Float)

  /// A field of a layer record.
  public enum LayerField: Equatable, Sendable {
    /// Fields of the file.
    case kind, activation, residual, reserved, inputChannels, outputChannels, kernel, stride, dilation, rightContext
    /// Derived values and the last field.
    case depth, residualMultiplier
  }

  /// A tensor of a layer.
  public enum Tensor: Equatable, Sendable {
    /// The tensors in `WGTS`.
    case weights, bias, multipliers
  }
}

/// Runs a read of the container and converts its error.
///
/// - Throws: ``ModelFileError/container(_:)``.
package func reading<Value>(_ read: () throws(ContainerError) -> Value) throws(ModelFileError) -> Value {
  do {
    return try read()
  } catch {
    throw .container(error)
  }
}
