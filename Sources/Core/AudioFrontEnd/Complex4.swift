/// Four complex numbers, with separate real and imaginary parts.
struct Complex4 {
  var real: Float4
  var imaginary: Float4

  @inline(__always)
  init(_ real: Float4, _ imaginary: Float4) {
    self.real = real
    self.imaginary = imaginary
  }

  @inline(__always)
  init(_ real: UnsafePointer<Float>, _ imaginary: UnsafePointer<Float>) {
    self.real = Float4(real)
    self.imaginary = Float4(imaginary)
  }

  @inline(__always)
  init(repeating real: Float, _ imaginary: Float) {
    self.real = Float4(repeating: real)
    self.imaginary = Float4(repeating: imaginary)
  }

  @inline(__always)
  func store(_ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>) {
    self.real.store(real)
    self.imaginary.store(imaginary)
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
    // −i·(b − d) swaps the parts and negates one of them, which the additions and subtractions do at once.
    return (
      sumAC + sumBD,
      Complex4(differenceAC.real + differenceBD.imaginary, differenceAC.imaginary - differenceBD.real),
      sumAC - sumBD,
      Complex4(differenceAC.real - differenceBD.imaginary, differenceAC.imaginary + differenceBD.real)
    )
  }
}
