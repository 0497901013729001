/// A point of the curve −x² + y² = 1 + d x² y² over p = 2²⁵⁵ − 19, as (X : Y : Z : T) with x = X/Z, y = Y/Z, x y = T/Z.
///
/// The addition is complete: it is correct for every pair of points, including equal ones. Not constant-time. Allocates
/// nothing.
///
/// - Reference: RFC 8032, §5.1; Hisil et al. 2008, §3.1.
struct EdwardsPoint {
  private var x, y, z, t: FieldElement

  static let neutral = EdwardsPoint(x: .zero, y: .one)
  /// The base point B of RFC 8032.
  static let base = EdwardsPoint(
    x: FieldElement([
      0xD51A, 0x8F25, 0x2D60, 0xC956, 0xA7B2, 0x9525, 0xC760, 0x692C, 0xDC5C, 0xFDD6, 0xE231, 0xC0A4, 0x53FE, 0xCD6E,
      0x36D3, 0x2169,
    ]),
    y: FieldElement([
      0x6658, 0x6666, 0x6666, 0x6666, 0x6666, 0x6666, 0x6666, 0x6666, 0x6666, 0x6666, 0x6666, 0x6666, 0x6666, 0x6666,
      0x6666, 0x6666,
    ]))
  private static let d = FieldElement([
    0x78A3, 0x1359, 0x4DCA, 0x75EB, 0xD8AB, 0x4141, 0x0A4D, 0x0070, 0xE898, 0x7779, 0x4079, 0x8CC7, 0xFE73, 0x2B6F,
    0x6CEE, 0x5203,
  ])
  private static let rootOfMinusOne = FieldElement([
    0xA0B0, 0x4A0E, 0x1B27, 0xC4EE, 0xE478, 0xAD2F, 0x1806, 0x2F43, 0xD7A7, 0x3DFB, 0x0099, 0x2B4D, 0xDF0B, 0x4FC1,
    0x2480, 0x2B83,
  ])

  private init(x: FieldElement, y: FieldElement) {
    self.x = x
    self.y = y
    z = .one
    t = x * y
  }

  /// Decodes a point from 32 bytes; `nil` if they encode none, or not in the canonical encoding of RFC 8032.
  init?(encoded bytes: InlineArray<32, UInt8>) {
    guard let y = FieldElement(canonical: bytes) else { return nil }
    let isOdd = bytes[31] >> 7 == 1
    let square = y.squared
    let numerator = square - .one
    let denominator = Self.d * square + .one
    let cube = denominator.squared * denominator
    let seventh = cube.squared * denominator
    var x = numerator * cube * (numerator * seventh).powerForRoot
    let check = denominator * x.squared
    if check == .zero - numerator {
      x = x * Self.rootOfMinusOne
    } else if !(check == numerator) {
      return nil
    }
    if x.isOdd != isOdd {
      guard !(x == .zero) else { return nil }
      x = .zero - x
    }
    self.init(x: x, y: y)
  }

  /// The 32 bytes of RFC 8032: y, with the parity of x in the highest bit.
  var encoded: InlineArray<32, UInt8> {
    let inverse = z.inverse
    var bytes = (y * inverse).bytes
    if (x * inverse).isOdd { bytes[31] |= 0x80 }
    return bytes
  }

  var negated: EdwardsPoint {
    var point = self
    point.x = .zero - x
    point.t = .zero - t
    return point
  }

  var isNeutral: Bool { x == .zero && y == z }

  static func + (left: EdwardsPoint, right: EdwardsPoint) -> EdwardsPoint {
    let a = (left.y - left.x) * (right.y - right.x)
    let b = (left.y + left.x) * (right.y + right.x)
    let tt = left.t * right.t * d
    let c = tt + tt
    let zz = left.z * right.z
    let e = b - a
    let f = zz + zz - c
    let g = zz + zz + c
    let h = b + a
    var sum = left
    sum.x = e * f
    sum.y = h * g
    sum.z = g * f
    sum.t = e * h
    return sum
  }

  /// Computes first · left + second · right.
  static func combination(
    _ first: Scalar, _ left: EdwardsPoint, _ second: Scalar, _ right: EdwardsPoint
  ) -> EdwardsPoint {
    let both = left + right
    var sum = EdwardsPoint.neutral
    for bit in stride(from: 255, through: 0, by: -1) {
      sum = sum + sum
      switch (first.hasBit(bit), second.hasBit(bit)) {
      case (true, true): sum = sum + both
      case (true, false): sum = sum + left
      case (false, true): sum = sum + right
      case (false, false): break
      }
    }
    return sum
  }
}
