import Foundation

/// A simulated room: the direct sound at once, a few early reflections, and a sparse tail that decays exponentially.
///
/// `y[n] = x[n] + Σₑ gₑ·x[n − dₑ] + Σₜ gₜ·½(x[n − dₜ] + x[n − dₜ − 1])`. The early reflections arrive within 20 ms. The
/// tail has one impulse of random sign in each of 40 equal intervals ("velvet noise") and a gain of `10^(−3d/T₆₀)`; what
/// it repeats has lost its high frequencies on the way. The direct sound keeps its place, so alignments stay true.
///
/// - Reference: Järveläinen and Karjalainen 2007 for velvet noise as a reverberation tail.
struct RoomSimulation {
  private static let earlyCount = 8
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
    for index in earlyGains.indices {
      // One in each of eight equal intervals, so that no two fall together.
      let delay = 16 + 38 * (Float(index) + generator.nextUniform())
      let gain = generator.nextUniform(in: 0.4...1) * expf(-decay * delay) * (160 / (160 + delay))
      earlyGains[index] = generator.nextUniform() < 0.3 ? -gain : gain
      earlyDelays[index] = Int(delay)
      energy += gain * gain
    }
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
