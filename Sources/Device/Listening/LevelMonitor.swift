import AudioCapture
import Messages

/// Reports problems with the level of a capture, once when each begins and once when it ends.
package struct LevelMonitor {
  /// The device in words, such as "the microphone default".
  private let subject: String
  private let report: (LogMessage) -> Void
  private let advice: LevelAdvice
  private var level = AudioLevel()
  private var toldDead = false
  private var toldClipping = false
  private var toldQuiet = false

  /// - Parameter report: Receives each message.
  package init(device: String, _ report: @escaping (LogMessage) -> Void = { Messages.report($0) }) {
    subject = CaptureOrigin.subject(of: device)
    self.report = report
    advice = LevelAdvice(device: device)
  }

  package var isClipping: Bool { level.isClipping }

  /// The current problem and what to do about it; nil if there is no problem.
  package var problem: String? {
    if level.isDead { return deadProblem }
    if level.isClipping { return clippingProblem }
    return level.isQuiet ? quietProblem : nil
  }

  private var deadProblem: String {
    subject + " delivers only " + (level.lastSample == 0 ? "zeros" : "the value " + decimal(Int(level.lastSample)))
      + "; "
      + advice.dead(value: level.lastSample)
  }

  private var clippingProblem: String { subject + " is clipping; " + advice.clipping }

  private var quietProblem: String { subject + " is very quiet (" + decibels + " dBFS); " + advice.quiet }

  private var decibels: String { fixedPoint(level.rootMeanSquareDecibels, decimals: 0) }

  /// Processes the next samples and reports what has changed.
  package mutating func tellChanges(after samples: UnsafeBufferPointer<Int16>) {
    level.add(samples)
    if level.isDead != toldDead {
      toldDead = level.isDead
      report(.warning((toldDead ? deadProblem : subject + " delivers sound again")))
    }
    if level.isClipping != toldClipping {
      toldClipping = level.isClipping
      report(.warning((toldClipping ? clippingProblem : subject + " is no longer clipping")))
    }
    if level.isQuiet != toldQuiet {
      toldQuiet = level.isQuiet
      // A dead microphone is not loud enough.
      if !toldQuiet && toldDead { return }
      report(.warning((toldQuiet ? quietProblem : subject + " is loud enough again (" + decibels + " dBFS)")))
    }
  }
}

/// What to do about a bad level.
package struct LevelAdvice {
  private let isStream: Bool

  /// - Parameter device: A name as in ``CaptureSettings/device``.
  package init(device: String) { isStream = CaptureOrigin.isStream(device) }

  /// What to do about a dead microphone.
  ///
  /// - Parameter value: The only value of the samples.
  package func dead(value: Int16) -> String {
    if isStream { return "check the microphone and its mixer on the sender" }
    return value == 0
      ? "unmute it (its switch, or alsamixer, F4, M), choose another from cooee devices, or use another channel "
        + "(channel in the configuration)"
      : "check its plug and wiring, or choose another from cooee devices"
  }

  /// What to do about clipping.
  package var clipping: String { isStream ? "lower the gain on the sender" : "lower its gain in alsamixer, F4" }

  /// What to do about a low level.
  package var quiet: String {
    isStream
      ? "raise the gain on the sender" : "raise its gain in alsamixer, F4, or check that it is not covered"
  }
}
