import CFloatLanes

/// Turns a stream of samples into frames of 40 `Int8` features, one every 10 ms.
///
/// Frame `i` covers samples `[160·i, 160·i + 400)` since the last ``reset()``. With `x` its log-mel energies
/// (``LogMelTransform``) and `m` the running means, `y = x − m` is quantised as
/// `q = trunc(t ± ½)`, `t = min(max(16·y, −127), 127)` with the sign of `t`; then `m += (x − m)/400`.
/// The means start at the averages over the training set, so the first frames are already centred.
///
/// Any chunking of the samples gives the same bytes. All memory is allocated by `init`; ``process(_:_:)`` is real-time
/// safe; one thread at a time.
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

  /// - Parameter initialMeans: `[40]`, nepers: where the running means start, as stored with the model.
  public init(initialMeans: [Float]) {
    let bandCount = FeatureContract.melBandCount
    precondition(initialMeans.count == bandCount, "one initial mean per mel band")
    logMel = LogMelTransform()
    window = .allocate(capacity: FeatureContract.windowSamples)
    window.initialize(repeating: 0, count: FeatureContract.windowSamples)
    self.initialMeans = .allocate(capacity: bandCount)
    means = .allocate(capacity: bandCount)
    for band in 0..<bandCount {
      (self.initialMeans + band).initialize(to: initialMeans[band])
      (means + band).initialize(to: initialMeans[band])
    }
    energies = .allocate(capacity: bandCount)
    energies.initialize(repeating: 0, count: bandCount)
    features = .allocate(capacity: bandCount)
    features.initialize(repeating: 0, count: bandCount)
  }

  deinit {
    window.deallocate()
    initialMeans.deallocate()
    means.deallocate()
    energies.deallocate()
    features.deallocate()
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
      (window + filled).update(from: next, count: taken)
      next += taken
      remaining &-= taken
      filled &+= taken
      if filled == windowSamples {
        finishFrame()
        body(features)
        window.update(from: window + FeatureContract.hopSamples, count: kept)
        filled = kept
      }
    }
  }

  /// Forgets the stream: the next sample is sample 0 of frame 0, and the means are the initial ones.
  public mutating func reset() {
    filled = 0
    means.update(from: initialMeans, count: FeatureContract.melBandCount)
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
