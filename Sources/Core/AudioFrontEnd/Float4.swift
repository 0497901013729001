import CFloatLanes

/// Four numbers that are processed at once.
///
/// Does not use the operators of `SIMD4<Float>`: see `CFloatLanes.h`.
struct Float4 {
  var lanes: SIMD4<Float>

  @inline(__always)
  init(_ lanes: SIMD4<Float>) { self.lanes = lanes }

  @inline(__always)
  init(repeating value: Float) { lanes = SIMD4(repeating: value) }

  /// Four adjacent values, from an address of any alignment.
  @inline(__always)
  init(_ address: UnsafePointer<Float>) { lanes = lanes_load(address) }

  /// Writes four adjacent values, to an address of any alignment.
  @inline(__always)
  func store(_ address: UnsafeMutablePointer<Float>) { lanes_store(lanes, address) }

  @inline(__always)
  var reversed: Float4 { Float4(lanes_reversed(lanes)) }

  /// `(a₀ + a₂) + (a₁ + a₃)`.
  @inline(__always)
  var sum: Float { (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]) }

  @inline(__always)
  static func + (a: Float4, b: Float4) -> Float4 { Float4(lanes_add(a.lanes, b.lanes)) }

  @inline(__always)
  static func - (a: Float4, b: Float4) -> Float4 { Float4(lanes_subtract(a.lanes, b.lanes)) }

  @inline(__always)
  static func * (a: Float4, b: Float4) -> Float4 { Float4(lanes_multiply(a.lanes, b.lanes)) }

  @inline(__always)
  static func / (a: Float4, b: Float4) -> Float4 { Float4(lanes_divide(a.lanes, b.lanes)) }
}
