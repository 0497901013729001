import Training

/// Endless noise made of clips, each brought to the same power.
///
/// All clips are heard in drawn order, then in another order, and so on. A clip is scaled so that its root mean square over
/// its whole length is `level`; 20 ms at both ends are faded. A clip below −70 dB of full scale is left out. A function
/// of the seed and the clips.
struct NoiseTrack {
  private let clips: [[Int16]]
  private let level: Double
  private var generator: SplitMix64
  private var order: [Int] = []
  private var current: [Float] = []
  private var position = 0

  /// - Parameter level: root mean square in units of Int16.
  /// - Returns: `nil` where no clip is loud enough.
  init?(clips: [[Int16]], level: Double, seed: UInt64) {
    self.clips = clips.filter { SpeechActivity.rootMeanSquare($0) > 10 && $0.count > 1_600 }
    guard !self.clips.isEmpty else { return nil }
    self.level = level
    generator = SplitMix64(seed: seed)
  }

  /// Adds the next samples of the track to `samples`.
  mutating func add(to samples: inout [Float]) {
    for index in samples.indices {
      if position == current.count { advance() }
      samples[index] += current[position]
      position += 1
    }
  }

  private mutating func advance() {
    if order.isEmpty {
      order = Array(clips.indices)
      generator.shuffle(&order)
    }
    let clip = clips[order.removeLast()]
    let gain = Float(level / SpeechActivity.rootMeanSquare(clip))
    let fadeSamples = 320
    current = clip.indices.map { index in
      let edge = min(index + 1, clip.count - index, fadeSamples)
      return Float(clip[index]) * gain * Float(edge) / Float(fadeSamples)
    }
    position = 0
  }
}
