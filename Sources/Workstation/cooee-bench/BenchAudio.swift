import AudioFiles
import Foundation
import ModelFormat
import Recordings
import SeededRandom

/// The audio of a measurement: samples at 16 kHz, one channel.
struct BenchAudio {
  /// The speech recordings of the tests.
  static let testRecordings = "Tests/Device/EndToEndTests/Recordings"
  private static let extensions: Set<String> = ["flac", "mp3", "ogg", "opus", "wav"]

  var samples: [Int16]
  /// A description for reports.
  var source: String

  /// Concatenates recordings, repeated from the first if they are too short.
  ///
  /// - Parameters:
  ///   - paths: files, and folders whose recordings are all used in the order of their names.
  init(_ paths: [String], seconds: Int) throws {
    let wanted = seconds * 16_000
    samples = []
    samples.reserveCapacity(wanted)
    var fileCount = 0
    files: for path in paths {
      for file in Self.files(path) {
        do throws(AudioFileError) {
          samples += try AudioFileReader.readAll(path: file)
        } catch {
          throw failure(66, "cannot read \(file): \(error.description)")
        }
        fileCount += 1
        if samples.count >= wanted { break files }
      }
    }
    guard !samples.isEmpty else { throw failure(65, "\(paths.joined(separator: ", ")) contains no audio") }
    let recorded = samples.count
    source = "\(fileCount) recording\(fileCount == 1 ? "" : "s") of \(paths.joined(separator: ", "))"
    if recorded < wanted { source += String(format: ", %.1f s, repeated", Double(recorded) / 16_000) }
    while samples.count < wanted { samples.append(samples[samples.count - recorded]) }
    samples.removeLast(samples.count - wanted)
  }

  /// Noise whose level and color change several times per second, like those of speech. A seed gives the same noise
  /// everywhere.
  init(noiseSeconds seconds: Int, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var level: Float = 1000
    var smoothing: Float = 0.5
    var state: Float = 0
    samples = (0..<seconds * 16_000).map { index in
      if index % 1600 == 0 {
        level = Float(generator.integer(in: 20...12_000))
        smoothing = Float(generator.integer(in: 0...95)) / 100
      }
      state = smoothing * state + (1 - smoothing) * generator.float(magnitude: 1)
      return Int16(state * level)
    }
    source = "seeded noise"
  }

  /// The samples of each recording.
  static func clips(_ paths: [String]) throws -> [[Int16]] {
    var clips: [[Int16]] = []
    for file in paths.flatMap(files) {
      do throws(AudioFileError) {
        clips.append(try AudioFileReader.readAll(path: file))
      } catch {
        throw failure(66, "cannot read \(file): \(error.description)")
      }
    }
    guard !clips.isEmpty else { throw failure(65, "\(paths.joined(separator: ", ")) contains no audio") }
    return clips
  }

  private static func files(_ path: String) -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue,
      let names = FileManager.default.enumerator(atPath: path)
    else { return [path] }
    return names.compactMap { $0 as? String }
      .filter { extensions.contains(URL(fileURLWithPath: $0).pathExtension.lowercased()) }
      .sorted().map { path + "/" + $0 }
  }
}
