import Int8Kernels
import ModelFormat
import SeededRandom

/// A model's dense layers in isolation, in the order of the encoder, each with its own weights from the model's file.
/// This is the cache load of a frame without depthwise layers, ring buffers and front end.
///
/// The inputs do not depend on previous layers. The model's bytes must outlive the value.
struct DenseProducts: ~Copyable {
  private struct Layer {
    var operands: LayerOperands
    var addsResidual: Bool
  }

  private let kernels: KernelTable
  private var layers: [Layer] = []
  /// Indices into `layers`, in the order in which they run until an embedding is complete.
  private var order: [Int] = []
  private var constants: [UnsafeMutablePointer<Int32>] = []
  /// `[longest depth]`, read as input and as residual.
  private let input: UnsafeMutablePointer<Int8>
  private let output: UnsafeMutablePointer<Int8>

  /// Multiply-adds of ``run()``.
  private(set) var operationCount = 0

  /// - Precondition: the path is available on this machine.
  init(_ model: AcousticModel, path: KernelPath) {
    kernels = KernelTable(path)
    let bytes = model.layers.reduce(0) { max($0, $1.shape.depth, $1.shape.outputChannels) }
    input = .allocate(capacity: bytes)
    output = .allocate(capacity: bytes)
    output.initialize(repeating: 0, count: bytes)
    var generator = SplitMix64(seed: 3)
    for index in 0..<bytes { (input + index).initialize(to: Int8(generator.integer(in: -127...127))) }
    var indices: [Int?] = []
    for layer in model.layers {
      guard layer.shape.kind == .dense else {
        indices.append(nil)
        continue
      }
      let biases = Self.copy(layer.biases)
      let multipliers = Self.copy(layer.multipliersQ30)
      constants += [biases, multipliers]
      indices.append(layers.count)
      layers.append(
        Layer(
          operands: LayerOperands(
            weights: layer.weights.baseAddress!, biases: biases, multipliersQ30: multipliers,
            depth: layer.shape.depth, outputCount: layer.shape.outputChannels,
            lowerBound: layer.shape.activation == .relu ? 0 : -127,
            residualMultiplierQ30: layer.residualMultiplierQ30),
          addsResidual: layer.shape.addsResidual))
    }
    for frame in 1...LayerLimits.timeReduction {
      var hop = 1
      for (layer, index) in zip(model.layers, indices) {
        hop *= layer.shape.stride
        guard frame % hop == 0 else { break }
        guard let index else { continue }
        order.append(index)
        operationCount += layer.shape.weightCount
      }
    }
  }

  private static func copy(_ values: some Collection<Int32>) -> UnsafeMutablePointer<Int32> {
    let copy = UnsafeMutablePointer<Int32>.allocate(capacity: values.count)
    for (index, value) in values.enumerated() { (copy + index).initialize(to: value) }
    return copy
  }

  deinit {
    for pointer in constants { pointer.deallocate() }
    input.deallocate()
    output.deallocate()
  }

  /// Computes the dense layers of one embedding.
  func run() {
    for index in order {
      kernels.dense(
        layers[index].operands, input: input, residual: layers[index].addsResidual ? UnsafePointer(input) : nil,
        output: output)
    }
  }
}
