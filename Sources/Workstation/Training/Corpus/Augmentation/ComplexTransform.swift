import Foundation

/// Discrete Fourier transform of complex points for convolution. The spectrum is not in natural order.
///
/// ``forward(_:_:)`` gives `X[k] = Σₙ x[n]·e^(−2πi·kn/N)` in digit-reversed order. ``inverse(_:_:)`` takes that order
/// and gives `N·x[n]`. Neither reorders its points. A pointwise product of spectra is the spectrum of the convolution
/// in any order.
///
/// | plane       | shape | layout                      |
/// |-------------|-------|-----------------------------|
/// | `real`      | `[N]` | real parts                  |
/// | `imaginary` | `[N]` | imaginary parts             |
///
/// Radix 4, in place, eight lanes. The last eight points are transformed across eight vectors, 64 points at a time.
/// Several threads may use one value at the same time.
package final class ComplexTransform: Sendable {
  /// N: a power of two, 64 or more.
  package let count: Int
  /// For each radix-4 pass over `points`: cosine and −sine of `2πkp/points` for `k` = 1, 2, 3, each `[points/4]`. A
  /// radix-2 pass before them has `k` = 1 and `[points/2]`.
  private let twiddles: [Float]

  /// - Precondition: `count` is a power of two, 64 or more.
  package init(count: Int) {
    precondition(count >= 64 && count & (count - 1) == 0, "a transform of a power of two, 64 or more")
    self.count = count
    var twiddles: [Float] = []
    func append(_ order: Int, of points: Int, count: Int) {
      let angles = (0..<count).map { -2 * Double.pi * Double(order * $0) / Double(points) }
      twiddles += angles.map { Float(cos($0)) }
      twiddles += angles.map { Float(sin($0)) }
    }
    var points = count
    if Self.startsWithTwo(count) {
      append(1, of: points, count: points / 2)
      points /= 2
    }
    while points > 8 {
      for order in 1...3 { append(order, of: points, count: points / 4) }
      points /= 4
    }
    self.twiddles = twiddles
  }

  /// `[N]`: the frequency of real points at each position of a spectrum, in cycles per point, 0…½.
  func frequencies() -> [Float] {
    // The phase of the spectrum of an impulse delayed by one point gives the frequency.
    var real = [Float](repeating: 0, count: count)
    var imaginary = real
    real[1] = 1
    forward(&real, &imaginary)
    return zip(real, imaginary).map { abs(atan2f($1, $0)) / (2 * .pi) }
  }

  /// Whether a pass of radix 2 is needed to get down to eight points.
  private static func startsWithTwo(_ count: Int) -> Bool { count.trailingZeroBitCount % 2 == 0 }

  package func forward(_ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>) {
    twiddles.withUnsafeBufferPointer { twiddles in
      var factors = twiddles.baseAddress!
      var points = count
      if Self.startsWithTwo(count) {
        Self.forwardTwo(real, imaginary, count / 2, factors)
        factors += count
        points /= 2
      }
      while points > 8 {
        for start in stride(from: 0, to: count, by: points) {
          Self.forwardFour(real + start, imaginary + start, points / 4, factors)
        }
        factors += points / 2 * 3
        points /= 4
      }
    }
    for start in stride(from: 0, to: count, by: 64) {
      var points = Complex8x8(real + start, imaginary + start)
      points.transpose()
      points.transform()
      points.store(real + start, imaginary + start)
    }
  }

  package func inverse(_ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>) {
    // The inverse is the transform with real and imaginary parts exchanged.
    for start in stride(from: 0, to: count, by: 64) {
      var points = Complex8x8(imaginary + start, real + start)
      points.transform()
      points.transpose()
      points.store(imaginary + start, real + start)
    }
    twiddles.withUnsafeBufferPointer { twiddles in
      var factors = twiddles.baseAddress! + twiddles.count
      var points = 32
      while points <= count {
        factors -= points / 2 * 3
        for start in stride(from: 0, to: count, by: points) {
          Self.inverseFour(real + start, imaginary + start, points / 4, factors)
        }
        points *= 4
      }
      if Self.startsWithTwo(count) { Self.inverseTwo(real, imaginary, count / 2, twiddles.baseAddress!) }
    }
  }

  private static func forwardTwo(
    _ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>, _ half: Int,
    _ factors: UnsafePointer<Float>
  ) {
    for p in stride(from: 0, to: half, by: 8) {
      let a = Complex8(real + p, imaginary + p)
      let b = Complex8(real + p + half, imaginary + p + half)
      (a + b).store(real + p, imaginary + p)
      ((a - b) * Complex8(factors + p, factors + half + p)).store(real + p + half, imaginary + p + half)
    }
  }

  private static func inverseTwo(
    _ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>, _ half: Int,
    _ factors: UnsafePointer<Float>
  ) {
    for p in stride(from: 0, to: half, by: 8) {
      let a = Complex8(real + p, imaginary + p)
      let b = Complex8(real + p + half, imaginary + p + half).times(
        conjugateOf: Complex8(factors + p, factors + half + p))
      (a + b).store(real + p, imaginary + p)
      (a - b).store(real + p + half, imaginary + p + half)
    }
  }

  private static func forwardFour(
    _ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>, _ quarter: Int,
    _ factors: UnsafePointer<Float>
  ) {
    for p in stride(from: 0, to: quarter, by: 8) {
      let a = Complex8(real + p, imaginary + p)
      let b = Complex8(real + p + quarter, imaginary + p + quarter)
      let c = Complex8(real + p + 2 * quarter, imaginary + p + 2 * quarter)
      let d = Complex8(real + p + 3 * quarter, imaginary + p + 3 * quarter)
      let (y0, y1, y2, y3) = Complex8.butterfly(a, b, c, d)
      let w = factors + p
      y0.store(real + p, imaginary + p)
      (y1 * Complex8(w, w + quarter)).store(real + p + quarter, imaginary + p + quarter)
      (y2 * Complex8(w + 2 * quarter, w + 3 * quarter)).store(real + p + 2 * quarter, imaginary + p + 2 * quarter)
      (y3 * Complex8(w + 4 * quarter, w + 5 * quarter)).store(real + p + 3 * quarter, imaginary + p + 3 * quarter)
    }
  }

  private static func inverseFour(
    _ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>, _ quarter: Int,
    _ factors: UnsafePointer<Float>
  ) {
    for p in stride(from: 0, to: quarter, by: 8) {
      let w = factors + p
      let a = Complex8(real + p, imaginary + p)
      let b = Complex8(real + p + quarter, imaginary + p + quarter).times(conjugateOf: Complex8(w, w + quarter))
      let c = Complex8(real + p + 2 * quarter, imaginary + p + 2 * quarter)
        .times(conjugateOf: Complex8(w + 2 * quarter, w + 3 * quarter))
      let d = Complex8(real + p + 3 * quarter, imaginary + p + 3 * quarter)
        .times(conjugateOf: Complex8(w + 4 * quarter, w + 5 * quarter))
      // Exchanging the second and fourth output reverses the sign of the rotation.
      let (x0, x1, x2, x3) = Complex8.butterfly(a, d, c, b)
      x0.store(real + p, imaginary + p)
      x1.store(real + p + quarter, imaginary + p + quarter)
      x2.store(real + p + 2 * quarter, imaginary + p + 2 * quarter)
      x3.store(real + p + 3 * quarter, imaginary + p + 3 * quarter)
    }
  }
}

/// Eight complex numbers, with real and imaginary parts in separate vectors.
private struct Complex8 {
  var real: SIMD8<Float>
  var imaginary: SIMD8<Float>

  @inline(__always)
  init(_ real: SIMD8<Float>, _ imaginary: SIMD8<Float>) {
    self.real = real
    self.imaginary = imaginary
  }

  @inline(__always)
  init(_ real: UnsafePointer<Float>, _ imaginary: UnsafePointer<Float>) {
    self.init(load8(real), load8(imaginary))
  }

  @inline(__always)
  func store(_ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>) {
    store8(self.real, real)
    store8(self.imaginary, imaginary)
  }

  @inline(__always)
  static func + (a: Complex8, b: Complex8) -> Complex8 { Complex8(a.real + b.real, a.imaginary + b.imaginary) }

  @inline(__always)
  static func - (a: Complex8, b: Complex8) -> Complex8 { Complex8(a.real - b.real, a.imaginary - b.imaginary) }

  @inline(__always)
  static func * (a: Complex8, b: Complex8) -> Complex8 {
    Complex8(a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }

  @inline(__always)
  func times(conjugateOf b: Complex8) -> Complex8 {
    Complex8(real * b.real + imaginary * b.imaginary, imaginary * b.real - real * b.imaginary)
  }

  /// `e^(−2πi·eighths/8)` times this, for `eighths` of 1 or 3.
  @inline(__always)
  func turned(_ eighths: Int) -> Complex8 {
    let root = SIMD8<Float>(repeating: 0.707_106_77)
    let sum = (imaginary + real) * root
    let difference = (imaginary - real) * root
    return eighths == 1 ? Complex8(sum, difference) : Complex8(difference, -sum)
  }

  /// `e^(−2πi/4)` times this.
  @inline(__always)
  var turnedQuarter: Complex8 { Complex8(imaginary, -real) }

  /// The discrete Fourier transform of four points: `yₖ = a + (−i)ᵏ·b + (−1)ᵏ·c + iᵏ·d`.
  @inline(__always)
  static func butterfly(
    _ a: Complex8, _ b: Complex8, _ c: Complex8, _ d: Complex8
  ) -> (Complex8, Complex8, Complex8, Complex8) {
    let sumAC = a + c
    let differenceAC = a - c
    let sumBD = b + d
    let turned = (b - d).turnedQuarter
    return (sumAC + sumBD, differenceAC + turned, sumAC - sumBD, differenceAC - turned)
  }
}

/// Eight adjacent vectors of eight points.
private struct Complex8x8 {
  private var real: InlineArray<8, SIMD8<Float>>
  private var imaginary: InlineArray<8, SIMD8<Float>>

  @inline(__always)
  init(_ real: UnsafePointer<Float>, _ imaginary: UnsafePointer<Float>) {
    self.real = .init { load8(real + 8 * $0) }
    self.imaginary = .init { load8(imaginary + 8 * $0) }
  }

  @inline(__always)
  func store(_ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>) {
    for row in 0..<8 {
      store8(self.real[row], real + 8 * row)
      store8(self.imaginary[row], imaginary + 8 * row)
    }
  }

  @inline(__always)
  mutating func transpose() {
    Self.transpose(&real)
    Self.transpose(&imaginary)
  }

  /// Transposes the 64 values by three perfect shuffles.
  @inline(__always)
  private static func transpose(_ rows: inout InlineArray<8, SIMD8<Float>>) {
    for _ in 0..<3 {
      let old = rows
      for row in 0..<4 {
        var low = SIMD8<Float>()
        low.evenHalf = old[row].lowHalf
        low.oddHalf = old[row + 4].lowHalf
        var high = SIMD8<Float>()
        high.evenHalf = old[row].highHalf
        high.oddHalf = old[row + 4].highHalf
        rows[2 * row] = low
        rows[2 * row + 1] = high
      }
    }
  }

  @inline(__always)
  private subscript(row: Int) -> Complex8 {
    get { Complex8(real[row], imaginary[row]) }
    set {
      real[row] = newValue.real
      imaginary[row] = newValue.imaginary
    }
  }

  /// The discrete Fourier transform of the eight points in each lane.
  @inline(__always)
  mutating func transform() {
    let (e0, e1, e2, e3) = Complex8.butterfly(self[0], self[2], self[4], self[6])
    let (o0, o1, o2, o3) = Complex8.butterfly(self[1], self[3], self[5], self[7])
    let (t1, t2, t3) = (o1.turned(1), o2.turnedQuarter, o3.turned(3))
    self[0] = e0 + o0
    self[4] = e0 - o0
    self[1] = e1 + t1
    self[5] = e1 - t1
    self[2] = e2 + t2
    self[6] = e2 - t2
    self[3] = e3 + t3
    self[7] = e3 - t3
  }
}
