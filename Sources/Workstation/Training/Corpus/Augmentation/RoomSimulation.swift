import Foundation
import SeededRandom

/// Simulates living rooms and computes the impulse responses from a talker and from a noise source to a microphone.
///
/// *The room* is a box of 2.5-7.5 × 2.8-6.5 × 2.3-3.2 m. Each wall absorbs 0.5 to 1.6 times what the reverberation time
/// requires by Eyring's formula. By octave it absorbs up to half as much again at 8 kHz and half as much at 125 Hz, as
/// carpets and curtains do. The air absorbs high frequencies on the way. *The microphone* is near a wall, in a corner
/// or on a table. *The talker* is at the distance that gives the drawn ratio of reflections to direct sound.
///
/// *The response* is the sum over the seven octaves b of ``OctaveBands`` of the band-filtered
///
/// `h_b[n] = Σᵢ g_b,ᵢ·δ[n − rᵢ/c] + w(n)·σ·e^(−6.9·n/T_b)·noise[n]`
///
/// - The images i of the source in the walls extend to a distance r within which there are about 150:
///   `g_b = 1/r·Πβ_b·(1 − s)^(order/2)`, with `β² = 1 − α` of the walls and a scattered share s of the energy at each
///   wall. They are displaced by a few centimeters, since no wall is bare.
/// - The tail, dense from the start, has the energy of a diffuse field, `σ² = 4πc/(V·16 kHz)` for a direct sound of
///   1/r. Before the last image it has the scattered share `w² = 1 − (1 − s)^(ct/ℓ)` of that energy, where ℓ is the
///   mean free path between two walls. Afterwards it has the full energy.
///
/// Finally, the sound up to 2.5 ms after the direct sound is scaled to give the drawn ratio, because a talker may face
/// the microphone or not.
///
/// - Reference: Allen and Berkley 1979 for image sources; Kuttruff, *Room Acoustics*, for Eyring's formula and the
///   diffuse field.
struct RoomSimulation {
  /// Index of the direct sound in a response.
  static let directIndex = 80
  /// Sound this many samples after the direct sound, or later, is a reflection (2.5 ms).
  static let earlyCount = 40
  private static let imageCount: Float = 150

  private typealias Octaves = SimulatedBox.Octaves

  private struct Image {
    var index: Int
    var gains: Octaves
  }

  /// The contribution of one of the two sources.
  private struct Path {
    var images: [Image] = []
    /// Samples between the start of the sound and the first sample of the response.
    var offset: Float = 0
    /// First sample after the last image.
    var tailStart = 0
    /// Standard deviation of the tail at the start of the sound.
    var tailLevel: Float = 0
  }

  private var transforms: [Int: ComplexTransform] = [:]
  private var bands: [Int: OctaveBands] = [:]
  private var octave = Pair()
  private var sum = Pair()
  private var noise = Pair()

  /// `[N]` each: two sources as the real and imaginary parts of complex numbers.
  private struct Pair {
    var real: [Float] = []
    var imaginary: [Float] = []

    subscript(source: Int) -> [Float] {
      _read { if source == 0 { yield real } else { yield imaginary } }
      _modify { if source == 0 { yield &real } else { yield &imaginary } }
    }

    mutating func clear(count: Int) {
      real = .init(repeating: 0, count: count)
      imaginary = real
    }
  }

  /// Draws a room within the configuration's ranges, with a talker and a noise source.
  mutating func draw(
    _ configuration: AugmentationConfiguration, using generator: inout SplitMix64
  ) -> (talker: RoomResponse, noise: RoomResponse) {
    let reverberationSeconds = generator.nextUniform(in: configuration.reverberationSeconds)
    let reverberantToDirectDecibels = generator.nextUniform(in: configuration.reverberantToDirectDecibels)
    let room = SimulatedBox(reverberationSeconds, using: &generator)
    let microphone = room.drawMicrophone(using: &generator)
    let octaves = self.octaves(seconds: reverberationSeconds)
    let count = octaves.transform.count
    let ratio = powf(10, reverberantToDirectDecibels / 10)
    // Of the decay of a diffuse field, weighted by its direct sound.
    var meanSeconds: Float = 0
    for band in 0..<OctaveBands.bandCount { meanSeconds += octaves.shares[band] * room.seconds[band] }
    let perSquareMetre =
      4 * .pi * SimulatedBox.soundMetresPerSecond / room.volume * meanSeconds / SimulatedBox.sixtyDecibels
    let talker = room.drawTalker((ratio / perSquareMetre).squareRoot(), from: microphone, using: &generator)
    let noisePlace = room.drawPoint(using: &generator)
    let paths = [talker, noisePlace].map {
      Self.path(from: $0, to: microphone, in: room, count: count, using: &generator)
    }
    synthesize(room, paths, octaves, using: &generator)
    func finished(_ source: Int, _ place: SIMD3<Float>, _ kind: RoomResponse.Kind, ratio: Float?) -> RoomResponse {
      var samples = sum[source]
      Self.takeOffset(&samples)
      if let ratio { Self.scaleDirect(&samples, to: ratio) }
      return RoomResponse(
        name: "simulated", kind: kind, metres: SimulatedBox.length(place - microphone), samples: samples,
        directIndex: Self.directIndex, sharing: &transforms)!
    }
    return (finished(0, talker, .talker, ratio: ratio), finished(1, noisePlace, .noise, ratio: nil))
  }

  /// Octave bands over a transform that covers the whole decay.
  private mutating func octaves(seconds: Float) -> OctaveBands {
    var count = 4_096
    while Float(count) < seconds * 16_000 + 1_000 { count *= 2 }
    if let known = bands[count] { return known }
    let transform = transforms[count] ?? ComplexTransform(count: count)
    transforms[count] = transform
    let made = OctaveBands(transform)
    bands[count] = made
    return made
  }

  private static func path(
    from source: SIMD3<Float>, to microphone: SIMD3<Float>, in room: SimulatedBox, count: Int,
    using generator: inout SplitMix64
  ) -> Path {
    let samplesPerMetre = 16_000 / SimulatedBox.soundMetresPerSecond
    let direct = max(SimulatedBox.length(source - microphone), 0.1)
    let radius = max(powf(3 * room.volume * imageCount / (4 * .pi), 1 / 3), direct + 2)
    var path = Path()
    path.offset = direct * samplesPerMetre - Float(directIndex)
    path.tailLevel = (4 * .pi * SimulatedBox.soundMetresPerSecond / (room.volume * 16_000)).squareRoot()
    path.tailStart = Int(radius * samplesPerMetre - path.offset)
    /// The images along an axis: distance to the microphone on that axis, gains of their walls, and order.
    func images(_ axis: Int) -> [(way: Float, gains: Octaves, order: Int)] {
      let most = Int(radius / room.size[axis]) + 2
      return (-most...most).compactMap { count in
        let way = SimulatedBox.mirrored(source[axis], room.size[axis], count) - microphone[axis]
        guard abs(way) < radius else { return nil }
        // The first reflection is at the wall on the image's side.
        let first = Float((abs(count) + 1) / 2)
        let second = Float(abs(count) / 2)
        let gains =
          count > 0
          ? first * room.far[axis] + second * room.near[axis] : first * room.near[axis] + second * room.far[axis]
        return (way, gains, abs(count))
      }
    }
    let axes = (0..<3).map(images)
    for x in axes[0] {
      for y in axes[1] {
        for z in axes[2] {
          let way = SIMD3(x.way, y.way, z.way)
          let order = x.order + y.order + z.order
          var distance = max(SimulatedBox.length(way), 0.1)
          guard distance < radius else { continue }
          if order > 0 { distance += generator.nextUniform(in: -0.08...0.08) }
          let index = Int((distance * samplesPerMetre - path.offset).rounded())
          // No image is nearer than the source.
          guard index < count else { continue }
          let losses = x.gains + y.gains + z.gains - SimulatedBox.airAbsorption * (distance / 2)
          let scattered = expf(room.scattering * Float(order) / 2) / distance
          path.images.append(
            Image(index: max(index, directIndex), gains: scattered * Octaves((0..<8).map { expf(losses[$0]) })))
        }
      }
    }
    return path
  }

  /// Writes both responses to ``sum``.
  private mutating func synthesize(
    _ room: SimulatedBox, _ paths: [Path], _ octaves: OctaveBands, using generator: inout SplitMix64
  ) {
    let count = octaves.transform.count
    sum.clear(count: count)
    octave.clear(count: count)
    noise.clear(count: count)
    drawNoise(using: &generator)
    for source in 0..<2 { Self.fadeIn(&noise[source], paths[source], room) }
    for band in 0..<OctaveBands.bandCount {
      let decay = -SimulatedBox.sixtyDecibels / 2 / (room.seconds[band] * 16_000)
      for source in 0..<2 {
        Self.shape(
          noise[source], level: paths[source].tailLevel * expf(decay * paths[source].offset), decay, &octave[source])
        for image in paths[source].images { octave[source][image.index] += image.gains[band] }
      }
      octaves.transform.forward(&octave.real, &octave.imaginary)
      octaves.add(band, octave.real, octave.imaginary, to: &sum.real, &sum.imaginary)
    }
    octaves.transform.inverse(&sum.real, &sum.imaginary)
  }

  /// Writes `level·e^(decay·n)·noise[n]`.
  private static func shape(_ noise: [Float], level: Float, _ decay: Float, _ output: inout [Float]) {
    let count = noise.count
    output.withUnsafeMutableBufferPointer { output in
      noise.withUnsafeBufferPointer { noise in
        var envelope = level * SIMD8<Float>((0..<8).map { expf(decay * Float($0)) })
        let step = SIMD8<Float>(repeating: expf(8 * decay))
        for index in stride(from: 0, to: count, by: 8) {
          store8(load8(noise.baseAddress! + index) * envelope, output.baseAddress! + index)
          envelope *= step
        }
      }
    }
  }

  /// Draws noise of unit power for both sources.
  private mutating func drawNoise(using generator: inout SplitMix64) {
    // Each draw gives two values of triangular density. Sums of many of them, as in the bands, are normal.
    let scale = Float(6).squareRoot() / 65_536
    for index in noise.real.indices {
      let bits = generator.next()
      noise.real[index] = scale * Float(Int(bits & 0xFFFF) - Int(bits >> 16 & 0xFFFF))
      noise.imaginary[index] = scale * Float(Int(bits >> 32 & 0xFFFF) - Int(bits >> 48))
    }
  }

  /// Keeps of the noise before the last image only the share that the walls have scattered.
  private static func fadeIn(_ noise: inout [Float], _ path: Path, _ room: SimulatedBox) {
    let perSample = room.scattering * SimulatedBox.soundMetresPerSecond / 16_000 / room.freePath
    for index in noise.indices.prefix(directIndex + 1) { noise[index] = 0 }
    for index in noise.indices.prefix(path.tailStart).dropFirst(directIndex + 1) {
      noise[index] *= (1 - expf(perSample * (path.offset + Float(index)))).squareRoot()
    }
    // A decay longer than the response is faded out.
    for (left, index) in noise.indices.suffix(400).reversed().enumerated() { noise[index] *= Float(left) / 400 }
  }

  /// Second-order high-pass at 60 Hz. Images have one sign, so many of them add up to an offset that no mouth produces
  /// and no microphone records.
  private static func takeOffset(_ samples: inout [Float]) {
    let feedback = expf(-2 * .pi * 60 / 16_000)
    for _ in 0..<2 {
      var (previous, output) = (Float(0), Float(0))
      for index in samples.indices {
        output = feedback * (output + samples[index] - previous)
        previous = samples[index]
        samples[index] = output
      }
    }
  }

  /// Scales the direct sound and the sound with it to make the energy of the rest `ratio` times as large.
  private static func scaleDirect(_ samples: inout [Float], to ratio: Float) {
    let end = directIndex + earlyCount
    var early: Float = 0
    for sample in samples[..<end] { early += sample * sample }
    var late: Float = 0
    for sample in samples[end...] { late += sample * sample }
    guard early > 0, late > 0 else { return }
    let gain = (late / (early * ratio)).squareRoot()
    for index in 0..<end { samples[index] *= gain }
  }
}
