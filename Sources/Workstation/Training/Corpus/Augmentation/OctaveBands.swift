import Foundation

/// Weights that split a spectrum of ``ComplexTransform`` into octaves from 125 Hz to 8 kHz. They add up to 1 at each
/// frequency.
///
/// Between the centers of two octaves the weights are `cos²` and `sin²` of the relative distance in octaves. Below the
/// first center the first octave has all the weight. Filtering by one of them neither delays nor shifts phases.
final class OctaveBands: Sendable {
  static let middles: [Float] = [125, 250, 500, 1_000, 2_000, 4_000, 8_000]
  static var bandCount: Int { middles.count }

  let transform: ComplexTransform
  /// `[7, N]` in the transform's order.
  private let weights: [Float]
  /// Each band's share of the power of white noise.
  let shares: [Float]

  init(_ transform: ComplexTransform) {
    self.transform = transform
    let count = transform.count
    var weights = [Float](repeating: 0, count: Self.bandCount * count)
    for (index, frequency) in transform.frequencies().enumerated() {
      let octave = min(max(log2f(max(frequency * 16_000, 1) / Self.middles[0]), 0), Float(Self.bandCount - 1))
      let band = min(Int(octave), Self.bandCount - 2)
      let upper = sinf((octave - Float(band)) * .pi / 2)
      weights[band * count + index] = 1 - upper * upper
      weights[(band + 1) * count + index] = upper * upper
    }
    self.weights = weights
    shares = (0..<Self.bandCount).map { band in
      weights[band * count..<(band + 1) * count].reduce(0) { $0 + $1 } / Float(count)
    }
  }

  /// Adds a spectrum, weighted by a band, to `[N]` real and imaginary parts.
  func add(
    _ band: Int, _ real: UnsafePointer<Float>, _ imaginary: UnsafePointer<Float>,
    to realSum: UnsafeMutablePointer<Float>, _ imaginarySum: UnsafeMutablePointer<Float>
  ) {
    weights.withUnsafeBufferPointer { weights in
      let weight = weights.baseAddress! + band * transform.count
      for index in stride(from: 0, to: transform.count, by: 8) {
        store8(load8(realSum + index) + load8(weight + index) * load8(real + index), realSum + index)
        store8(load8(imaginarySum + index) + load8(weight + index) * load8(imaginary + index), imaginarySum + index)
      }
    }
  }
}
