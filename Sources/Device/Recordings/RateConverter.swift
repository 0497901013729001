/// Converts a stream of samples to 16 kHz with a windowed-sinc filter.
///
/// With `L / M = 16,000 / hertz` in lowest terms and `s = min(1, L / M)`, output sample n is
///
///     y[n] = Σₖ x[k] · h(n·M/L − k),   h(t) = c·sinc(c·t) · kaiser(s·t / 36),   c = 15/16 · s
///
/// The window has β = 7 and ends at ±36 periods of the slower rate. Below 7/8 of the lower Nyquist frequency, the gain is
/// within 0.02 dB of 1; above it, aliases and images are below −65 dB. From 48 kHz, that is 7 and 8 kHz. The output is not
/// delayed: sample n is at the time `n / 16,000` of the input. The last 36 periods of the input give output only when
/// more input follows, or after ``finish()``.
///
/// The weights of each of the L phases are computed at the start, 0.9 KB from 48 kHz and 123 KB from 44.1 kHz. After
/// that nothing is allocated. The output does not depend on the sizes of the blocks. At 16 kHz, samples pass unchanged.
/// One thread at a time.
package struct RateConverter: ~Copyable {
  /// Half the length of the window, in periods of the slower rate.
  static let halfWidth = 36
  private static let kaiserBeta = 7.0

  /// Whether a rate can be converted: 4 to 192 kHz in steps of 25 Hz, which bounds the number of phases.
  package static func accepts(hertz: Int) -> Bool { hertz >= 4_000 && hertz <= 192_000 && hertz % 25 == 0 }
  /// The accepted rates, for messages.
  package static let acceptedRates: StaticString = "4000 to 192000 Hz in steps of 25"

  /// L and M.
  private let up: Int
  private let down: Int
  private let tapCount: Int
  /// `[up, tapCount]`.
  private let weights: UnsafeMutablePointer<Float>
  private let history: UnsafeMutableBufferPointer<Float>
  /// The samples in `history`.
  private var heldCount: Int
  /// The first sample of the next output's window, and its phase: the next output is at the time `phase / up` after
  /// sample `start + (tapCount − 1) / 2`.
  private var start = 0
  private var phase = 0

  /// - Parameters:
  ///   - hertz: The rate of the input.
  ///   - blockSamples: The most samples between two calls of ``produce(into:)``.
  /// - Precondition: ``accepts(hertz:)``.
  package init(fromHertz hertz: Int, blockSamples: Int) {
    precondition(Self.accepts(hertz: hertz), "the rate cannot be converted")
    var (divisor, rest) = (hertz, 16_000)
    while rest > 0 { (divisor, rest) = (rest, divisor % rest) }
    up = 16_000 / divisor
    down = hertz / divisor
    let slowerHertz = min(hertz, 16_000)
    let half = up == down ? 0 : (Self.halfWidth * hertz + slowerHertz - 1) / slowerHertz
    // One for each sample within the window, in fours for the dot product.
    tapCount = up == down ? 1 : (2 * half + 4) & ~3
    weights = .allocate(capacity: up * tapCount)
    weights.initialize(repeating: 0, count: up * tapCount)
    let lead = (tapCount - 1) / 2
    // A block, the window that the last output left, and the silence of the end.
    history = .allocate(capacity: blockSamples + 2 * tapCount)
    history.initialize(repeating: 0)
    heldCount = lead
    if up == down {
      weights[0] = 1
    } else {
      fillWeights(half: half, scale: Double(slowerHertz) / Double(hertz))
    }
  }

  deinit {
    weights.deallocate()
    history.deallocate()
  }

  /// Computes `h(i / up)` for all `|i| ≤ half · up`, and stores each value for its phase and tap.
  private func fillWeights(half: Int, scale: Double) {
    let lead = (tapCount - 1) / 2
    let cutoff = scale * 15 / 16
    let step = Double.pi * cutoff / Double(up)
    let (stepSine, stepCosine) = Self.sineAndCosine(step)
    var (sine, cosine) = (0.0, 1.0)
    let windowScale = 1 / Self.besselI0(Self.kaiserBeta)
    for index in 0...(half * up) {
      let time = Double(index) / Double(up)
      let position = scale * time / Double(Self.halfWidth)
      // The window may end between two samples.
      if position > 1 { return }
      let window = windowScale * Self.besselI0(Self.kaiserBeta * (1 - position * position).squareRoot())
      let weight = Float(window * (index == 0 ? cutoff : sine / (Double.pi * time)))
      // h is even: a sample before the output's time, and one after it.
      let before = lead - index / up
      if before >= 0 { weights[index % up * tapCount + before] = weight }
      let after = lead + (index + up - 1) / up
      if after < tapCount { weights[(up - index % up) % up * tapCount + after] = weight }
      (sine, cosine) = (sine * stepCosine + cosine * stepSine, cosine * stepCosine - sine * stepSine)
    }
  }

  /// By the Taylor series, for angles up to π.
  private static func sineAndCosine(_ angle: Double) -> (Double, Double) {
    var (sine, cosine, term) = (0.0, 0.0, 1.0)
    for power in 0..<32 {
      let signed = power & 2 == 0 ? term : -term
      if power & 1 == 0 { cosine += signed } else { sine += signed }
      term *= angle / Double(power + 1)
    }
    return (sine, cosine)
  }

  /// The modified Bessel function of order 0: `Σ ((x / 2)ᵏ / k!)²`.
  private static func besselI0(_ x: Double) -> Double {
    var (sum, term) = (1.0, 1.0)
    for k in 1..<32 {
      term *= x / 2 / Double(k)
      sum += term * term
    }
    return sum
  }

  /// Discards the samples that no output needs anymore, so that a block fits.
  ///
  /// - Precondition: ``produce(into:)`` returned 0, and there are at most `blockSamples`.
  package mutating func makeRoom(for count: Int) {
    heldCount -= start
    precondition(heldCount + count <= history.count, "the block does not fit")
    UnsafeMutableRawPointer(history.baseAddress!).copyMemory(
      from: history.baseAddress! + start, byteCount: heldCount * MemoryLayout<Float>.stride)
    start = 0
  }

  /// Supplies a sample, at most as many as ``makeRoom(for:)`` was called with.
  @inline(__always)
  package mutating func supply(_ sample: Float) {
    history[heldCount] = sample
    heldCount += 1
  }

  /// Whether ``produce(into:)`` would give samples.
  package var hasOutput: Bool { start + tapCount <= heldCount }

  /// Supplies silence after the last sample, so that all of its output can be produced.
  package mutating func finish() {
    makeRoom(for: tapCount / 2)
    for _ in 0..<(tapCount / 2) { supply(0) }
  }

  /// Writes the next output, in steps of 16 bits, rounded and saturated.
  ///
  /// - Returns: The number of samples; less than `samples.count` if more input is needed.
  package mutating func produce(into samples: UnsafeMutableBufferPointer<Int16>) -> Int {
    let (wholeStep, phaseStep) = down.quotientAndRemainder(dividingBy: up)
    var count = 0
    while count < samples.count, hasOutput {
      samples[count] = roundedSample(
        steps: Self.dotProduct(weights + phase * tapCount, history.baseAddress! + start, tapCount))
      count += 1
      start += wholeStep
      phase += phaseStep
      if phase >= up {
        phase -= up
        start += 1
      }
    }
    return count
  }

  /// Static, because a method would get a copy of all properties for each sample.
  private static func dotProduct(
    _ row: UnsafePointer<Float>, _ window: UnsafePointer<Float>, _ tapCount: Int
  ) -> Float {
    var lanes = SIMD4<Float>.zero
    var tap = 0
    while tap &+ 4 <= tapCount {
      lanes +=
        UnsafeRawPointer(row + tap).loadUnaligned(as: SIMD4<Float>.self)
        * UnsafeRawPointer(window + tap).loadUnaligned(as: SIMD4<Float>.self)
      tap &+= 4
    }
    return tapCount == 1 ? row[0] * window[0] : (lanes.x + lanes.y) + (lanes.z + lanes.w)
  }
}
