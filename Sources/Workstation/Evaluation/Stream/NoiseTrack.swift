import SeededRandom
import Training

/// The clips of a noise track, with their level over their whole length in units of Int16.
///
/// Clips below −70 dB of full scale, or shorter than 0.1 s, are skipped.
struct NoiseClips {
  let clips: [(samples: [Int16], level: Double)]

  init(_ clips: [[Int16]]) {
    self.clips = clips.map { ($0, SpeechActivity.rootMeanSquare($0)) }.filter { $0.1 > 10 && $0.0.count > 1_600 }
  }
}

/// Endless noise from clips, each scaled to the same power.
///
/// All clips play in random order, then in another order, and so on. A clip is scaled to make `level` the root mean
/// square of its whole length, and 20 ms are faded at both ends. In rooms, a clip stays in the room in which it begins.
/// The seed, the clips and the rooms determine the noise.
struct NoiseTrack {
  private let clips: NoiseClips
  private let level: Double
  private var rooms: StreamRooms?
  private var generator: SplitMix64
  private var order: [Int] = []
  private var current: [Float] = []
  private var position = 0

  /// - Parameter level: root mean square in units of Int16.
  /// - Returns: `nil` without clips.
  init?(_ clips: NoiseClips, level: Double, rooms: StreamRooms? = nil, seed: UInt64) {
    self.clips = clips
    self.rooms = rooms
    guard !clips.clips.isEmpty else { return nil }
    self.level = level
    generator = SplitMix64(seed: seed)
  }

  /// Adds the next samples of the track to `samples`.
  ///
  /// - Parameter start: position of the samples on the stream.
  mutating func add(to samples: inout [Float], at start: Int64 = 0) {
    for index in samples.indices {
      if position == current.count { advance(at: start + Int64(index)) }
      samples[index] += current[position]
      position += 1
    }
  }

  private mutating func advance(at sample: Int64) {
    if order.isEmpty {
      order = Array(clips.clips.indices)
      generator.shuffle(&order)
    }
    let clip = clips.clips[order.removeLast()]
    let gain = Float(level / clip.level)
    current = clip.samples.map { Float($0) * gain }
    if let heard = rooms?.hear(noise: current, at: sample) { current = heard }
    current.fadeEnds()
    position = 0
  }
}

extension [Float] {
  /// Fades the first 20 ms in and the last 20 ms out.
  mutating func fadeEnds() {
    let fade = 320
    for index in 0..<Swift.min(fade, count) {
      self[index] = self[index] * Float(index + 1) / Float(fade)
      self[count - 1 - index] = self[count - 1 - index] * Float(index + 1) / Float(fade)
    }
  }
}
