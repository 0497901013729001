import CInt8Kernels

/// The constants of one layer, as every kernel path takes them.
///
/// | operand          | shape                                  | type    | range                            |
/// |------------------|----------------------------------------|---------|----------------------------------|
/// | `weights`        | dense `[O, depth]`, depthwise `[K, O]` | `Int8`  | any; models hold −127…127        |
/// | `biases`         | `[O]`                                  | `Int32` | inside ±2²⁹, accumulator steps   |
/// | `multipliersQ30` | `[O]`                                  | `Int32` | 0…2³¹−1, output steps·2³⁰ a step |
///
/// The pointers are borrowed: bytes at any address, `Int32`s at multiples of 4. What they point to must outlive every use.
/// Reading from several threads is safe.
public struct LayerOperands: @unchecked Sendable {
  @usableFromInline var layer: heed_int8_layer

  /// - Parameters:
  ///   - depth: products in one output value: kernel · inputs of a dense layer, taps of a depthwise one. At most 2¹⁵.
  ///   - lowerBound: 0 after ReLU, −127 for a linear layer; the upper bound is 127.
  ///   - residualMultiplierQ30: not negative; only used where a residual is given.
  public init(
    weights: UnsafePointer<Int8>, biases: UnsafePointer<Int32>, multipliersQ30: UnsafePointer<Int32>, depth: Int,
    outputCount: Int, lowerBound: Int32, residualMultiplierQ30: Int32 = 0
  ) {
    precondition(depth >= 1 && depth <= 1 << 15 && outputCount >= 1 && outputCount <= 1 << 15)
    precondition(lowerBound == 0 || lowerBound == -127)
    layer = heed_int8_layer(
      weights: weights, biases: biases, multipliers_q30: multipliersQ30,
      residual_multiplier_q30: residualMultiplierQ30, lower_bound: lowerBound, depth: Int32(depth),
      outputs: Int32(outputCount))
  }
}
