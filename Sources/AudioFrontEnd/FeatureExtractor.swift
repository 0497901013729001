import CFloatLanes
import CoreMemory

/// Turns a stream of samples into frames of 40 `Int8` features, one every 10 ms.
///
/// Frame `i` covers samples `[160·i, 160·i + 400)` since the last ``reset()``. With `x` its log-mel energies
/// (``LogMelTransform``) and `m` the running means, `y = x − m` is quantised as
/// `q = trunc(t ± ½)`, `t = min(max(16·y, −127), 127)` with the sign of `t`; then `m += (x − m)/400`.
/// The means start at the averages over the training set, so the first frames are already centred.
///
/// Any chunking of the samples gives the same bytes. All memory is taken by `init`, from a workspace or an allocation of its
/// own; ``process(_:_:)`` is real-time safe; one thread at a time.
public struct FeatureExtractor: ~Copyable {
  private var logMel: LogMelTransform
  /// `[400]`: the samples of the window that is being filled.
  private let window: UnsafeMutablePointer<Int16>
  private var filled = 0
  /// `[40]` each.
  private let initialMeans: UnsafeMutablePointer<Float>
  private let means: UnsafeMutablePointer<Float>
  private let energies: UnsafeMutablePointer<Float>
  private let features: UnsafeMutablePointer<Int8>

  private var memory = WorkspaceMemory()

  /// Bytes of workspace that an extractor takes.
  public static var requiredByteCount: Int {
    var workspace = Workspace.measuring()
    _ = FeatureExtractor(in: &workspace)
    return workspace.usedBytes
  }

  /// Allocates memory of its own.
  ///
  /// - Parameter initialMeans: `[40]`, nepers: where the running means start, as stored with the model.
  public init(initialMeans: [Float]) {
    let memory = WorkspaceMemory(byteCount: Self.requiredByteCount)
    var workspace = memory.workspace()
    self.init(in: &workspace)
    self.memory = memory
    initialMeans.withUnsafeBufferPointer { setInitialMeans($0) }
  }

  /// Allocates memory of its own; the means are copied.
  ///
  /// - Parameter initialMeans: `[40]`, nepers: where the running means start, as stored with the model.
  public init(initialMeans: UnsafeBufferPointer<Float>) {
    let memory = WorkspaceMemory(byteCount: Self.requiredByteCount)
    var workspace = memory.workspace()
    self.init(initialMeans: initialMeans, in: &workspace)
    self.memory = memory
  }

  /// Takes its memory from a workspace and allocates nothing; the means are copied.
  ///
  /// - Parameter initialMeans: `[40]`, nepers: where the running means start, as stored with the model.
  public init(initialMeans: UnsafeBufferPointer<Float>, in workspace: inout Workspace) {
    self.init(in: &workspace)
    if !workspace.isMeasuring { setInitialMeans(initialMeans) }
  }

  private init(in workspace: inout Workspace) {
    let bandCount = FeatureContract.melBandCount
    logMel = LogMelTransform(in: &workspace)
    window = workspace.take(FeatureContract.windowSamples, repeating: 0)
    initialMeans = workspace.take(bandCount, repeating: 0)
    means = workspace.take(bandCount, repeating: 0)
    energies = workspace.take(bandCount, repeating: 0)
    features = workspace.take(bandCount, repeating: 0)
  }

  private mutating func setInitialMeans(_ initialMeans: UnsafeBufferPointer<Float>) {
    precondition(initialMeans.count == FeatureContract.melBandCount, "one initial mean per mel band")
    self.initialMeans.copy(from: initialMeans.baseAddress!, count: FeatureContract.melBandCount)
    means.copy(from: initialMeans.baseAddress!, count: FeatureContract.melBandCount)
  }

  /// Takes the next samples of the stream and calls `body` once for each frame that they finish, in order.
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

  /// Forgets the stream: the next sample is sample 0 of frame 0, and the means are the initial ones.
  public mutating func reset() {
    filled = 0
    means.copy(from: initialMeans, count: FeatureContract.melBandCount)
  }

  private mutating func finishFrame() {
    logMel.transform(window, into: energies)
    let scale = Float4(repeating: Float(FeatureContract.stepsPerNeper))
    let rate = Float4(repeating: 1 / Float(FeatureContract.meanTimeConstantFrames))
    var band = 0
    while band < FeatureContract.melBandCount {
      let mean = Float4(means + band)
      let centred = Float4(energies + band) - mean
      lanes_store_nearest((centred * scale).lanes, features + band)
      (mean + centred * rate).store(means + band)
      band &+= 4
    }
  }
}
