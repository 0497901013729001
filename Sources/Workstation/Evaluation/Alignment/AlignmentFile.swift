import Foundation
import Training

/// A named stretch of an utterance: a word or a phone.
public struct AlignedInterval: Equatable, Sendable {
  public var label: String
  public var startSeconds: Double
  public var endSeconds: Double

  public init(label: String, startSeconds: Double, endSeconds: Double) {
    self.label = label
    self.startSeconds = startSeconds
    self.endSeconds = endSeconds
  }
}

/// An utterance's words and phones with times.
public struct AlignedUtterance: Equatable, Sendable {
  /// As the corpus names it; often its last component alone, the audio file's name (``AlignmentFile/recordingName(_:)``).
  public var id: String
  public var words: [AlignedInterval]
  public var phones: [AlignedInterval]

  public init(id: String, words: [AlignedInterval], phones: [AlignedInterval]) {
    self.id = id
    self.words = words
    self.phones = phones
  }
}

/// Why an alignment table could not be read.
public enum AlignmentFileError: Error, Equatable, Sendable {
  case unreadable(path: String)
  /// A line (counted from 1) has not the five columns `utterance tier start end label`, or a time is not a number.
  case malformedLine(path: String, line: Int)
}

extension AlignmentFileError: CustomStringConvertible {
  /// What was found in which file, in one line for a person.
  public var description: String {
    switch self {
    case .unreadable(let path): "cannot read \(path); check the path and its permissions"
    case .malformedLine(let path, let line):
      "\(path), line \(line): not utterance, tier, start, end and label, parted by tabs; heed-train align writes such tables"
    }
  }
}

/// Tab-separated word and phone times, one interval a line, under the heading `utterance tier start end label`.
///
/// `tier` is `word` or `phone` (others are skipped), times are seconds. Words keep the transcript's spelling; phones are
/// ARPAbet, and `sil`, `sp` or `spn` where there is none. Lines of one utterance are consecutive.
public enum AlignmentFile {
  /// The last component of an id, by which tables of other tools name an utterance.
  public static func recordingName(_ id: String) -> String {
    String(id[(id.lastIndex(of: "/").map(id.index(after:)) ?? id.startIndex)...])
  }

  public static func read(path: String) throws(AlignmentFileError) -> [AlignedUtterance] {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
    var utterances: [AlignedUtterance] = []
    for (index, line) in String(decoding: data, as: UTF8.self).split(separator: "\n").enumerated() {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
      if index == 0, columns.first == "utterance" { continue }
      guard columns.count == 5, let start = Double(columns[2]), let end = Double(columns[3]) else {
        throw .malformedLine(path: path, line: index + 1)
      }
      if utterances.last?.id != String(columns[0]) {
        utterances.append(AlignedUtterance(id: String(columns[0]), words: [], phones: []))
      }
      let interval = AlignedInterval(label: String(columns[4]), startSeconds: start, endSeconds: end)
      switch columns[1] {
      case "word": utterances[utterances.count - 1].words.append(interval)
      case "phone": utterances[utterances.count - 1].phones.append(interval)
      default: break
      }
    }
    return utterances
  }

  /// The table's text; times in milliseconds' resolution.
  public static func text(_ utterances: [AlignedUtterance]) -> String {
    var text = "utterance\ttier\tstart\tend\tlabel\n"
    for utterance in utterances {
      for (tier, intervals) in [("word", utterance.words), ("phone", utterance.phones)] {
        for interval in intervals {
          let times = String(format: "%.3f\t%.3f", interval.startSeconds, interval.endSeconds)
          text += "\(utterance.id)\t\(tier)\t\(times)\t\(interval.label)\n"
        }
      }
    }
    return text
  }
}
