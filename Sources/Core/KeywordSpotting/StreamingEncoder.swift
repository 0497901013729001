import CoreMemory
import Int8Kernels
import ModelFormat

/// The acoustic encoder in streaming form: a feature frame in, an embedding out with every fourth frame.
///
/// | value     | shape  | type   | rate   | meaning                                                 |
/// |-----------|--------|--------|--------|---------------------------------------------------------|
/// | feature   | `[40]` | `Int8` | 100 Hz | frame i covers samples 160·i … 160·i + 399               |
/// | embedding | `[D]`  | `Int8` | 25 Hz  | frame j stands for feature frame 4·j; of any length      |
///
/// Embedding j is emitted when feature frame 4·j + look-ahead arrives. Each layer keeps the past frames that it needs,
/// so nothing is computed twice. Frames before the start of the stream are zeros. On every kernel path, the bytes equal
/// those of the whole sequence computed at once.
///
/// All memory is taken in `init`, from a workspace or its own allocation. ``process(feature:_:)`` and ``reset()`` are
/// real-time safe. Use from one thread at a time. The model's bytes must outlive the encoder.
public struct StreamingEncoder: ~Copyable {
  private let layers: UnsafeMutablePointer<StreamingLayer>
  private let layerCount: Int
  private let kernels: KernelTable

  private var memory = WorkspaceMemory()

  /// The number of workspace bytes that the encoder of a model takes.
  public static func requiredByteCount(_ model: AcousticModel) -> Int {
    var workspace = Workspace.measuring()
    _ = StreamingEncoder(model, path: .portable, in: &workspace)
    return workspace.usedBytes
  }

  /// Creates an encoder that allocates its own memory.
  ///
  /// - Precondition: `path` is available on this machine.
  public init(_ model: AcousticModel, path: KernelPath = .best) {
    let memory = WorkspaceMemory(byteCount: Self.requiredByteCount(model))
    var workspace = memory.workspace()
    self.init(model, path: path, in: &workspace)
    self.memory = memory
  }

  /// Creates an encoder in `workspace`, without allocating.
  ///
  /// - Precondition: `path` is available on this machine.
  public init(_ model: AcousticModel, path: KernelPath, in workspace: inout Workspace) {
    kernels = KernelTable(path)
    layerCount = model.layers.count
    layers = workspace.take(layerCount, of: StreamingLayer.self)
    for (index, layer) in model.layers.enumerated() {
      let layer = StreamingLayer(layer, in: &workspace)
      if !workspace.isMeasuring { (layers + index).initialize(to: layer) }
    }
  }

  /// Processes the next feature frame, `[40]`, and calls `emit` with the embedding `[D]` that it completes, if any.
  ///
  /// The memory of the embedding is valid during the call of `emit`.
  public mutating func process(feature: UnsafePointer<Int8>, _ emit: (UnsafePointer<Int8>) -> Void) {
    var frame = feature
    var index = 0
    while index < layerCount {
      guard let window = layers[index].push(frame) else { return }
      let layer = layers + index
      let shape = layer.pointee.shape
      switch shape.kind {
      case .dense:
        // The previous layer has just computed the same frame index: the middle of its window is the residual.
        let residual = shape.addsResidual ? layers[index &- 1].centre : nil
        kernels.dense(layer.pointee.operands, input: window, residual: residual, output: layer.pointee.output)
      case .depthwise:
        kernels.depthwise(
          layer.pointee.operands, input: window, tapStride: shape.dilation &* shape.inputChannels,
          output: layer.pointee.output)
      }
      frame = UnsafePointer(layer.pointee.output)
      index &+= 1
    }
    emit(frame)
  }

  /// Resets the stream. The next feature frame is frame 0.
  public mutating func reset() {
    for index in 0..<layerCount { layers[index].reset() }
  }
}

/// The constants of one layer and its ring of past input frames.
///
/// The ring is stored twice, one copy after the other, so the window from the oldest to the newest frame is always
/// contiguous.
private struct StreamingLayer {
  let shape: LayerShape
  let operands: LayerOperands
  /// `[outputChannels]`
  let output: UnsafeMutablePointer<Int8>
  /// `[2 · spanFrames, inputChannels]`; unused if the layer's span is one frame.
  private let history: UnsafeMutablePointer<Int8>
  private let historyBytes: Int
  private let spanFrames: Int
  /// Index of the oldest frame, which the next frame replaces.
  private var oldest = 0
  /// Input frames to skip before one completes an output.
  private var framesUntilOutput: Int
  /// The window of the last output, from its first tap.
  private var window: UnsafePointer<Int8>

  init(_ layer: AcousticModel.Layer, in workspace: inout Workspace) {
    shape = layer.shape
    spanFrames = shape.spanFrames
    output = workspace.take(shape.outputChannels, repeating: 0)
    historyBytes = spanFrames > 1 ? 2 * spanFrames * shape.inputChannels : 0
    history = workspace.take(historyBytes, repeating: 0)
    window = UnsafePointer(history)
    framesUntilOutput = shape.rightContext
    operands = LayerOperands(
      weights: layer.weights.baseAddress!, biases: layer.biases.baseAddress!,
      multipliersQ30: layer.multipliersQ30.baseAddress!, depth: shape.depth, outputCount: shape.outputChannels,
      lowerBound: shape.activation == .relu ? 0 : -127, residualMultiplierQ30: layer.residualMultiplierQ30)
  }

  /// The input frame with the index of the last output.
  var centre: UnsafePointer<Int8> { window + shape.leftContext &* shape.inputChannels }

  /// Adds the next input frame. Returns the window of the output that it completes, or `nil`.
  mutating func push(_ frame: UnsafePointer<Int8>) -> UnsafePointer<Int8>? {
    var first = frame
    if spanFrames > 1 {
      let channels = shape.inputChannels
      let slot = history + oldest &* channels
      slot.copy(from: frame, count: channels)
      (slot + spanFrames &* channels).copy(from: frame, count: channels)
      oldest = oldest &+ 1 == spanFrames ? 0 : oldest &+ 1
      first = UnsafePointer(history + oldest &* channels)
    }
    guard framesUntilOutput == 0 else {
      framesUntilOutput &-= 1
      return nil
    }
    framesUntilOutput = shape.stride &- 1
    window = first
    return first
  }

  mutating func reset() {
    history.fill(with: 0, count: historyBytes)
    oldest = 0
    framesUntilOutput = shape.rightContext
  }
}
