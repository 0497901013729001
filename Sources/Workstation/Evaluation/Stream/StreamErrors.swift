import Foundation
import Training

/// A clip of a stream, as people look for it.
public struct StreamClip: Equatable, Sendable, Codable {
  public var id: String
  /// `corpus/speaker`; the corpus alone where the speaker is unknown.
  public var speaker: String
  /// ``Utterance/speakerGroup``
  public var group: String
  public var text: String

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

/// An occurrence that is not found at its phrase's working point.
public struct StreamMiss: Equatable, Sendable {
  public var phrase: String
  public var clip: StreamClip
  /// Of the best candidate, 0…1; `nil` where the search found none.
  public var score: Double?
  /// 0…1, at the working point.
  public var threshold: Double
  /// How far the best candidate is below the threshold, in log odds, which do not saturate as scores do; `nil` without one.
  public var shortfall: Double?
  /// Where the phrase was said, from the stream's start.
  public var startSeconds: Double
  public var endSeconds: Double

  /// Whether this one is further from being found: without a candidate, then by the shortfall, then the earlier one.
  static func isWorse(_ left: StreamMiss, _ right: StreamMiss) -> Bool {
    let (a, b) = (left.shortfall ?? .infinity, right.shortfall ?? .infinity)
    return a == b ? left.startSeconds < right.startSeconds : a > b
  }
}

/// A candidate where its phrase was not said.
public struct StreamFalseAlarm: Equatable, Sendable {
  public var phrase: String
  /// 0…1.
  public var score: Double
  /// The score before the logistic function, which orders those that saturate.
  public var logOdds: Double
  /// From the stream's start.
  public var startSeconds: Double
  public var endSeconds: Double
  /// What was said there; empty in a pause.
  public var clips: [StreamClip]

  /// Ids and texts of what was said.
  public var heard: String { clips.map { "\($0.id): \($0.text)" }.joined(separator: " | ") }
  /// Who said it.
  public var speakers: String { clips.map(\.speaker).joined(separator: " | ") }

  static func isWorse(_ left: StreamFalseAlarm, _ right: StreamFalseAlarm) -> Bool {
    (left.logOdds, right.startSeconds) > (right.logOdds, left.startSeconds)
  }
}

extension StreamReport {
  /// `phrase clip speaker group score threshold below start end` of every miss at the working point, the worst first.
  /// Score and `below` are empty where the search found no candidate.
  public var missTable: String {
    misses.reduce("phrase\tclip\tspeaker\tgroup\tscore\tthreshold\tbelow\tstart\tend\n") { text, miss in
      let score = miss.score.map { String(format: "%.6f", $0) } ?? ""
      let below = miss.shortfall.map { String(format: "%.3f", $0) } ?? ""
      return text + "\(miss.phrase)\t\(miss.clip.id)\t\(miss.clip.speaker)\t\(miss.clip.group)\t\(score)\t"
        + String(format: "%.6f\t", miss.threshold) + below
        + String(format: "\t%.2f\t%.2f\n", miss.startSeconds, miss.endSeconds)
    }
  }

  /// `phrase score start end speaker heard`: each phrase's best false alarms and what was said there by whom.
  public var falseAlarmTable: String {
    falseAlarms.reduce("phrase\tscore\tstart\tend\tspeaker\theard\n") { text, alarm in
      text + "\(alarm.phrase)\t"
        + String(format: "%.6f\t%.2f\t%.2f\t", alarm.score, alarm.startSeconds, alarm.endSeconds)
        + "\(alarm.speakers)\t\(alarm.heard)\n"
    }
  }

  /// The false alarms of all phrases with the largest scores.
  public func worstFalseAlarms(_ count: Int) -> [StreamFalseAlarm] {
    Array(falseAlarms.sorted(by: StreamFalseAlarm.isWorse).prefix(count))
  }
}
