import Foundation

/// A simulated room: the direct sound at once, the early reflections of a box, and a sparse tail that decays exponentially.
///
/// `y[n] = x[n] + Σₑ gₑ·x[n − dₑ] + Σₜ gₜ·½(x[n − dₜ] + x[n − dₜ − 1])`. The early reflections are the images of the source in
/// the walls of a box of drawn size, seen from a drawn place, up to second order: `g = βⁿ·r₀/r` at a delay of `(r − r₀)/c` for
/// an image of order n at distance r, with the β of all walls that gives the reverberation time by Eyring's formula. The tail has one impulse of random sign in each of 40 equal intervals ("velvet noise") and a gain of `10^(−3d/T₆₀)`; what
/// it repeats has lost its high frequencies on the way. The direct sound keeps its place, so alignments stay true.
///
/// - Reference: Allen and Berkley 1979 for image sources, Järveläinen and Karjalainen 2007 for velvet noise as a tail.
struct RoomSimulation {
  /// Images of orders 1 and 2: 6 and 18.
  private static let earlyCount = 24
  private static let tailCount = 40
  private var earlyGains = [Float](repeating: 0, count: earlyCount)
  private var earlyDelays = [Int](repeating: 0, count: earlyCount)
  private var tailGains = [Float](repeating: 0, count: tailCount)
  private var tailDelays = [Int](repeating: 0, count: tailCount)

  /// Draws a room.
  ///
  /// - Parameter reverberationSeconds: T₆₀.
  /// - Parameter reverberantToDirectDecibels: energy of all reflections over that of the direct sound.
  mutating func draw(
    reverberationSeconds: Float, reverberantToDirectDecibels: Float, using generator: inout SplitMix64
  ) {
    // Nepers of amplitude per sample.
    let decay = 6.907_755 / (reverberationSeconds * 16_000)
    var energy: Float = 0
    drawImages(reverberationSeconds: reverberationSeconds, using: &generator)
    for gain in earlyGains { energy += gain * gain }
    // Up to a fall of 50 dB, and never past the margin before a buffer.
    let longest = min(Float(SampleBuffer.margin - 8), 5 / 6 * reverberationSeconds * 16_000)
    let interval = (longest - 320) / Float(Self.tailCount)
    for index in tailGains.indices {
      let delay = 320 + interval * (Float(index) + generator.nextUniform())
      let gain = expf(-decay * delay) * 0.5
      tailGains[index] = generator.nextUniform() < 0.5 ? -gain : gain
      tailDelays[index] = Int(delay)
      // Two halves of neighbouring samples: half the energy of one whole.
      energy += gain * gain / 2
    }
    let scale = (powf(10, reverberantToDirectDecibels / 10) / energy).squareRoot()
    for index in earlyGains.indices { earlyGains[index] *= scale }
    for index in tailGains.indices { tailGains[index] *= scale / 2 }
  }

  /// Puts a source and a microphone into a box and finds the source's images.
  private mutating func drawImages(reverberationSeconds: Float, using generator: inout SplitMix64) {
    let size = SIMD3<Float>(
      generator.nextUniform(in: 2.5...8), generator.nextUniform(in: 2.2...6), generator.nextUniform(in: 2.2...3.5))
    func place() -> SIMD3<Float> {
      SIMD3(generator.nextUniform(), generator.nextUniform(), generator.nextUniform()) * (size - 0.6) + 0.3
    }
    let source = place()
    let microphone = place()
    let volume = size.x * size.y * size.z
    let surface = 2 * (size.x * size.y + size.y * size.z + size.z * size.x)
    // Eyring: T₆₀ = 0.161 V / (−S ln(1 − α)), and β² = 1 − α.
    let reflection = expf(-0.161 * volume / (surface * reverberationSeconds) / 2)
    func distance(_ image: SIMD3<Float>) -> Float {
      let way = image - microphone
      return max((way * way).sum().squareRoot(), 0.3)
    }
    let direct = distance(source)
    var index = 0
    for x in -2...2 {
      for y in -(2 - abs(x))...(2 - abs(x)) {
        for z in -(2 - abs(x) - abs(y))...(2 - abs(x) - abs(y)) {
          let order = abs(x) + abs(y) + abs(z)
          guard order > 0 else { continue }
          let image = SIMD3(
            Self.mirrored(source.x, size.x, x), Self.mirrored(source.y, size.y, y), Self.mirrored(source.z, size.z, z))
          let far = distance(image)
          earlyGains[index] = powf(reflection, Float(order)) * direct / far
          earlyDelays[index] = min(max(Int((far - direct) / 343 * 16_000), 1), SampleBuffer.margin - 8)
          index += 1
        }
      }
    }
  }

  /// Where a coordinate lies after `count` reflections in the walls at 0 and `size`, the first in the wall on its side.
  static func mirrored(_ coordinate: Float, _ size: Float, _ count: Int) -> Float {
    count % 2 == 0 ? Float(count) * size + coordinate : Float(count + 1) * size - coordinate
  }

  /// Hears `input` in the room.
  ///
  /// - Parameter output: gets the length of `input`; what rings on after it is cut.
  /// - Parameter scratch: is overwritten.
  func apply(_ input: SampleBuffer, to output: SampleBuffer, scratch: SampleBuffer) {
    output.clear(count: input.count)
    scratch.clear(count: input.count)
    let count = input.count
    let source = input.samples
    let dull = scratch.samples
    var index = 0
    while index < count {
      store8(load8(source + index) + load8(source + index - 1), dull + index)
      index += 8
    }
    earlyGains.withUnsafeBufferPointer { earlyGains in
      earlyDelays.withUnsafeBufferPointer { earlyDelays in
        tailGains.withUnsafeBufferPointer { tailGains in
          tailDelays.withUnsafeBufferPointer { tailDelays in
            var start = 0
            while start < count {
              var sum0 = load8(source + start)
              var sum1 = load8(source + start + 8)
              var sum2 = load8(source + start + 16)
              var sum3 = load8(source + start + 24)
              for tap in 0..<Self.earlyCount {
                let address = source + start - earlyDelays[tap]
                let gain = SIMD8<Float>(repeating: earlyGains[tap])
                sum0 += load8(address) * gain
                sum1 += load8(address + 8) * gain
                sum2 += load8(address + 16) * gain
                sum3 += load8(address + 24) * gain
              }
              for tap in 0..<Self.tailCount {
                let address = dull + start - tailDelays[tap]
                let gain = SIMD8<Float>(repeating: tailGains[tap])
                sum0 += load8(address) * gain
                sum1 += load8(address + 8) * gain
                sum2 += load8(address + 16) * gain
                sum3 += load8(address + 24) * gain
              }
              let target = output.samples + start
              store8(sum0, target)
              store8(sum1, target + 8)
              store8(sum2, target + 16)
              store8(sum3, target + 24)
              start += 32
            }
          }
        }
      }
    }
    output.clearTail()
  }
}
