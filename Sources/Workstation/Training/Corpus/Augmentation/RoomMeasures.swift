import Foundation

/// Acoustic measures of a room, computed from an impulse response.
public struct RoomMeasures: Sendable {
  /// Center frequencies of the octaves of ``reverberationSeconds``.
  public static var octaveHertz: [Float] { OctaveBands.middles }
  /// Times of ``echoDensities`` after the direct sound.
  public static let echoMilliseconds = [5, 10, 20, 40, 80]

  /// T₆₀ by octave, extrapolated from the decay of the remaining energy between −5 and −25 dB. NaN if a response ends
  /// earlier.
  public private(set) var reverberationSeconds: [Float] = []
  /// Energy later than 2.5 ms after the direct sound over the energy before.
  public let reverberantToDirectDecibels: Float
  /// C₅₀: energy up to 50 ms after the direct sound over the later energy.
  public let clarityDecibels: Float
  /// Share of the samples within 10 ms that exceed their standard deviation, over that of normal noise. 1 is a dense
  /// tail.
  public let echoDensities: [Float]
  /// Standard deviation of the levels of the third octaves from 100 Hz to 6.3 kHz.
  public let colorationDecibels: Float

  /// Measures each response.
  public static func measure(_ responses: [RoomResponse]) -> [RoomMeasures] {
    var bands: [Int: (octaves: OctaveBands, frequencies: [Float])] = [:]
    return responses.map { response in
      let transform = response.transform
      let known = bands[transform.count] ?? (OctaveBands(transform), transform.frequencies())
      bands[transform.count] = known
      return RoomMeasures(response, known.octaves, known.frequencies)
    }
  }

  private init(_ response: RoomResponse, _ octaves: OctaveBands, _ frequencies: [Float]) {
    let samples = response.samples
    let direct = response.directIndex
    func energy(_ range: Range<Int>) -> Float {
      samples[range.clamped(to: samples.indices)].reduce(1e-12) { $0 + $1 * $1 }
    }
    func decibels(_ range: Range<Int>, over other: Range<Int>) -> Float {
      10 * log10f(energy(range) / energy(other))
    }
    let early = direct + RoomSimulation.earlyCount
    let clear = direct + 800
    reverberantToDirectDecibels = decibels(early..<max(early, samples.count), over: 0..<early)
    clarityDecibels = decibels(0..<clear, over: clear..<max(clear, samples.count))
    echoDensities = Self.echoMilliseconds.map { milliseconds in
      let middle = direct + 16 * milliseconds
      let range = (max(0, middle - 160)..<middle + 160).clamped(to: samples.indices)
      guard range.count >= 160 else { return .nan }
      let deviation = (energy(range) / Float(range.count)).squareRoot()
      return Float(samples[range].count { abs($0) > deviation }) / Float(range.count) / 0.317_31
    }
    let count = octaves.transform.count
    var real = samples + [Float](repeating: 0, count: count - samples.count)
    var imaginary = [Float](repeating: 0, count: count)
    octaves.transform.forward(&real, &imaginary)
    colorationDecibels = Self.coloration(real, imaginary, frequencies)
    reverberationSeconds = (0..<OctaveBands.bandCount).map { band in
      var bandReal = [Float](repeating: 0, count: count)
      var bandImaginary = bandReal
      octaves.add(band, real, imaginary, to: &bandReal, &bandImaginary)
      octaves.transform.inverse(&bandReal, &bandImaginary)
      return Self.reverberationSeconds(bandReal[direct..<samples.count])
    }
  }

  private static func reverberationSeconds(_ samples: ArraySlice<Float>) -> Float {
    var rest = samples.reduce(0.0) { $0 + Double($1) * Double($1) }
    let whole = rest
    // Least-squares line of level over time.
    var (count, sumTime, sumLevel, sumSquare, sumProduct) = (0.0, 0.0, 0.0, 0.0, 0.0)
    var isComplete = false
    for (index, sample) in samples.enumerated() {
      let level = 10 * log10(rest / whole)
      rest -= Double(sample) * Double(sample)
      if level < -25 {
        isComplete = true
        break
      }
      guard level < -5 else { continue }
      let time = Double(index) / 16_000
      count += 1
      sumTime += time
      sumLevel += level
      sumSquare += time * time
      sumProduct += time * level
    }
    let spread = count * sumSquare - sumTime * sumTime
    guard isComplete, count > 1, spread > 0 else { return .nan }
    return Float(-60 * spread / (count * sumProduct - sumTime * sumLevel))
  }

  private static func coloration(_ real: [Float], _ imaginary: [Float], _ frequencies: [Float]) -> Float {
    var powers = [Float](repeating: 0, count: 19)
    var counts = powers
    for (index, frequency) in frequencies.enumerated() {
      let third = Int((3 * log2f(max(frequency * 16_000, 1) / 100)).rounded())
      guard powers.indices.contains(third) else { continue }
      powers[third] += real[index] * real[index] + imaginary[index] * imaginary[index]
      counts[third] += 1
    }
    let levels = zip(powers, counts).map { 10 * log10f($0 / max($1, 1) + 1e-12) }
    let mean = levels.reduce(0, +) / Float(levels.count)
    return (levels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(levels.count)).squareRoot()
  }
}
