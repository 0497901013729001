import AudioCapture
import Messages

/// Tells the person at the terminal what is wrong with the microphone's level, once when it begins and once when it is
/// over.
package struct LevelMonitor {
  /// "the microphone default", say.
  private let subject: String
  private let report: (LogMessage) -> Void
  private let advice: LevelAdvice
  private var level = AudioLevel()
  private var toldDead = false
  private var toldClipping = false
  private var toldQuiet = false

  /// - Parameter report: takes each message.
  package init(device: String, _ report: @escaping (LogMessage) -> Void = { Messages.report($0) }) {
    subject = CaptureOrigin.subject(of: device)
    self.report = report
    advice = LevelAdvice(device: device)
  }

  package var isClipping: Bool { level.isClipping }

  /// What is wrong now and what to do; nil where nothing is.
  package var problem: String? {
    if level.isDead { return deadProblem }
    if level.isClipping { return clippingProblem }
    return level.isQuiet ? quietProblem : nil
  }

  private var deadProblem: String {
    subject + " gives nothing but " + (level.lastSample == 0 ? "zeros" : "the value " + decimal(Int(level.lastSample)))
      + "; "
      + advice.dead(value: level.lastSample)
  }

  private var clippingProblem: String { subject + " is clipping; " + advice.clipping }

  private var quietProblem: String { subject + " is very quiet (" + decibels + " dBFS); " + advice.quiet }

  private var decibels: String { fixedPoint(level.rootMeanSquareDecibels, decimals: 0) }

  /// Takes the samples that came next.
  package mutating func tellChanges(after samples: UnsafeBufferPointer<Int16>) {
    level.add(samples)
    if level.isDead != toldDead {
      toldDead = level.isDead
      report(.warning((toldDead ? deadProblem : subject + " gives sound again")))
    }
    if level.isClipping != toldClipping {
      toldClipping = level.isClipping
      report(.warning((toldClipping ? clippingProblem : subject + " clips no longer")))
    }
    if level.isQuiet != toldQuiet {
      toldQuiet = level.isQuiet
      // What is dead is not loud enough.
      if !toldQuiet && toldDead { return }
      report(.warning((toldQuiet ? quietProblem : subject + " is loud enough again (" + decibels + " dBFS)")))
    }
  }
}

/// What to do about a level.
package struct LevelAdvice {
  private let isStream: Bool

  package init(device: String) { isStream = CaptureOrigin.isStream(device) }

  package func dead(value: Int16) -> String {
    if isStream { return "look at the microphone and its mixer where they are sent from" }
    return value == 0
      ? "unmute it (a switch on it, or alsamixer, F4, M), choose another from heed devices, or take another channel "
        + "(channel in the configuration)"
      : "look at its plug and wiring, or choose another from heed devices"
  }

  package var clipping: String { isStream ? "lower the gain where it is sent from" : "lower its gain in alsamixer, F4" }

  package var quiet: String {
    isStream
      ? "raise the gain where it is sent from" : "raise its gain in alsamixer, F4, or see that it is not covered"
  }
}
