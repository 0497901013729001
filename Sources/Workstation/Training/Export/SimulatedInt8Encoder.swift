import ModelFormat

/// The int8 encoder, computed in floating point over a whole clip. The result equals the engine's byte for byte.
///
/// Every layer computes `output[o] = clamp(⌊(accumulator[o] · multipliersQ30[o] + residual[o] · residualMultiplierQ30)
/// / 2³⁰ + ½⌋)`, where `accumulator[o] = biases[o] + Σ weight · input`. No digit is lost, for two reasons:
///
/// - A sum of 1,024 products of int8 numbers is an integer below 128 · 127 · 1,024 < 2²⁴. `Float` represents it and
///   every partial sum exactly, in any order of addition. Deeper layers are summed in slices of that depth, in
///   `Double`.
/// - The residual's product is below 2³⁸. A sum that is not clamped is below 2³⁸, so its other part is below 2³⁹, which
///   `Double` represents exactly. If that part is too large for `Double`, its sign and the clamping decide the result.
///
/// The encoder uses the integers that the exporter writes. It therefore differs from training by the exporter's
/// rounding: weights and biases are rounded again after batch normalization is folded in, and multipliers have 31 bits.
///
/// One thread at a time. Memory is reused from clip to clip.
public final class SimulatedInt8Encoder {
  /// `[frames, channels]` of each layer for the last clip: integers, −127…127.
  public let outputs: [Matrix]
  private let layers: [Layer]
  private let windows = Matrix()
  private let sliceWeights = Matrix()
  private let products = Matrix()
  private var accumulators: [Double] = []

  private struct Layer {
    var shape: LayerShape
    var residualMultiplier: Double
    var weights: [Float]
    var biases: [Double]
    var multipliers: [Double]

    init(
      _ shape: LayerShape, _ residualMultiplierQ30: Int32, _ weights: some Collection<Int8>,
      _ biases: some Collection<Int32>, _ multipliersQ30: some Collection<Int32>
    ) {
      self.shape = shape
      residualMultiplier = Double(residualMultiplierQ30)
      self.weights = weights.map(Float.init)
      self.biases = biases.map(Double.init)
      multipliers = multipliersQ30.map(Double.init)
    }
  }

  /// The number of products whose sum a `Float` represents exactly in any order of addition.
  private static let sliceDepth = 1024

  /// Creates an encoder from layers in the form in which a model file stores them.
  public init(_ layers: [AcousticModelContents.Layer]) {
    self.layers = layers.map { Layer($0.shape, $0.residualMultiplierQ30, $0.weights, $0.biases, $0.multipliersQ30) }
    outputs = layers.map { _ in Matrix() }
  }

  /// Creates an encoder from a model file. It copies everything that it needs.
  public init(_ model: AcousticModel) {
    layers = model.layers.map { Layer($0.shape, $0.residualMultiplierQ30, $0.weights, $0.biases, $0.multipliersQ30) }
    outputs = layers.map { _ in Matrix() }
  }

  /// Encodes a clip that begins a stream. The frames before it are zeros.
  ///
  /// - Parameter features: `[T, 40]`, integers: log-mel features in steps of their grid.
  /// - Returns: `[T', D]` integers, one row per embedding whose look-ahead lies within the clip. This is the last of
  ///   ``outputs``, valid until the next clip.
  @discardableResult
  public func forward(_ features: Matrix) -> Matrix {
    var input = features
    for index in layers.indices {
      let shape = layers[index].shape
      let frames = input.rows - 1 - shape.rightContext
      let output = outputs[index]
      output.reshape(rows: frames < 0 ? 0 : frames / shape.stride + 1, columns: shape.outputChannels)
      switch shape.kind {
      case .dense: accumulateDense(layers[index], input, rows: output.rows)
      case .depthwise: accumulateDepthwise(layers[index], input, rows: output.rows)
      }
      // The residual is the input of the preceding layer, two outputs back.
      let residual = shape.addsResidual ? (index >= 2 ? outputs[index - 2] : features) : nil
      requantize(layers[index], residual, into: output)
      input = output
    }
    return input
  }

  private func accumulateDense(_ layer: Layer, _ input: Matrix, rows: Int) {
    let shape = layer.shape
    let depth = shape.depth
    windows.reshape(rows: rows, columns: depth)
    for row in 0..<rows {
      for tap in 0..<shape.kernelFrames {
        let frame = shape.stride * row - shape.leftContext + tap
        let target = windows.row(row) + tap * shape.inputChannels
        if frame < 0 {
          target.update(repeating: 0, count: shape.inputChannels)
        } else {
          target.update(from: input.row(frame), count: shape.inputChannels)
        }
      }
    }
    accumulators = [Double](repeating: 0, count: rows * shape.outputChannels)
    products.reshape(rows: rows, columns: shape.outputChannels)
    for start in stride(from: 0, to: depth, by: Self.sliceDepth) {
      let count = min(Self.sliceDepth, depth - start)
      let slice = slice(windows, from: start, count: count)
      sliceWeights.reshape(rows: shape.outputChannels, columns: count)
      for output in 0..<shape.outputChannels {
        for index in 0..<count { sliceWeights[output, index] = layer.weights[output * depth + start + index] }
      }
      MatrixProduct.multiplyTransposed(
        slice.pointer, sliceWeights.pointer, into: products.pointer, m: rows, n: shape.outputChannels, k: count)
      for index in 0..<products.count { accumulators[index] += Double(products.pointer[index]) }
    }
  }

  /// Columns `start ..< start + count` of a matrix, or the matrix itself if these are all its columns.
  private func slice(_ matrix: Matrix, from start: Int, count: Int) -> Matrix {
    if start == 0 && count == matrix.columns { return matrix }
    let slice = Matrix(rows: matrix.rows, columns: count)
    for row in 0..<matrix.rows { slice.row(row).update(from: matrix.row(row) + start, count: count) }
    return slice
  }

  private func accumulateDepthwise(_ layer: Layer, _ input: Matrix, rows: Int) {
    let shape = layer.shape
    accumulators = [Double](repeating: 0, count: rows * shape.outputChannels)
    for row in 0..<rows {
      for tap in 0..<shape.kernelFrames {
        let frame = shape.stride * row - shape.leftContext + tap * shape.dilation
        guard frame >= 0 else { continue }
        for channel in 0..<shape.outputChannels {
          let product = layer.weights[tap * shape.outputChannels + channel] * input[frame, channel]
          accumulators[row * shape.outputChannels + channel] += Double(product)
        }
      }
    }
  }

  private func requantize(_ layer: Layer, _ residual: Matrix?, into output: Matrix) {
    let channels = layer.shape.outputChannels
    let lowest: Double = layer.shape.activation == .relu ? 0 : -127
    for row in 0..<output.rows {
      for channel in 0..<channels {
        var value = (accumulators[row * channels + channel] + layer.biases[channel]) * layer.multipliers[channel]
        if let residual { value += Double(residual[row, channel]) * layer.residualMultiplier }
        output[row, channel] = Float(min(max(((value + 0x1p29) * 0x1p-30).rounded(.down), lowest), 127))
      }
    }
  }
}
