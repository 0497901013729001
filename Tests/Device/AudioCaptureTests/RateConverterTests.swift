import Glibc
import Recordings
import SeededRandom
import Testing

@Suite("Sample rate conversion")
struct RateConverterTests {
  private static let rates = [4_000, 8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000]

  /// Converts in blocks, with reads of another size.
  private func convert(_ input: [Float], _ hertz: Int, block: Int = 1_000, piece: Int = 777) -> [Int16] {
    var converter = RateConverter(fromHertz: hertz, blockSamples: block)
    let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: piece)
    defer { buffer.deallocate() }
    var output: [Int16] = []
    func drain(_ converter: inout RateConverter) {
      while true {
        let count = converter.produce(into: buffer)
        if count == 0 { return }
        output += buffer[..<count]
      }
    }
    var index = 0
    while index < input.count {
      let count = min(block, input.count - index)
      converter.makeRoom(for: count)
      for sample in input[index..<(index + count)] { converter.supply(sample) }
      index += count
      drain(&converter)
    }
    converter.finish()
    drain(&converter)
    return output
  }

  private func tone(_ frequency: Double, _ hertz: Int, seconds: Double, amplitude: Double = 16_000) -> [Float] {
    (0..<Int(seconds * Double(hertz))).map {
      Float(amplitude * sin(2 * Double.pi * frequency * Double($0) / Double(hertz)))
    }
  }

  /// RMS without the ends, where the tone is cut.
  private func level(_ samples: [Int16]) -> Double {
    var sum = 0.0
    for sample in samples[400..<(samples.count - 400)] { sum += Double(sample) * Double(sample) }
    return (sum / Double(samples.count - 800)).squareRoot()
  }

  /// The modified Bessel function as an integral: the mean of `exp(x cos θ)`.
  private func besselI0(_ x: Double) -> Double {
    let steps = 2_000
    var sum = 0.0
    for step in 0..<steps {
      let angle = Double.pi * (Double(step) + 0.5) / Double(steps)
      sum += exp(x * cos(angle))
    }
    return sum / Double(steps)
  }

  @Test("the output is that of the formula, summed over the whole input", arguments: rates)
  func reference(hertz: Int) {
    let seed: UInt64 = 23
    var draws = SplitMix64(seed: seed)
    let input = (0..<(hertz / 40)).map { _ in Float(Int16(truncatingIfNeeded: draws.next()) / 2) }
    let scale = min(1, 16_000 / Double(hertz))
    let cutoff = 15.0 / 16 * scale
    let edge = besselI0(7)
    func weight(_ time: Double) -> Double {
      let position = scale * time / 36
      guard abs(position) <= 1 else { return 0 }
      let sinc = time == 0 ? cutoff : sin(Double.pi * cutoff * time) / (Double.pi * time)
      return sinc * besselI0(7 * (1 - position * position).squareRoot()) / edge
    }
    let output = convert(input, hertz)
    #expect(output.count == (input.count * 16_000 + hertz - 1) / hertz)
    // Every fourth, the slow way.
    for index in stride(from: 0, to: output.count, by: 4) {
      let time = Double(index * hertz) / 16_000
      var sum = 0.0
      for k in max(0, Int(time - 37 / scale))..<min(input.count, Int(time + 38 / scale)) {
        sum += Double(input[k]) * weight(time - Double(k))
      }
      #expect(abs(Double(output[index]) - sum) < 0.6, "seed \(seed), sample \(index): \(output[index]) for \(sum)")
    }
  }

  @Test("16 kHz passes unchanged, without delay")
  func unchanged() {
    let samples: [Int16] = [0, 1, -1, 32_767, -32_768, 12_345]
    #expect(convert(samples.map { Float($0) }, 16_000, block: 1, piece: 1) == samples)
  }

  @Test("the sizes of blocks and reads change nothing", arguments: [11_025, 44_100, 48_000])
  func chunking(hertz: Int) {
    var draws = SplitMix64(seed: 9)
    let input = (0..<6_000).map { _ in Float(Int16(truncatingIfNeeded: draws.next())) }
    let whole = convert(input, hertz, block: 6_000, piece: 9_000)
    for size in [1, 7, 160, 4_096] { #expect(convert(input, hertz, block: size, piece: size) == whole, "\(size)") }
  }

  @Test(
    "tones up to 7 kHz keep their level within 0.1 dB and their phase",
    arguments: [32_000, 44_100, 48_000, 96_000, 192_000], [100.0, 1_000, 3_000, 5_500, 6_500, 7_000])
  func passband(hertz: Int, frequency: Double) {
    let output = convert(tone(frequency, hertz, seconds: 0.5), hertz)
    let decibels = 20 * log10(level(output) / (16_000 / 2.0.squareRoot()))
    #expect(abs(decibels) < 0.1, "\(decibels) dB")
    for index in 1_000..<1_100 {
      let expected = 16_000 * sin(2 * Double.pi * frequency * Double(index) / 16_000)
      #expect(abs(Double(output[index]) - expected) < 200, "sample \(index)")
    }
  }

  @Test(
    "tones above 8 kHz are gone by 60 dB, wherever they would alias to",
    arguments: [32_000, 44_100, 48_000, 96_000, 192_000], [0.0, 100, 700, 2_000, 5_000, 7_900])
  func aliases(hertz: Int, above: Double) {
    let frequency = min(8_000 + above, Double(hertz) / 2 - 50)
    let output = convert(tone(frequency, hertz, seconds: 0.5, amplitude: 30_000), hertz)
    let decibels = 20 * log10(level(output) / (30_000 / 2.0.squareRoot()))
    #expect(decibels < -60, "\(frequency) Hz: \(decibels) dB")
  }

  @Test("a slower source keeps its tones, and has no images above half its rate", arguments: [8_000, 11_025])
  func images(hertz: Int) {
    let frequency = 0.4 * Double(hertz)
    let output = convert(tone(frequency, hertz, seconds: 0.5), hertz)
    var worst = 0.0
    for index in 1_000..<7_000 {
      let expected = 16_000 * sin(2 * Double.pi * frequency * Double(index) / 16_000)
      worst = max(worst, abs(Double(output[index]) - expected))
    }
    // 0.1 % of the amplitude: what is not the tone is 60 dB below it.
    #expect(worst < 16, "\(worst)")
  }

  @Test("rates from 4 to 192 kHz in steps of 25 Hz are accepted")
  func acceptedRates() {
    for hertz in Self.rates + [16_000, 16_025, 88_200] { #expect(RateConverter.accepts(hertz: hertz)) }
    for hertz in [0, -48_000, 3_975, 22_254, 47_999, 192_025] { #expect(!RateConverter.accepts(hertz: hertz)) }
  }
}
