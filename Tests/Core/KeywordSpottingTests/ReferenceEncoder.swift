import ModelFormat

/// The encoder over a whole sequence at once, by the definition of its layers: no rings, no kernels.
///
/// - Parameter features: `[T][40]`
/// - Returns: every embedding whose look-ahead is within the sequence.
enum ReferenceEncoder {
  /// - Parameter features: `[T][40]`
  /// - Returns: every embedding whose look-ahead lies within the sequence.
  static func encode(_ model: AcousticModel, features: [[Int8]]) -> [[Int8]] {
    var inputs: [[[Int8]]] = []
    var frames = features
    for layer in model.layers {
      inputs.append(frames)
      var outputs: [[Int8]] = []
      while layer.shape.stride * outputs.count + layer.shape.rightContext < frames.count {
        let residual = layer.shape.addsResidual ? inputs[inputs.count - 2][outputs.count] : nil
        outputs.append(output(outputs.count, of: layer, from: frames, residual: residual))
      }
      frames = outputs
    }
    return frames
  }

  private static func output(
    _ index: Int, of layer: AcousticModel.Layer, from frames: [[Int8]], residual: [Int8]?
  ) -> [Int8] {
    let shape = layer.shape
    // The input at a tap of the kernel; zeros before the stream.
    func input(_ tap: Int, _ channel: Int) -> Int {
      let frame = shape.stride * index - shape.leftContext + tap * shape.dilation
      return frame < 0 ? 0 : Int(frames[frame][channel])
    }
    return (0..<shape.outputChannels).map { output in
      var sum = Int(layer.biases[output])
      for tap in 0..<shape.kernelFrames {
        switch shape.kind {
        case .dense:
          for channel in 0..<shape.inputChannels {
            let weight = layer.weights[(output * shape.kernelFrames + tap) * shape.inputChannels + channel]
            sum += Int(weight) * input(tap, channel)
          }
        case .depthwise:
          sum += Int(layer.weights[tap * shape.inputChannels + output]) * input(tap, output)
        }
      }
      var value = sum * Int(layer.multipliersQ30[output]) + 1 << 29
      if let residual { value += Int(residual[output]) * Int(layer.residualMultiplierQ30) }
      let scaled = Int((Double(value) / 1_073_741_824).rounded(.down))
      return Int8(max(shape.activation == .relu ? 0 : -127, min(127, scaled)))
    }
  }
}
