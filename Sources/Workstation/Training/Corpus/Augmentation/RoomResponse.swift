import Foundation

/// An impulse response from one place in a room to a microphone.
public final class RoomResponse: Sendable {
  /// The kind of source at the place.
  public enum Kind: String, Sendable, CaseIterable {
    /// A place where somebody talks.
    case talker
    /// A place that noise comes from.
    case noise
  }

  /// The file name, or another name for a simulated response.
  public let name: String
  /// The kind of source.
  public let kind: Kind
  /// Distance from the source to the microphone.
  public let metres: Float
  /// `[taps]`, 16 kHz, scaled to a greatest magnitude of 1. Cut where the rest has a millionth of the energy (−60 dB).
  public let samples: [Float]
  /// Index of the direct sound in ``samples``: the first sample of at least half of the greatest magnitude. A
  /// reflection may be stronger than the direct sound, but rarely twice as strong.
  public let directIndex: Int
  let transform: ComplexTransform
  /// The spectrum divided by N, in the transform's order: `[N]` real and `[N]` imaginary parts.
  private let spectrum: [Float]

  /// - Parameters:
  ///   - directIndex: index of the direct sound; nil to detect it.
  ///   - transforms: existing transforms by their counts of points. Responses share them.
  /// - Returns: nil if `samples` are silent.
  package init?(
    name: String, kind: Kind, metres: Float, samples: [Float], directIndex: Int? = nil,
    sharing transforms: inout [Int: ComplexTransform]
  ) {
    var greatest: Float = 0
    for sample in samples { greatest = max(greatest, abs(sample)) }
    guard greatest > 0, greatest.isFinite else { return nil }
    self.name = name
    self.kind = kind
    self.metres = metres
    let kept = Self.cut(samples).map { $0 / greatest }
    self.samples = kept
    self.directIndex = directIndex ?? kept.firstIndex { abs($0) >= 0.5 }!
    let count = Self.transformCount(taps: kept.count)
    let transform = transforms[count] ?? ComplexTransform(count: count)
    transforms[count] = transform
    self.transform = transform
    var spectrum = kept.map { $0 / Float(count) } + [Float](repeating: 0, count: 2 * count - kept.count)
    spectrum.withUnsafeMutableBufferPointer { transform.forward($0.baseAddress!, $0.baseAddress! + count) }
    self.spectrum = spectrum
  }

  /// The power of two that leaves at least a third of the transform to the recording: a trade-off between time and
  /// memory.
  private static func transformCount(taps: Int) -> Int {
    var count = 1_024
    while 2 * count < 3 * taps { count *= 2 }
    return count
  }

  private static func cut(_ samples: [Float]) -> [Float] {
    let energies = samples.map { Double($0) * Double($0) }
    let limit = energies.reduce(0, +) * 1e-6
    var count = samples.count
    var rest = 0.0
    while count > 1, rest + energies[count - 1] < limit {
      rest += energies[count - 1]
      count -= 1
    }
    return Array(samples[..<count])
  }

  /// Multiplies a spectrum of ``transform`` by that of the response.
  func multiply(_ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>) {
    let count = transform.count
    spectrum.withUnsafeBufferPointer { spectrum in
      let ownReal = spectrum.baseAddress!
      let ownImaginary = ownReal + count
      for index in stride(from: 0, to: count, by: 8) {
        let (a, b) = (load8(real + index), load8(imaginary + index))
        let (c, d) = (load8(ownReal + index), load8(ownImaginary + index))
        store8(a * c - b * d, real + index)
        store8(a * d + b * c, imaginary + index)
      }
    }
  }
}
