import CInt8Kernels

/// The constants of one layer in the form that every kernel path uses.
///
/// | operand          | shape                                  | type    | range                            |
/// |------------------|----------------------------------------|---------|----------------------------------|
/// | `weights`        | dense `[O, depth]`, depthwise `[K, O]` | `Int8`  | any; models contain −127…127     |
/// | `biases`         | `[O]`                                  | `Int32` | within ±2²⁹, accumulator steps   |
/// | `multipliersQ30` | `[O]`                                  | `Int32` | 0…2³¹−1, output steps·2³⁰ per step |
///
/// The pointers are borrowed: bytes at any address, `Int32` values at multiples of 4. The memory must outlive every
/// use. Safe to read from several threads.
public struct LayerOperands: @unchecked Sendable {
  @usableFromInline var layer: cooee_int8_layer

  /// Creates the operands from borrowed arrays.
  ///
  /// - Parameters:
  ///   - depth: products per output value: kernel · inputs of a dense layer, or taps of a depthwise one. At most 2¹⁵.
  ///   - lowerBound: 0 after ReLU, −127 for a linear layer. The upper bound is 127.
  ///   - residualMultiplierQ30: not negative; used only with a residual.
  public init(
    weights: UnsafePointer<Int8>, biases: UnsafePointer<Int32>, multipliersQ30: UnsafePointer<Int32>, depth: Int,
    outputCount: Int, lowerBound: Int32, residualMultiplierQ30: Int32 = 0
  ) {
    precondition(depth >= 1 && depth <= 1 << 15 && outputCount >= 1 && outputCount <= 1 << 15)
    precondition(lowerBound == 0 || lowerBound == -127)
    layer = cooee_int8_layer(
      weights: weights, biases: biases, multipliers_q30: multipliersQ30,
      residual_multiplier_q30: residualMultiplierQ30, lower_bound: lowerBound, depth: Int32(depth),
      outputs: Int32(outputCount))
  }
}
