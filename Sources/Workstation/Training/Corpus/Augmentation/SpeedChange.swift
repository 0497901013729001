import Foundation

/// Plays a recording faster or slower: `y[i] = Σₖ x[⌊p⌋ + k − 3]·h(p − ⌊p⌋, k)`, `p = i·factor`, `k = 0 … 7`.
///
/// `h` is an eight-point sinc under a Kaiser window, tabulated at 256 positions between two samples and normalized to a
/// sum of one per position. Its artifacts lie 48 dB below a tone of up to 4 kHz and 38 dB below one of 5 kHz.
struct SpeedChange {
  private static let phaseCount = 256
  private static let tapCount = 8
  /// `[256, 8]`.
  private let taps: [Float]

  init() {
    var taps: [Float] = []
    for phase in 0..<Self.phaseCount {
      // The middle of the phase's interval, because positions are truncated to a phase, not rounded.
      let fraction = (Double(phase) + 0.5) / Double(Self.phaseCount)
      let weights = (0..<Self.tapCount).map { tap in
        let distance = Double(tap) - 3 - fraction
        let sinc = abs(distance) < 1e-9 ? 1 : sin(.pi * distance) / (.pi * distance)
        return sinc * Self.kaiser(distance / 4)
      }
      let sum = weights.reduce(0, +)
      taps += weights.map { Float($0 / sum) }
    }
    self.taps = taps
  }

  /// Length of a recording of `count` samples played at a speed.
  static func outputCount(_ count: Int, factor: Float) -> Int {
    count == 0 ? 0 : Int(Double(count - 1) / Double(factor)) + 1
  }

  /// Writes `outputCount(input.count, factor:)` samples.
  ///
  /// - Precondition: Eight samples before and after `input` are readable, and `factor` is in 0.25…4.
  func apply(_ input: UnsafePointer<Float>, count: Int, factor: Float, to output: UnsafeMutablePointer<Float>) {
    precondition((0.25...4).contains(factor), "speed factor outside 0.25…4")
    let outputCount = Self.outputCount(count, factor: factor)
    // Positions in 2⁻³² of a sample; 2³¹ samples are 37 hours.
    let step = UInt64(Double(factor) * 0x1p32)
    taps.withUnsafeBufferPointer { taps in
      let table = taps.baseAddress!
      var position: UInt64 = 0
      for index in 0..<outputCount {
        let whole = Int(position >> 32)
        let phase = Int(position >> 24 & 0xFF)
        let products = load8(input + whole - 3) * load8(table + phase * Self.tapCount)
        let half = products.lowHalf + products.highHalf
        let quarter = half.lowHalf + half.highHalf
        output[index] = quarter[0] + quarter[1]
        position &+= step
      }
    }
  }

  /// Kaiser window with β = 5 at `x` in −1…1.
  private static func kaiser(_ x: Double) -> Double {
    abs(x) >= 1 ? 0 : besselI0(5 * (1 - x * x).squareRoot()) / besselI0(5)
  }

  private static func besselI0(_ x: Double) -> Double {
    var sum = 1.0
    var term = 1.0
    for k in 1..<30 {
      term *= (x / 2 / Double(k)) * (x / 2 / Double(k))
      sum += term
    }
    return sum
  }
}
