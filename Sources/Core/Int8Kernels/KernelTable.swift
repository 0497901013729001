import CInt8Kernels

/// The int8 operators of one ``KernelPath``.
///
/// Both compute one output frame in exact integer arithmetic:
///
/// ```text
/// accumulator[o] = biases[o] + Σ weight · input                                             Int32, within ±2³⁰
/// output[o] = clamp((accumulator[o] · multipliersQ30[o] + residual[o] · residualMultiplierQ30 + 2²⁹) >> 30)   Int64
/// ```
///
/// `>>` rounds toward minus infinity. `clamp` limits to the layer's lower bound … 127. Inputs are −127…127, and all
/// zero points are 0. Real-time safe: nothing allocates, locks or makes system calls.
public struct KernelTable: Sendable {
  /// The path of the operators.
  public let path: KernelPath
  private let kernels: cooee_kernels?

  /// Selects the operators of a path.
  ///
  /// - Precondition: `path` is available on this machine.
  public init(_ path: KernelPath = .best) {
    self.path = path
    kernels = KernelPath.find(path)
    precondition(path == .reference || kernels != nil, "the kernel path is not available on this machine")
  }

  /// Computes a frame of a dense layer: `accumulator[o] = biases[o] + Σ_i weights[o, i] · input[i]`.
  ///
  /// | operand    | shape     | type   | meaning                                               |
  /// |------------|-----------|--------|-------------------------------------------------------|
  /// | `input`    | `[depth]` | `Int8` | the frames of the kernel, oldest first, contiguous    |
  /// | `residual` | `[O]`     | `Int8` | added with the residual multiplier; `nil` for none    |
  /// | `output`   | `[O]`     | `Int8` | must not overlap the operands                         |
  public func dense(
    _ operands: borrowing LayerOperands, input: UnsafePointer<Int8>, residual: UnsafePointer<Int8>? = nil,
    output: UnsafeMutablePointer<Int8>
  ) {
    withUnsafePointer(to: operands.layer) { layer in
      if let kernels {
        kernels.dense(layer, input, residual, output)
      } else {
        ReferenceKernels.dense(layer.pointee, input: input, residual: residual, output: output)
      }
    }
  }

  /// Computes a frame of a depthwise layer:
  /// `accumulator[c] = biases[c] + Σ_k weights[k, c] · input[k · tapStride + c]`.
  ///
  /// | operand     | shape       | type   | meaning                                                       |
  /// |-------------|-------------|--------|---------------------------------------------------------------|
  /// | `input`     | `[K, O]`    | `Int8` | the frame of the oldest tap; tap k is `k · tapStride` after it |
  /// | `tapStride` |             |        | values from tap to tap: dilation · channels                   |
  /// | `output`    | `[O]`       | `Int8` | must not overlap the operands                                 |
  public func depthwise(
    _ operands: borrowing LayerOperands, input: UnsafePointer<Int8>, tapStride: Int,
    output: UnsafeMutablePointer<Int8>
  ) {
    withUnsafePointer(to: operands.layer) { layer in
      if let kernels {
        kernels.depthwise(layer, input, tapStride, output)
      } else {
        ReferenceKernels.depthwise(layer.pointee, input: input, tapStride: tapStride, output: output)
      }
    }
  }
}
