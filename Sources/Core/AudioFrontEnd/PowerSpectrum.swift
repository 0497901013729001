import CFloatLanes
import CoreMemory

/// `power[k] = |Σₙ x[n]·e^(−2πi·nk/512)|²`, `k = 0 … 256`, of 512 real samples.
///
/// The 512 real samples are treated as 256 complex ones, `z[j] = x[2j] + i·x[2j+1]`. Four radix-4 Stockham passes
/// transform them (self-sorting: there is no bit reversal, and each pass reads and writes four adjacent values at a
/// time). The result is split into the spectra of the even and of the odd samples.
///
/// The caller writes the samples to ``even`` and ``odd``; ``compute()`` overwrites both. All memory is taken from the
/// workspace in `init`. Use from one thread at a time.
///
/// - Reference: Swarztrauber, *FFT algorithms for vector computers*, 1984; the split as in Sorensen et al. 1987.
struct PowerSpectrum: ~Copyable {
  /// `[256]`: samples 0, 2, 4 …
  let even: UnsafeMutablePointer<Float>
  /// `[256]`: samples 1, 3, 5 …
  let odd: UnsafeMutablePointer<Float>
  /// `[257 + 7]`: the result, followed by zeros so that a filter can read whole vectors.
  let power: UnsafeMutablePointer<Float>

  /// `[512]`: the other buffer of every second pass, real parts before imaginary parts.
  private let scratch: UnsafeMutablePointer<Float>
  /// For each pass with `n` points left and for `p < n/4`: the factors `e^(−2πi·kp/n)`, `k = 1, 2, 3`, as six planes of
  /// `n/4`.
  private let twiddles: UnsafeMutablePointer<Float>
  /// `[128]` and `[128]`: `cos 2πk/512`, `sin 2πk/512`.
  private let splitCosine: UnsafeMutablePointer<Float>
  private let splitSine: UnsafeMutablePointer<Float>

  private static let complexCount = 256
  static let binCount = 257
  static let readableBinCount = binCount + 7

  init(in workspace: inout Workspace) {
    precondition(FeatureContract.fftSize == 2 * Self.complexCount, "four radix-4 passes transform 256 complex points")
    even = workspace.take(Self.complexCount, repeating: 0)
    odd = workspace.take(Self.complexCount, repeating: 0)
    power = workspace.take(Self.readableBinCount, repeating: 0)
    scratch = workspace.take(2 * Self.complexCount, repeating: 0)
    twiddles = workspace.take(6 * (64 + 16 + 4), repeating: 0)
    splitCosine = workspace.take(128, repeating: 0)
    splitSine = workspace.take(128, repeating: 0)
    if !workspace.isMeasuring { fillTables() }
  }

  private func fillTables() {
    var plane = twiddles
    var points = 256
    while points >= 16 {
      for k in 1...3 {
        for p in 0..<points / 4 {
          let (cosine, sine) = ElementaryFunctions.unitCircle(k * p % points, of: points)
          plane[p] = Float(cosine)
          plane[points / 4 + p] = Float(-sine)
        }
        plane += points / 2
      }
      points /= 4
    }
    for k in 0..<128 {
      let (cosine, sine) = ElementaryFunctions.unitCircle(k, of: 512)
      splitCosine[k] = Float(cosine)
      splitSine[k] = Float(sine)
    }
  }

  /// Transforms ``even`` and ``odd`` into ``power``. Real-time safe.
  mutating func compute() {
    let scratchImaginary = scratch + Self.complexCount
    firstPass(to: scratch, scratchImaginary)
    let second = twiddles + 6 * 64
    middlePass(points: 64, stride: 4, second, from: scratch, scratchImaginary, to: even, odd)
    middlePass(points: 16, stride: 16, second + 6 * 16, from: even, odd, to: scratch, scratchImaginary)
    lastPass(from: scratch, scratchImaginary, to: even, odd)
    split()
  }

  /// 256 points, stride 1: four adjacent `p` at a time. Their results are four apart and are transposed.
  @inline(__always)
  private func firstPass(to outReal: UnsafeMutablePointer<Float>, _ outImaginary: UnsafeMutablePointer<Float>) {
    var p = 0
    while p < 64 {
      let a = Complex4(even + p, odd + p)
      let b = Complex4(even + p + 64, odd + p + 64)
      let c = Complex4(even + p + 128, odd + p + 128)
      let d = Complex4(even + p + 192, odd + p + 192)
      let y = Complex4.butterfly(a, b, c, d)
      let y1 = y.1 * Complex4(twiddles + p, twiddles + 64 + p)
      let y2 = y.2 * Complex4(twiddles + 128 + p, twiddles + 192 + p)
      let y3 = y.3 * Complex4(twiddles + 256 + p, twiddles + 320 + p)
      lanes_store_transposed(y.0.real.lanes, y1.real.lanes, y2.real.lanes, y3.real.lanes, outReal + 4 * p)
      lanes_store_transposed(
        y.0.imaginary.lanes, y1.imaginary.lanes, y2.imaginary.lanes, y3.imaginary.lanes, outImaginary + 4 * p)
      p &+= 4
    }
  }

  /// `points` left, with the results of `stride` finished transforms next to each other: one twiddle factor for a whole
  /// row.
  @inline(__always)
  private func middlePass(
    points: Int, stride: Int, _ factors: UnsafeMutablePointer<Float>,
    from inReal: UnsafeMutablePointer<Float>, _ inImaginary: UnsafeMutablePointer<Float>,
    to outReal: UnsafeMutablePointer<Float>, _ outImaginary: UnsafeMutablePointer<Float>
  ) {
    let quarter = points / 4
    var p = 0
    while p < quarter {
      let w1 = Complex4(repeating: factors[p], factors[quarter &+ p])
      let w2 = Complex4(repeating: factors[2 &* quarter &+ p], factors[3 &* quarter &+ p])
      let w3 = Complex4(repeating: factors[4 &* quarter &+ p], factors[5 &* quarter &+ p])
      var q = 0
      while q < stride {
        let i = q &+ stride &* p
        let o = q &+ 4 &* stride &* p
        let y = Complex4.butterfly(
          Complex4(inReal + i, inImaginary + i), Complex4(inReal + i + 64, inImaginary + i + 64),
          Complex4(inReal + i + 128, inImaginary + i + 128), Complex4(inReal + i + 192, inImaginary + i + 192))
        y.0.store(outReal + o, outImaginary + o)
        (y.1 * w1).store(outReal + o + stride, outImaginary + o + stride)
        (y.2 * w2).store(outReal + o + 2 * stride, outImaginary + o + 2 * stride)
        (y.3 * w3).store(outReal + o + 3 * stride, outImaginary + o + 3 * stride)
        q &+= 4
      }
      p &+= 1
    }
  }

  /// Four points, stride 64: every twiddle factor is 1.
  @inline(__always)
  private func lastPass(
    from inReal: UnsafeMutablePointer<Float>, _ inImaginary: UnsafeMutablePointer<Float>,
    to outReal: UnsafeMutablePointer<Float>, _ outImaginary: UnsafeMutablePointer<Float>
  ) {
    var q = 0
    while q < 64 {
      let y = Complex4.butterfly(
        Complex4(inReal + q, inImaginary + q), Complex4(inReal + q + 64, inImaginary + q + 64),
        Complex4(inReal + q + 128, inImaginary + q + 128), Complex4(inReal + q + 192, inImaginary + q + 192))
      y.0.store(outReal + q, outImaginary + q)
      y.1.store(outReal + q + 64, outImaginary + q + 64)
      y.2.store(outReal + q + 128, outImaginary + q + 128)
      y.3.store(outReal + q + 192, outImaginary + q + 192)
      q &+= 4
    }
  }

  /// `X[k] = E + w·O` and `X[256 − k]* = E − w·O` with the spectra `E` and `O` of the even and the odd samples at `k`
  /// and `w = e^(−2πik/512)`. Stores the squared magnitudes for `k = 1 … 128` and at the two real ends.
  @inline(__always)
  private func split() {
    power[0] = (even[0] + odd[0]) * (even[0] + odd[0])
    power[256] = (even[0] - odd[0]) * (even[0] - odd[0])
    power[128] = even[128] * even[128] + odd[128] * odd[128]
    // k = 1 … 127 as 32 vectors; the last two share k = 124.
    var k = 1
    while k < 128 {
      let other = 256 &- k &- 3
      let x = Self.split(
        Float4(even + k), Float4(odd + k), Float4(even + other).reversed, Float4(odd + other).reversed,
        Float4(splitCosine + k), Float4(splitSine + k))
      x.low.store(power + k)
      x.high.reversed.store(power + other)
      k = k == 121 ? 124 : k &+ 4
    }
  }

  @inline(__always)
  private static func split(
    _ real: Float4, _ imaginary: Float4, _ otherReal: Float4, _ otherImaginary: Float4,
    _ cosine: Float4, _ sine: Float4
  ) -> (low: Float4, high: Float4) {
    let half = Float4(repeating: 0.5)
    let evenReal = (real + otherReal) * half
    let evenImaginary = (imaginary - otherImaginary) * half
    let oddReal = (imaginary + otherImaginary) * half
    let oddImaginary = (otherReal - real) * half
    let turnedReal = oddReal * cosine + oddImaginary * sine
    let turnedImaginary = oddImaginary * cosine - oddReal * sine
    let a = evenReal + turnedReal
    let b = evenImaginary + turnedImaginary
    let c = evenReal - turnedReal
    let d = evenImaginary - turnedImaginary
    return (a * a + b * b, c * c + d * d)
  }
}
