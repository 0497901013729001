import Foundation

/// The front end implemented from its definition: double precision, a Fourier sum per bin, and the corners of the mel
/// filters in Hz by inverting the scale. Slow, and shares no code with the module under test.
enum ReferenceFrontEnd {
  /// 257 squared magnitudes of the 512-point transform of `x`, zero-padded.
  static func powerSpectrum(_ x: [Double]) -> [Double] {
    (0...256).map { k in
      var real = 0.0
      var imaginary = 0.0
      for (n, value) in x.enumerated() {
        let angle = 2 * Double.pi * Double(n * k % 512) / 512
        real += value * cos(angle)
        imaginary -= value * sin(angle)
      }
      return real * real + imaginary * imaginary
    }
  }

  static func logMel(_ window: [Int16]) -> [Double] {
    let shaped = window.enumerated().map { n, sample in
      Double(sample) / 32768 * pow(sin(Double.pi * Double(n) / 400), 2)
    }
    let power = powerSpectrum(shaped)
    func mel(_ hertz: Double) -> Double { 2595 * log10(1 + hertz / 700) }
    let corners = (0...41).map { mel(20) + (mel(7600) - mel(20)) * Double($0) / 41 }
    return (0..<40).map { band in
      var energy = 0.0
      for k in 0...256 {
        let m = mel(Double(k) * 31.25)
        let rising = (m - corners[band]) / (corners[band + 1] - corners[band])
        let falling = (corners[band + 2] - m) / (corners[band + 2] - corners[band + 1])
        energy += power[k] * max(0, min(rising, falling))
      }
      return log(energy + 1e-6)
    }
  }

  /// All frames of `samples`, one after the other.
  static func features(_ samples: [Int16], initialMeans: [Float]) -> [Int8] {
    var energies: [[Double]] = []
    var start = 0
    while start + 400 <= samples.count {
      energies.append(logMel(Array(samples[start..<start + 400])))
      start += 160
    }
    return normalized(energies, initialMeans: initialMeans.map(Double.init))
  }

  /// Features of log-mel energies: first level, held level and floor over all frames, then the color of each band.
  static func normalized(_ energies: [[Double]], initialMeans: [Double]) -> [Int8] {
    func average(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let start = average(initialMeans) + 1.5
    let lowest = start - 5
    var (level, held, floor) = (start, start, lowest)
    var levels: [Double] = []
    var isSpeech: [Bool] = []
    for loudness in energies.map(average) {
      level = loudness > level ? 0.6 * level + 0.4 * loudness : max(level - 0.008, lowest)
      held = [level, held - 0.0003, lowest + 1].max()!
      floor = loudness < floor ? 0.9 * floor + 0.1 * loudness : min(floor + 0.002, loudness)
      levels.append(level)
      isSpeech.append(loudness > held - 3 && loudness > floor + 1)
    }
    var bands: [[Int8]] = []
    for band in 0..<40 {
      var color = initialMeans[band] - start
      bands.append(
        zip(energies, zip(levels, isSpeech)).map { energies, state in
          let feature = energies[band] - state.0 - color
          if state.1 { color += feature / 400 }
          return Int8(max(-96, min(127, (feature * 16).rounded(.toNearestOrAwayFromZero))))
        })
    }
    return energies.indices.flatMap { frame in bands.map { $0[frame] } }
  }
}

/// Knuth's 64-bit linear congruential generator, which gives the same draws on every machine.
struct Draw {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }

  /// A signal with the level changes of speech: noise with a slow envelope, two gliding tones, silent gaps.
  mutating func signal(sampleCount: Int) -> [Int16] {
    (0..<sampleCount).map { n in
      let time = Double(n) / 16000
      let noise = Double(next() % 65536) / 32768 - 1
      let envelope = pow(sin(2 * Double.pi * 1.7 * time), 4)
      let tones = sin(2 * Double.pi * (300 + 90 * time) * time) + 0.5 * sin(2 * Double.pi * (2100 - 200 * time) * time)
      let gap = n / 8000 % 5 == 4
      return gap ? 0 : Int16(max(-32768, min(32767, (9000 * envelope * tones + 400 * noise).rounded())))
    }
  }
}
