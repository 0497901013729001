import CInt8Kernels

/// The operators by the formulas of ``KernelTable``, one product at a time, entirely in 64 bits.
enum ReferenceKernels {
  static func dense(
    _ layer: cooee_int8_layer, input: UnsafePointer<Int8>, residual: UnsafePointer<Int8>?,
    output: UnsafeMutablePointer<Int8>
  ) {
    let depth = Int(layer.depth)
    for channel in 0..<Int(layer.outputs) {
      var accumulator = Int64(layer.biases[channel])
      for index in 0..<depth {
        accumulator += Int64(layer.weights[channel * depth + index]) * Int64(input[index])
      }
      let residualValue = residual == nil ? 0 : Int64(residual![channel])
      output[channel] = requantize(
        accumulator, layer.multipliers_q30[channel], residualValue * Int64(layer.residual_multiplier_q30),
        layer.lower_bound)
    }
  }

  static func depthwise(
    _ layer: cooee_int8_layer, input: UnsafePointer<Int8>, tapStride: Int, output: UnsafeMutablePointer<Int8>
  ) {
    let channels = Int(layer.outputs)
    for channel in 0..<channels {
      var accumulator = Int64(layer.biases[channel])
      for tap in 0..<Int(layer.depth) {
        accumulator += Int64(layer.weights[tap * channels + channel]) * Int64(input[tap * tapStride + channel])
      }
      output[channel] = requantize(accumulator, layer.multipliers_q30[channel], 0, layer.lower_bound)
    }
  }

  private static func requantize(
    _ accumulator: Int64, _ multiplierQ30: Int32, _ addend: Int64, _ lowerBound: Int32
  ) -> Int8 {
    let scaled = (accumulator * Int64(multiplierQ30) + addend + 1 << 29) >> 30
    return Int8(max(Int64(lowerBound), min(127, scaled)))
  }
}
