/// Four complex numbers, real and imaginary parts apart.
struct Complex4 {
  var real: SIMD4<Float>
  var imaginary: SIMD4<Float>

  @inline(__always)
  init(_ real: SIMD4<Float>, _ imaginary: SIMD4<Float>) {
    self.real = real
    self.imaginary = imaginary
  }

  @inline(__always)
  init(_ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>) {
    self.real = load4(real)
    self.imaginary = load4(imaginary)
  }

  @inline(__always)
  init(repeating real: Float, _ imaginary: Float) {
    self.real = SIMD4(repeating: real)
    self.imaginary = SIMD4(repeating: imaginary)
  }

  @inline(__always)
  func store(_ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>) {
    store4(self.real, real)
    store4(self.imaginary, imaginary)
  }

  @inline(__always)
  static func + (a: Complex4, b: Complex4) -> Complex4 { Complex4(a.real + b.real, a.imaginary + b.imaginary) }

  @inline(__always)
  static func - (a: Complex4, b: Complex4) -> Complex4 { Complex4(a.real - b.real, a.imaginary - b.imaginary) }

  @inline(__always)
  static func * (a: Complex4, b: Complex4) -> Complex4 {
    Complex4(a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }

  /// The discrete Fourier transform of four points: `yₖ = a + (−i)ᵏ·b + (−1)ᵏ·c + iᵏ·d`.
  @inline(__always)
  static func butterfly(
    _ a: Complex4, _ b: Complex4, _ c: Complex4, _ d: Complex4
  ) -> (Complex4, Complex4, Complex4, Complex4) {
    let sumAC = a + c
    let differenceAC = a - c
    let sumBD = b + d
    let differenceBD = b - d
    // −i·(b − d)
    let turned = Complex4(differenceBD.imaginary, SIMD4(repeating: 0) - differenceBD.real)
    return (sumAC + sumBD, differenceAC + turned, sumAC - sumBD, differenceAC - turned)
  }
}

/// Four neighbouring values from an address of any alignment.
@inline(__always)
func load4(_ address: UnsafeMutablePointer<Float>) -> SIMD4<Float> {
  UnsafeRawPointer(address).loadUnaligned(as: SIMD4<Float>.self)
}

/// Writes four neighbouring values to an address of any alignment.
@inline(__always)
func store4(_ value: SIMD4<Float>, _ address: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(address).storeBytes(of: value, as: SIMD4<Float>.self)
}

/// Writes `a₀ b₀ c₀ d₀ a₁ b₁ c₁ d₁ …`.
@inline(__always)
func storeTransposed(
  _ a: SIMD4<Float>, _ b: SIMD4<Float>, _ c: SIMD4<Float>, _ d: SIMD4<Float>, to address: UnsafeMutablePointer<Float>
) {
  store4(SIMD4(a[0], b[0], c[0], d[0]), address)
  store4(SIMD4(a[1], b[1], c[1], d[1]), address + 4)
  store4(SIMD4(a[2], b[2], c[2], d[2]), address + 8)
  store4(SIMD4(a[3], b[3], c[3], d[3]), address + 12)
}

extension SIMD4<Float> {
  @inline(__always)
  var reversed: SIMD4<Float> { SIMD4(self[3], self[2], self[1], self[0]) }
}
