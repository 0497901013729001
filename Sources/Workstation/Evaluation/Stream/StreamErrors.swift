import Foundation
import Training

/// Identifies a clip of a stream.
public struct StreamClip: Equatable, Sendable, Codable {
  /// The id of the utterance.
  public var id: String
  /// `corpus/speaker`, or the corpus alone if the speaker is unknown.
  public var speaker: String
  /// ``Utterance/speakerGroup``
  public var group: String
  /// The text of the utterance.
  public var text: String

  /// Creates a clip.
  public init(id: String, speaker: String, group: String, text: String) {
    self.id = id
    self.speaker = speaker
    self.group = group
    self.text = text
  }

  init(_ utterance: Utterance) {
    self.init(
      id: utterance.id,
      speaker: utterance.speaker.isEmpty ? utterance.corpus : utterance.corpus + "/" + utterance.speaker,
      group: utterance.speakerGroup, text: utterance.text)
  }
}

/// An occurrence that is missed at its phrase's working point.
public struct StreamMiss: Equatable, Sendable {
  /// The text of the phrase.
  public var phrase: String
  /// The recording of the phrase.
  public var clip: StreamClip
  /// Score of the best candidate, 0…1; `nil` without a candidate.
  public var score: Double?
  /// Threshold at the working point, 0…1.
  public var threshold: Double
  /// How far the best candidate is below the threshold, in log odds, which do not saturate; `nil` without a candidate.
  public var shortfall: Double?
  /// Start of the phrase, in seconds from the start of the stream.
  public var startSeconds: Double
  /// End of the phrase, in seconds from the start of the stream.
  public var endSeconds: Double

  /// Whether `left` is worse: no candidate first, then the larger shortfall, then the earlier position.
  static func isWorse(_ left: StreamMiss, _ right: StreamMiss) -> Bool {
    let (a, b) = (left.shortfall ?? .infinity, right.shortfall ?? .infinity)
    return a == b ? left.startSeconds < right.startSeconds : a > b
  }
}

/// A candidate at a position without its phrase.
public struct StreamFalseAlarm: Equatable, Sendable {
  /// The text of the phrase.
  public var phrase: String
  /// The score, 0…1.
  public var score: Double
  /// The score before the logistic function, which orders saturated scores.
  public var logOdds: Double
  /// Start of the candidate, in seconds from the start of the stream.
  public var startSeconds: Double
  /// End of the candidate, in seconds from the start of the stream.
  public var endSeconds: Double
  /// The clips at that position; empty in a pause.
  public var clips: [StreamClip]

  /// Ids and texts of the clips.
  public var heard: String { clips.map { "\($0.id): \($0.text)" }.joined(separator: " | ") }
  /// Speakers of the clips.
  public var speakers: String { clips.map(\.speaker).joined(separator: " | ") }

  static func isWorse(_ left: StreamFalseAlarm, _ right: StreamFalseAlarm) -> Bool {
    (left.logOdds, right.startSeconds) > (right.logOdds, left.startSeconds)
  }
}

extension StreamReport {
  /// `phrase clip speaker group score threshold below start end` of every miss at the working point, worst first.
  /// Score and `below` are empty without a candidate.
  public var missTable: String {
    misses.reduce("phrase\tclip\tspeaker\tgroup\tscore\tthreshold\tbelow\tstart\tend\n") { text, miss in
      let score = miss.score.map { String(format: "%.6f", $0) } ?? ""
      let below = miss.shortfall.map { String(format: "%.3f", $0) } ?? ""
      return text + "\(miss.phrase)\t\(miss.clip.id)\t\(miss.clip.speaker)\t\(miss.clip.group)\t\(score)\t"
        + String(format: "%.6f\t", miss.threshold) + below
        + String(format: "\t%.2f\t%.2f\n", miss.startSeconds, miss.endSeconds)
    }
  }

  /// `phrase score start end speaker heard`: the best false alarms of each phrase, with speakers and texts.
  public var falseAlarmTable: String {
    falseAlarms.reduce("phrase\tscore\tstart\tend\tspeaker\theard\n") { text, alarm in
      text + "\(alarm.phrase)\t"
        + String(format: "%.6f\t%.2f\t%.2f\t", alarm.score, alarm.startSeconds, alarm.endSeconds)
        + "\(alarm.speakers)\t\(alarm.heard)\n"
    }
  }

  /// The false alarms of all phrases with the highest scores.
  public func worstFalseAlarms(_ count: Int) -> [StreamFalseAlarm] {
    Array(falseAlarms.sorted(by: StreamFalseAlarm.isWorse).prefix(count))
  }
}
