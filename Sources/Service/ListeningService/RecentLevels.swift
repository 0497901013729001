/// What to tell people about the level of the microphone.
package struct LevelVerdict: Equatable, Sendable {
  /// Speech close to a suitable microphone has peaks above this level, in dBFS.
  package static let quietPeakDecibels = -45.0

  /// What it is and what to do, without a full stop.
  package var text: String
  /// Whether it prevents detections.
  package var isProblem: Bool

  package init(text: String, isProblem: Bool) {
    self.text = text
    self.isProblem = isProblem
  }
}

/// The levels of the last ten seconds, and what they mean.
///
/// This is the only source of advice on the level for receivers of the service, so that they cannot contradict the log or
/// each other. One thread; no allocation while listening, except for texts.
package struct RecentLevels {
  /// Ten seconds of 0.1 s.
  package static let blockCount = 100

  private var peaks = [Double](repeating: -.infinity, count: blockCount)
  private var next = 0

  package init() {}

  /// Adds the level of the next 0.1 s.
  package mutating func add(_ level: SoundLevel) {
    peaks[next] = level.peakDecibels
    next = (next + 1) % Self.blockCount
  }

  /// The verdict; nil while there is no sound and it is not yet known whether that is a problem.
  ///
  /// - Parameter problem: The problem that `Listening.LevelMonitor` found and reported, if any.
  package func verdict(problem: String?) -> LevelVerdict? {
    if let problem { return LevelVerdict(text: problem, isProblem: true) }
    let peak = peaks.max() ?? -.infinity
    guard peak > -.infinity else { return nil }
    guard peak < LevelVerdict.quietPeakDecibels else {
      return LevelVerdict(text: "the level is good", isProblem: false)
    }
    return LevelVerdict(
      text:
        "nothing was louder than \(Int(LevelVerdict.quietPeakDecibels)) dBFS in the last ten seconds; say something, "
        + "and if this does not change, raise the gain",
      isProblem: false)
  }
}
