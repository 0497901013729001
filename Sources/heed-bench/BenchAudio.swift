import AudioCapture
import AudioFiles
import ModelFormat

/// What is listened to while measuring.
enum BenchAudio {
  /// A recording, repeated until it is long enough.
  static func recording(_ path: String, seconds: Int) throws -> [Int16] {
    let samples: [Int16]
    do throws(AudioFileError) {
      samples = try AudioFileReader.readAll(path: path)
    } catch {
      throw failure(66, "cannot read \(path): \(error.description)")
    }
    guard !samples.isEmpty else { throw failure(65, "\(path) holds no sound") }
    return (0..<seconds * 16_000).map { samples[$0 % samples.count] }
  }

  /// Noise whose loudness and colour change several times a second, as speech's do; the same for a seed everywhere.
  static func noise(seconds: Int, seed: UInt64) -> [Int16] {
    var generator = SeededGenerator(seed: seed)
    var level: Float = 1000
    var smoothing: Float = 0.5
    var state: Float = 0
    return (0..<seconds * 16_000).map { index in
      if index % 1600 == 0 {
        level = Float(generator.integer(in: 20...12_000))
        smoothing = Float(generator.integer(in: 0...95)) / 100
      }
      state = smoothing * state + (1 - smoothing) * generator.float(magnitude: 1)
      return Int16(state * level)
    }
  }
}
