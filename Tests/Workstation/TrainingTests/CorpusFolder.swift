import Foundation
import Training

/// A temporary folder for a test, removed when the value is deinitialized.
final class CorpusFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/cooee-corpus-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a text file and creates its folders.
  func write(_ text: String, to name: String) throws { try write(Data(text.utf8), to: name) }

  func write(_ data: Data, to name: String) throws {
    let url = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
  }

  /// Writes a 16 kHz mono WAV file.
  func write(_ samples: [Int16], to name: String) throws {
    var data = Data()
    func append(_ text: String) { data.append(contentsOf: text.utf8) }
    func append<T: FixedWidthInteger>(_ value: T) {
      withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }
    append("RIFF")
    append(UInt32(36 + 2 * samples.count))
    append("WAVEfmt ")
    append(UInt32(16))
    append(UInt16(1))
    append(UInt16(1))
    append(UInt32(16_000))
    append(UInt32(32_000))
    append(UInt16(2))
    append(UInt16(16))
    append("data")
    append(UInt32(2 * samples.count))
    for sample in samples { append(UInt16(bitPattern: sample)) }
    try write(data, to: name)
  }

  /// Writes clips as a prepared corpus and maps it.
  ///
  /// - Parameter phones: phones of each clip; empty without labels.
  func prepared(_ clips: [(text: String, samples: [Int16])], phones: [[LabeledPhone]] = []) throws -> PreparedCorpus {
    let writer = try PreparedCorpusWriter(path: path + "/test.cooeecorpus")
    for (number, clip) in clips.enumerated() {
      try writer.append(
        Utterance(
          id: "\(number)", corpus: "test", speaker: "", split: "train", text: clip.text, range: 0..<0,
          phones: number < phones.count ? phones[number] : []),
        clip.samples)
    }
    try writer.finish(initialMeans: [Float](repeating: -8, count: 40))
    return try PreparedCorpus(path: path + "/test.cooeecorpus")
  }
}

/// A sine of the given frequency and amplitude.
func tone(_ hertz: Double, amplitude: Double, count: Int) -> [Int16] {
  (0..<count).map { Int16((amplitude * sin(2 * .pi * hertz * Double($0) / 16_000)).rounded()) }
}

/// Amplitude of the part of `samples` at `hertz`.
func amplitude(_ samples: [Int16], at hertz: Double) -> Double {
  var real = 0.0
  var imaginary = 0.0
  for (n, sample) in samples.enumerated() {
    real += Double(sample) * cos(2 * .pi * hertz * Double(n) / 16_000)
    imaginary += Double(sample) * sin(2 * .pi * hertz * Double(n) / 16_000)
  }
  return 2 * (real * real + imaginary * imaginary).squareRoot() / Double(samples.count)
}

/// Mean of the squares.
func power(_ samples: [Double]) -> Double { samples.reduce(0) { $0 + $1 * $1 } / Double(samples.count) }

func power(_ samples: [Int16]) -> Double { power(samples.map(Double.init)) }

/// The tone of a frequency that fits `samples` best: its amplitude, and the mean square of what it leaves.
func fittedTone(_ samples: [Int16], hertz: Double) -> (amplitude: Double, rest: Double) {
  // Normal equations of a·cos + b·sin.
  var cc = 0.0
  var cs = 0.0
  var ss = 0.0
  var cx = 0.0
  var sx = 0.0
  let angles = samples.indices.map { 2 * .pi * hertz * Double($0) / 16_000 }
  for (angle, sample) in zip(angles, samples) {
    cc += cos(angle) * cos(angle)
    cs += cos(angle) * sin(angle)
    ss += sin(angle) * sin(angle)
    cx += cos(angle) * Double(sample)
    sx += sin(angle) * Double(sample)
  }
  let a = (cx * ss - sx * cs) / (cc * ss - cs * cs)
  let b = (sx * cc - cx * cs) / (cc * ss - cs * cs)
  let rest = power(zip(angles, samples).map { Double($1) - a * cos($0) - b * sin($0) })
  return ((a * a + b * b).squareRoot(), rest)
}
