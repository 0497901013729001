import Foundation

/// Removes high or low frequencies, as cheap microphones, plastic housings and telephone codecs do.
enum BandLimit {
  private static let halfTapCount = 16

  /// Low-pass: 33-tap windowed sinc, linear phase, no delay; −6 dB at `hertz`, −40 dB 900 Hz above.
  ///
  /// - Parameter output: is resized to the length of `input`.
  static func lowPass(_ input: SampleBuffer, hertz: Float, to output: SampleBuffer) {
    output.clear(count: input.count)
    let cutoff = 2 * Double(hertz) / 16_000
    withUnsafeTemporaryAllocation(of: Float.self, capacity: halfTapCount + 1) { taps in
      var sum = 0.0
      for k in 0...halfTapCount {
        let x = Double.pi * Double(k)
        let sinc = k == 0 ? cutoff : sin(cutoff * x) / x
        let window = 0.5 + 0.5 * cos(x / Double(halfTapCount + 1))
        taps[k] = Float(sinc * window)
        sum += sinc * window * (k == 0 ? 1 : 2)
      }
      for k in 0...halfTapCount { taps[k] /= Float(sum) }
      var start = 0
      while start < input.count {
        let center = input.samples + start
        var sum0 = load8(center) * taps[0]
        var sum1 = load8(center + 8) * taps[0]
        for k in 1...halfTapCount {
          sum0 += (load8(center - k) + load8(center + k)) * taps[k]
          sum1 += (load8(center + 8 - k) + load8(center + 8 + k)) * taps[k]
        }
        store8(sum0, output.samples + start)
        store8(sum1, output.samples + start + 8)
        start += 16
      }
    }
    output.clearTail()
  }

  /// First-order high-pass, in place: −3 dB at `hertz`, 6 dB per octave below.
  static func highPass(_ buffer: SampleBuffer, hertz: Float) {
    // Bilinear transform of s/(s + ω).
    let t = tanf(.pi * hertz / 16_000)
    let gain = 1 / (1 + t)
    let feedback = (1 - t) / (1 + t)
    var previousInput: Float = 0
    var previousOutput: Float = 0
    let samples = buffer.samples
    for index in 0..<buffer.count {
      let input = samples[index]
      previousOutput = gain * (input - previousInput) + feedback * previousOutput
      previousInput = input
      samples[index] = previousOutput
    }
  }
}

/// The result of each sample after an 8-bit µ-law codec.
///
/// - Reference: ITU-T G.711. Decoder levels are `±(2ˢ·(2m + 33) − 33)·4` of 16-bit full scale. Each input maps to the
///   level of its segment's interval.
struct MuLawTable {
  /// `[65536]`, indexed by the sample's bit pattern.
  let levels: [Int16]

  init() {
    levels = (0..<65_536).map { bits in
      let sample = Int(Int16(truncatingIfNeeded: bits))
      // 14-bit magnitude with the bias of 33, at most 13 bits wide.
      let magnitude = min((sample < 0 ? -sample : sample) >> 2, 8_158) + 33
      let segment = Int.bitWidth - magnitude.leadingZeroBitCount - 6
      let step = magnitude >> (segment + 1) & 15
      let level = ((2 * step + 33) << segment) - 33
      return Int16(truncatingIfNeeded: (sample < 0 ? -level : level) * 4)
    }
  }

  func apply(_ samples: UnsafeMutableBufferPointer<Int16>) {
    levels.withUnsafeBufferPointer { levels in
      for index in samples.indices { samples[index] = levels[Int(UInt16(bitPattern: samples[index]))] }
    }
  }
}
