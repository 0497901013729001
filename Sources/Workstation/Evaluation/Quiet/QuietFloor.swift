import Foundation

/// The signal of a microphone without speech. Levels are root mean squares in decibels of full scale.
public enum QuietFloor: Hashable, Sendable {
  /// Zeros, as from a muted microphone.
  case silence
  /// White noise.
  case white(decibels: Double)
  /// Noise whose power falls by 3 dB per octave.
  case pink(decibels: Double)
  /// Clips of the noise corpora one after another, each at this level over its whole length.
  case recorded(decibels: Double)
  /// The quiet part of the phrase's own recording, repeated, at its level relative to the speech.
  case own

  /// The floor of a stream of ``StreamRenderer``.
  public static let ofStreams = QuietFloor.white(decibels: -75)

  /// The default floors, from digital silence to a loud room.
  public static let standard: [QuietFloor] = [
    .silence, .white(decibels: -80), .white(decibels: -70), .white(decibels: -60), .white(decibels: -50),
    .pink(decibels: -60), .recorded(decibels: -60), .recorded(decibels: -45), .own,
  ]

  /// Parses `silence`, `white-70`, `pink-60`, `recorded-45` or `own`. Levels are negative.
  public init?(_ name: String) {
    let parts = name.split(separator: "-", maxSplits: 1).map(String.init)
    if parts.count == 1 {
      switch name {
      case "silence": self = .silence
      case "own": self = .own
      default: return nil
      }
      return
    }
    guard parts.count == 2, let level = Double(parts[1]), level >= 0, level <= 120 else { return nil }
    switch parts[0] {
    case "white": self = .white(decibels: -level)
    case "pink": self = .pink(decibels: -level)
    case "recorded": self = .recorded(decibels: -level)
    default: return nil
    }
  }

  /// The form that ``init(_:)`` parses.
  public var name: String {
    switch self {
    case .silence: "silence"
    case .white(let decibels): String(format: "white%g", decibels)
    case .pink(let decibels): String(format: "pink%g", decibels)
    case .recorded(let decibels): String(format: "recorded%g", decibels)
    case .own: "own"
    }
  }

  /// A description for reports.
  public var title: String {
    switch self {
    case .silence: "digital silence"
    case .white(let decibels): String(format: "white, %g dBFS", decibels)
    case .pink(let decibels): String(format: "pink, %g dBFS", decibels)
    case .recorded(let decibels): String(format: "recorded, %g dBFS", decibels)
    case .own: "the recording's own"
    }
  }

  /// Whether the floor consists of noise clips.
  public var isRecorded: Bool {
    if case .recorded = self { return true }
    return false
  }
}

/// Converts a level in decibels of full scale to units of Int16.
func amplitude(ofDecibels decibels: Double) -> Double { 32_768 * pow(10, decibels / 20) }
