import Foundation
import Training

/// A labeled interval of an utterance: a word or a phone.
public struct AlignedInterval: Equatable, Sendable {
  /// The word, or the ARPAbet symbol of the phone.
  public var label: String
  /// Seconds from the start of the recording.
  public var startSeconds: Double
  /// Seconds from the start of the recording.
  public var endSeconds: Double

  /// Creates an interval.
  public init(label: String, startSeconds: Double, endSeconds: Double) {
    self.label = label
    self.startSeconds = startSeconds
    self.endSeconds = endSeconds
  }
}

/// The words and phones of an utterance with times.
public struct AlignedUtterance: Equatable, Sendable {
  /// The corpus's id, often only its last component, which is the name of the audio file
  /// (``AlignmentFile/recordingName(_:)``).
  public var id: String
  /// The words in order of time.
  public var words: [AlignedInterval]
  /// The phones in order of time.
  public var phones: [AlignedInterval]

  /// Creates an aligned utterance.
  public init(id: String, words: [AlignedInterval], phones: [AlignedInterval]) {
    self.id = id
    self.words = words
    self.phones = phones
  }
}

/// Why an alignment table could not be read.
public enum AlignmentFileError: Error, Equatable, Sendable {
  /// The file cannot be read.
  case unreadable(path: String)
  /// A line (counted from 1) does not have the five columns `utterance tier start end label`, or a time is not a
  /// number.
  case malformedLine(path: String, line: Int)
}

extension AlignmentFileError: CustomStringConvertible {
  /// The error and its file in one line.
  public var description: String {
    switch self {
    case .unreadable(let path): "cannot read \(path); check the path and its permissions"
    case .malformedLine(let path, let line):
      "\(path), line \(line): expected utterance, tier, start, end and label, separated by tabs, as cooee-train align writes"
    }
  }
}

/// Tab-separated word and phone times, one interval per line, with the header `utterance tier start end label`.
///
/// `tier` is `word` or `phone`; other tiers are ignored. Times are in seconds. Words keep the transcript's spelling.
/// Phones are ARPAbet symbols, or `sil`, `sp` or `spn` for no phone. The lines of an utterance are consecutive.
public enum AlignmentFile {
  /// The last component of an id, by which other tools name an utterance.
  public static func recordingName(_ id: String) -> String {
    String(id[(id.lastIndex(of: "/").map(id.index(after:)) ?? id.startIndex)...])
  }

  /// Reads a table.
  ///
  /// - Throws: ``AlignmentFileError``.
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

  /// The text of a table, with times in milliseconds' resolution.
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
