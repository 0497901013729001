import Foundation
import SeededRandom

/// A box-shaped room with walls that absorb by octave, and positions in it, in meters from a corner.
struct SimulatedBox {
  /// One value per octave of ``OctaveBands``. The eighth is unused.
  typealias Octaves = SIMD8<Float>

  static let soundMetresPerSecond: Float = 343
  /// Natural logarithm of an energy ratio of 60 dB.
  static let sixtyDecibels: Float = 13.815_51
  /// Energy that a meter of air absorbs, in nepers, at 20 °C and 50 % relative humidity.
  static let airAbsorption = Octaves(0, 0, 0, 0.001, 0.002, 0.007, 0.024, 0)

  var size: SIMD3<Float>
  /// ln β of the walls at 0 and at the end of each axis.
  var near: [Octaves] = []
  var far: [Octaves] = []
  /// Natural logarithm of the energy left after scattering at a wall.
  var scattering: Float = 0
  /// T₆₀ by Eyring's formula.
  var seconds = Octaves.zero
  var volume: Float { size.x * size.y * size.z }
  var surface: Float { 2 * (size.x * size.y + size.y * size.z + size.z * size.x) }
  /// Mean free path between two walls.
  var freePath: Float { 4 * volume / surface }

  /// Draws a room.
  ///
  /// - Parameter seconds: T₆₀ of the middle octaves.
  init(_ seconds: Float, using generator: inout SplitMix64) {
    size = SIMD3<Float>(
      generator.nextUniform(in: 2.5...7.5), generator.nextUniform(in: 2.8...6.5), generator.nextUniform(in: 2.3...3.2))
    // Eyring: T₆₀ = 13.8 · 4V / (−c·S·ln(1 − α)).
    let mean = 1 - expf(-Self.sixtyDecibels * freePath / (Self.soundMetresPerSecond * seconds))
    let tilt = generator.nextUniform(in: -0.1...0.5)
    let slope = (Octaves(0, 1, 2, 3, 4, 5, 6, 3) - 3) / 3
    var absorbed = Octaves.zero
    for axis in 0..<3 {
      let area = volume / size[axis]
      for isFar in [false, true] {
        let absorption = (mean * generator.nextUniform(in: 0.5...1.6) * (1 + tilt * slope))
          .clamped(lowerBound: .init(repeating: 0.02), upperBound: .init(repeating: 0.95))
        absorbed += absorption * (area / surface)
        let gains = Octaves((0..<8).map { 0.5 * logf(1 - absorption[$0]) })
        if isFar { far.append(gains) } else { near.append(gains) }
      }
    }
    for band in 0..<8 {
      let loss = -logf(1 - absorbed[band]) / freePath + Self.airAbsorption[band]
      self.seconds[band] = Self.sixtyDecibels / (Self.soundMetresPerSecond * loss)
    }
    scattering = logf(1 - generator.nextUniform(in: 0.05...0.3))
  }

  /// Draws a position near a wall, in a corner or on a table.
  func drawMicrophone(using generator: inout SplitMix64) -> SIMD3<Float> {
    let height = generator.nextUniform(in: 0.6...1.4)
    switch generator.nextIndex(3) {
    case 0:  // near a wall
      return .init(generator.nextUniform(in: 0.05...0.2), generator.nextUniform(in: 0.5...size.y - 0.5), height)
    case 1:  // in a corner
      return .init(generator.nextUniform(in: 0.1...0.3), generator.nextUniform(in: 0.1...0.3), height)
    default:  // on a table
      return .init(
        generator.nextUniform(in: 1...size.x - 1), generator.nextUniform(in: 1...size.y - 1),
        generator.nextUniform(in: 0.45...0.8))
    }
  }

  /// Draws a position at least 30 cm from the walls.
  func drawPoint(using generator: inout SplitMix64) -> SIMD3<Float> {
    SIMD3(generator.nextUniform(), generator.nextUniform(), generator.nextUniform()) * (size - 0.6) + 0.3
  }

  /// Draws a position at a distance from the microphone, or the closest to that distance in thirty draws.
  func drawTalker(
    _ metres: Float, from microphone: SIMD3<Float>, using generator: inout SplitMix64
  ) -> SIMD3<Float> {
    let wanted = max(metres, 0.25)
    var best = microphone
    var leastError = Float.infinity
    for _ in 0..<30 {
      // Mostly sideways: mouths are 0.9 to 1.8 m high.
      let angle = generator.nextUniform(in: -.pi ... .pi)
      let height = generator.nextUniform(in: 0.9...1.8)
      let rise = height - microphone.z
      let flat = max(wanted * wanted - rise * rise, 0.01).squareRoot()
      let place = SIMD3(
        min(max(microphone.x + flat * cosf(angle), 0.3), size.x - 0.3),
        min(max(microphone.y + flat * sinf(angle), 0.3), size.y - 0.3), height)
      let error = abs(logf(Self.length(place - microphone) / wanted))
      if error < leastError { (best, leastError) = (place, error) }
      if error < 0.1 { break }
    }
    return best
  }

  static func length(_ way: SIMD3<Float>) -> Float { (way * way).sum().squareRoot() }

  /// Position of a coordinate after `count` reflections at the walls at 0 and `size`, the first at the wall on its
  /// side.
  static func mirrored(_ coordinate: Float, _ size: Float, _ count: Int) -> Float {
    count % 2 == 0 ? Float(count) * size + coordinate : Float(count + 1) * size - coordinate
  }
}
