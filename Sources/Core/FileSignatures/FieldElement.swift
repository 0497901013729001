/// A number modulo p = 2²⁵⁵ − 19 as Σ limb[i] · 2¹⁶ⁱ. A number has several limb patterns.
///
/// Sums and differences of products stay within ±2¹⁸ per limb, and a product of such operands within ±2⁴⁶, so nothing
/// overflows. Not constant-time, because signatures and public keys are not secret. Allocates nothing.
///
/// - Reference: Bernstein et al. 2014, TweetNaCl, §3, which defines this representation.
struct FieldElement {
  private var limbs: InlineArray<16, Int64>

  static let zero = FieldElement(InlineArray(repeating: 0))
  static let one = FieldElement([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])

  init(_ limbs: InlineArray<16, Int64>) { self.limbs = limbs }

  /// Decodes a number from 32 bytes, lowest first, without the highest bit; `nil` if it is not below p.
  init?(canonical bytes: InlineArray<32, UInt8>) {
    limbs = InlineArray(repeating: 0)
    for index in 0..<16 { limbs[index] = Int64(bytes[2 * index]) | Int64(bytes[2 * index + 1]) << 8 }
    limbs[15] &= 0x7FFF
    let reduced = self.bytes
    for index in 0..<31 where reduced[index] != bytes[index] { return nil }
    guard reduced[31] == bytes[31] & 0x7F else { return nil }
  }

  /// The number from 0 to p − 1, lowest byte first.
  var bytes: InlineArray<32, UInt8> {
    var reduced = self
    for _ in 0..<3 { reduced.carry() }
    for _ in 0..<2 { reduced.subtractModulusOnce() }
    var bytes = InlineArray<32, UInt8>(repeating: 0)
    for index in 0..<16 {
      bytes[2 * index] = UInt8(truncatingIfNeeded: reduced.limbs[index])
      bytes[2 * index + 1] = UInt8(truncatingIfNeeded: reduced.limbs[index] >> 8)
    }
    return bytes
  }

  var isOdd: Bool { bytes[0] & 1 == 1 }

  static func == (left: FieldElement, right: FieldElement) -> Bool {
    let (left, right) = (left.bytes, right.bytes)
    for index in 0..<32 where left[index] != right[index] { return false }
    return true
  }

  static func + (left: FieldElement, right: FieldElement) -> FieldElement {
    var sum = left
    for index in 0..<16 { sum.limbs[unchecked: index] &+= right.limbs[unchecked: index] }
    return sum
  }

  static func - (left: FieldElement, right: FieldElement) -> FieldElement {
    var difference = left
    for index in 0..<16 { difference.limbs[unchecked: index] &-= right.limbs[unchecked: index] }
    return difference
  }

  static func * (left: FieldElement, right: FieldElement) -> FieldElement {
    var product = InlineArray<31, Int64>(repeating: 0)
    // Every index below is constant-bounded, so none needs a check.
    for i in 0..<16 {
      let factor = left.limbs[unchecked: i]
      for j in 0..<16 { product[unchecked: i &+ j] &+= factor &* right.limbs[unchecked: j] }
    }
    var folded = FieldElement.zero
    // 2²⁵⁶ ≡ 38 modulo p.
    for index in 0..<15 {
      folded.limbs[unchecked: index] = product[unchecked: index] &+ 38 &* product[unchecked: index &+ 16]
    }
    folded.limbs[15] = product[15]
    folded.carry()
    folded.carry()
    return folded
  }

  var squared: FieldElement { self * self }

  /// The power 2²⁵² − 3 = (p − 5) / 8 of the number, for square roots.
  var powerForRoot: FieldElement {
    var power = self
    for bit in stride(from: 250, through: 0, by: -1) {
      power = power.squared
      if bit != 1 { power = power * self }
    }
    return power
  }

  /// The power p − 2 of the number.
  var inverse: FieldElement {
    var power = self
    for bit in stride(from: 253, through: 0, by: -1) {
      power = power.squared
      if bit != 2 && bit != 4 { power = power * self }
    }
    return power
  }

  /// Reduces each limb to about 0…65535.
  private mutating func carry() {
    for index in 0..<16 {
      let over = limbs[unchecked: index] &>> 16
      limbs[unchecked: index] &-= over &<< 16
      if index < 15 { limbs[unchecked: index &+ 1] &+= over } else { limbs[unchecked: 0] &+= 38 &* over }
    }
  }

  /// - Precondition: every limb is in 0…65535.
  private mutating func subtractModulusOnce() {
    var difference = InlineArray<16, Int64>(repeating: 0)
    var borrow: Int64 = 0
    for index in 0..<16 {
      let modulus: Int64 = index == 0 ? 0xFFED : index == 15 ? 0x7FFF : 0xFFFF
      let value = limbs[index] &- modulus &- borrow
      borrow = value < 0 ? 1 : 0
      difference[index] = value & 0xFFFF
    }
    if borrow == 0 { limbs = difference }
  }
}
