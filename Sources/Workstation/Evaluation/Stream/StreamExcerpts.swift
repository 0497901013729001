import AudioFiles
import Foundation
import Training

/// Sound clips of a stream's worst errors, so that people can listen to them.
///
/// A clip reaches from a second before the error to a second after it, 16 kHz mono, 16 bit, as the model heard it. Its name
/// tells condition, kind, rank from 1, phrase and the second at which it begins: `10dB-miss-03-hey-computer-1234.5s.wav`, in rooms
/// `10dB-far-miss-03-…`.
public struct StreamExcerpts: Sendable {
  /// Kept before and after an error.
  public static let marginSeconds = 1.0

  /// File names with their stretch of the stream in samples.
  public let clips: [(name: String, range: Range<Int64>)]

  /// - Parameter count: so many misses and so many false alarms, the worst of all phrases.
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

  /// Renders the clips into a folder, which is made if need be.
  ///
  /// - Parameter stream: what the report was made of.
  public func write(_ stream: StreamProtocol, to folder: URL) throws {
    guard !clips.isEmpty else { return }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (clip, samples) in zip(clips, stream.excerpts(clips.map(\.range))) {
      try Data(WaveFileBytes.encoded(samples)).replaceFile(at: folder.appendingPathComponent(clip.name).path)
    }
  }
}
