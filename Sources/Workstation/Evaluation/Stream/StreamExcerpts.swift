import AudioFiles
import Foundation
import Training

/// Audio clips of a stream's worst errors, for listening.
///
/// A clip extends from a second before the error to a second after it, 16 kHz mono, 16 bit, as the model received it.
/// Its name gives condition, kind, rank from 1, phrase and start in seconds: `10dB-miss-03-hey-computer-1234.5s.wav`,
/// in rooms `10dB-far-miss-03-…`.
public struct StreamExcerpts: Sendable {
  /// Seconds before and after an error.
  public static let marginSeconds = 1.0

  /// File names with their range of the stream in samples.
  public let clips: [(name: String, range: Range<Int64>)]

  /// Selects the worst errors of a report.
  ///
  /// - Parameter count: the number of misses and of false alarms, over all phrases.
  public init(report: StreamReport, count: Int) {
    let condition = report.conditionName.replacingOccurrences(of: ", ", with: "-")
      .replacingOccurrences(of: " ", with: "")
    func clip(_ kind: String, _ rank: Int, _ phrase: String, _ start: Double, _ end: Double) -> (String, Range<Int64>) {
      let words = phrase.lowercased().map { $0.isLetter || $0.isNumber ? $0 : " " }
      let phrase = String(words).split(separator: " ").joined(separator: "-")
      let from = max(0, start - Self.marginSeconds)
      let name =
        "\(condition)-\(kind)-" + String(format: "%02d", rank + 1) + "-\(phrase)-"
        + String(format: "%.1fs.wav", from)
      return (name, Int64(from * 16_000)..<Int64((end + Self.marginSeconds) * 16_000))
    }
    clips =
      report.misses.prefix(count).enumerated().map {
        clip("miss", $0, $1.phrase, $1.startSeconds, $1.endSeconds)
      }
      + report.worstFalseAlarms(count).enumerated().map {
        clip("alarm", $0, $1.phrase, $1.startSeconds, $1.endSeconds)
      }
  }

  /// Renders the clips to a folder, which is created if it does not exist.
  ///
  /// - Parameter stream: the stream of the report.
  public func write(_ stream: StreamProtocol, to folder: URL) throws {
    guard !clips.isEmpty else { return }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (clip, samples) in zip(clips, stream.excerpts(clips.map(\.range))) {
      try Data(WaveFileBytes.encoded(samples)).replaceFile(at: folder.appendingPathComponent(clip.name).path)
    }
  }
}
