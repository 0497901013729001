import SeededRandom
import Training

/// The endless samples of a ``QuietFloor``, determined by the floor, the clips and the seed.
struct FloorTrack {
  private enum Source {
    case silence
    case white(halfWidth: Float)
    case pink(PinkNoise, gain: Float)
    case recorded(NoiseTrack)
    case loop([Float], position: Int)
  }

  private var source: Source
  private var generator: SplitMix64

  /// - Parameters:
  ///   - noise: the clips of ``QuietFloor/recorded(decibels:)``.
  ///   - own: the samples for ``QuietFloor/own``, at their level relative to the speech.
  init(_ floor: QuietFloor, noise: NoiseClips, own: [Float], seed: UInt64) {
    generator = SplitMix64(seed: seed ^ 0x666C_6F6F_72)
    switch floor {
    case .silence: source = .silence
    case .white(let decibels): source = .white(halfWidth: Float(amplitude(ofDecibels: decibels) * 3.0.squareRoot()))
    case .pink(let decibels):
      source = .pink(PinkNoise(), gain: Float(amplitude(ofDecibels: decibels)) / PinkNoise.level)
    case .recorded(let decibels):
      let track = NoiseTrack(noise, level: amplitude(ofDecibels: decibels), seed: seed ^ 0x6E6F_6973)
      source = track.map { .recorded($0) } ?? .silence
    case .own: source = .loop(Self.loop(own), position: 0)
    }
  }

  /// The next samples.
  mutating func next(_ count: Int) -> [Float] {
    var samples = [Float](repeating: 0, count: count)
    switch source {
    case .silence: break
    case .white(let halfWidth):
      for index in samples.indices { samples[index] = generator.nextUniform(in: -halfWidth...halfWidth) }
    case .pink(var noise, let gain):
      for index in samples.indices { samples[index] = gain * noise.next(generator.nextUniform(in: -1...1)) }
      source = .pink(noise, gain: gain)
    case .recorded(var track):
      // The copy in the enumeration would make the track copy its clip.
      source = .silence
      track.add(to: &samples)
      source = .recorded(track)
    case .loop(let loop, var position):
      guard !loop.isEmpty else { break }
      for index in samples.indices {
        samples[index] = loop[position]
        position = position + 1 == loop.count ? 0 : position + 1
      }
      source = .loop(loop, position: position)
    }
    return samples
  }

  /// A loop of the samples: their last 50 ms (a quarter of them, if that is less) crossfade into the first, at constant
  /// power.
  static func loop(_ stretch: [Float]) -> [Float] {
    let fade = min(800, stretch.count / 4)
    let period = stretch.count - fade
    return (0..<period).map { index in
      guard index < fade else { return stretch[index] }
      let share = (Float(index) + 0.5) / Float(fade)
      return share.squareRoot() * stretch[index] + (1 - share).squareRoot() * stretch[period + index]
    }
  }
}

/// Converts white noise to noise whose power falls by 3 dB per octave: three first-order filters, accurate to 0.5 dB
/// from 20 Hz to 7.5 kHz at 16 kHz.
///
/// - Reference: P. Kellet, the "economy" filter, in Robin Whittle's notes on pink noise (1999).
struct PinkNoise {
  private var low: Float = 0
  private var middle: Float = 0
  private var high: Float = 0

  mutating func next(_ white: Float) -> Float {
    low = 0.997_65 * low + 0.099_046 * white
    middle = 0.963 * middle + 0.296_516_4 * white
    high = 0.57 * high + 1.052_691_3 * white
    return low + middle + high + 0.184_8 * white
  }

  /// Root mean square of the output for white noise uniform in −1…1: by Parseval, from the filter's impulse response.
  static let level: Float = {
    var filter = PinkNoise()
    let energy = (0..<16_000).reduce(Float(0)) { sum, index in
      let value = filter.next(index == 0 ? 1 : 0)
      return sum + value * value
    }
    return (energy / 3).squareRoot()
  }()
}
