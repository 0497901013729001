import CoreMemory

/// Turns a stream of samples into frames of 40 `Int8` features, one every 10 ms.
///
/// Frame `i` covers samples `[160·i, 160·i + 400)` since the last ``reset()``. From its log-mel energies
/// (``LogMelTransform``), the current level and the color of talker, room and microphone are subtracted
/// (``FeatureNormalizer``). The result is rounded to steps of 1/16 neper. Level and color start at the averages of the
/// training set, so the first frames are already centered.
///
/// The features do not depend on how the samples are divided among calls. All memory is taken in `init`, from a
/// workspace or its own allocation; ``process(_:_:)`` is real-time safe. Use from one thread at a time.
public struct FeatureExtractor: ~Copyable {
  private var logMel: LogMelTransform
  /// `[400]`: the samples of the current window.
  private let window: UnsafeMutablePointer<Int16>
  private var filled = 0
  private var normalizer: FeatureNormalizer
  /// `[40]` each.
  private let energies: UnsafeMutablePointer<Float>
  private let features: UnsafeMutablePointer<Int8>

  private var memory = WorkspaceMemory()

  /// The number of workspace bytes that an extractor takes.
  public static var requiredByteCount: Int {
    var workspace = Workspace.measuring()
    _ = FeatureExtractor(in: &workspace)
    return workspace.usedBytes
  }

  /// Creates an extractor that allocates its own memory.
  ///
  /// - Parameter initialMeans: `[40]`, nepers: average log-mel energies of speech, as stored in the model.
  public init(initialMeans: [Float]) {
    let memory = WorkspaceMemory(byteCount: Self.requiredByteCount)
    var workspace = memory.workspace()
    self.init(in: &workspace)
    self.memory = memory
    initialMeans.withUnsafeBufferPointer { normalizer.setInitialMeans($0) }
  }

  /// Creates an extractor that allocates its own memory. It does not keep the means.
  ///
  /// - Parameter initialMeans: `[40]`, nepers: average log-mel energies of speech, as stored in the model.
  public init(initialMeans: UnsafeBufferPointer<Float>) {
    let memory = WorkspaceMemory(byteCount: Self.requiredByteCount)
    var workspace = memory.workspace()
    self.init(initialMeans: initialMeans, in: &workspace)
    self.memory = memory
  }

  /// Creates an extractor in `workspace`, without allocating. It does not keep the means.
  ///
  /// - Parameter initialMeans: `[40]`, nepers: average log-mel energies of speech, as stored in the model.
  public init(initialMeans: UnsafeBufferPointer<Float>, in workspace: inout Workspace) {
    self.init(in: &workspace)
    if !workspace.isMeasuring { normalizer.setInitialMeans(initialMeans) }
  }

  private init(in workspace: inout Workspace) {
    let bandCount = FeatureContract.melBandCount
    logMel = LogMelTransform(in: &workspace)
    window = workspace.take(FeatureContract.windowSamples, repeating: 0)
    normalizer = FeatureNormalizer(in: &workspace)
    energies = workspace.take(bandCount, repeating: 0)
    features = workspace.take(bandCount, repeating: 0)
  }

  /// Processes the next samples of the stream and calls `body` for each frame that they complete, in order.
  ///
  /// | operand       | shape  | type    | real value                                 |
  /// |---------------|--------|---------|--------------------------------------------|
  /// | `samples`     | `[n]`  | `Int16` | 16 kHz mono, sample / 32768                |
  /// | body argument | `[40]` | `Int8`  | `q / 16` nepers; valid during the call     |
  public mutating func process(_ samples: UnsafeBufferPointer<Int16>, _ body: (UnsafePointer<Int8>) -> Void) {
    guard var next = samples.baseAddress else { return }
    var remaining = samples.count
    let windowSamples = FeatureContract.windowSamples
    let kept = windowSamples - FeatureContract.hopSamples
    while remaining > 0 {
      let taken = min(remaining, windowSamples &- filled)
      (window + filled).copy(from: next, count: taken)
      next += taken
      remaining &-= taken
      filled &+= taken
      if filled == windowSamples {
        finishFrame()
        body(features)
        window.copy(from: window + FeatureContract.hopSamples, count: kept)
        filled = kept
      }
    }
  }

  /// Resets the stream. The next sample is sample 0 of frame 0; level and color return to their initial values.
  public mutating func reset() {
    filled = 0
    normalizer.reset()
  }

  /// Resets the stream to another level and color, as left by another talker or microphone. For training.
  ///
  /// - Parameters:
  ///   - levelOffset: nepers above the initial level.
  ///   - colorOffsets: `[40]`, nepers above the initial color.
  package mutating func reset(levelOffset: Float, colorOffsets: [Float]) {
    precondition(colorOffsets.count == FeatureContract.melBandCount, "one offset per mel band")
    filled = 0
    colorOffsets.withUnsafeBufferPointer {
      normalizer.reset(levelOffset: levelOffset, colorOffsets: $0.baseAddress!)
    }
  }

  private mutating func finishFrame() {
    logMel.transform(window, into: energies)
    normalizer.process(energies, into: features)
  }
}
