import AudioCapture
import EventSinks

/// Tells the person at the terminal what is wrong with the microphone's level, once when it begins and once when it is
/// over.
package struct LevelMonitor {
  private let device: String
  private let say: (String) -> Void
  private var level = AudioLevel()
  private var toldDead = false
  private var toldClipping = false
  private var toldQuiet = false

  /// - Parameter say: takes each message.
  package init(device: String, _ say: @escaping (String) -> Void = { tell($0) }) {
    self.device = device
    self.say = say
  }

  package var isClipping: Bool { level.isClipping }

  /// What is wrong now and what to do; nil where nothing is.
  package var advice: String? {
    if level.isDead { return deadAdvice }
    if level.isClipping { return clippingAdvice }
    return level.isQuiet ? quietAdvice : nil
  }

  private var deadAdvice: String {
    level.lastSample == 0
      ? "the microphone \(device) gives nothing but zeros; unmute it (a switch on it, or alsamixer, F4, M), or choose "
        + "another from heed devices"
      : "the microphone \(device) gives nothing but the value \(level.lastSample); look at its plug and wiring, or choose "
        + "another from heed devices"
  }

  private var clippingAdvice: String { "the microphone \(device) is clipping; lower its gain in alsamixer, F4" }

  private var quietAdvice: String {
    "the microphone \(device) is very quiet (\(decibels) dBFS); raise its gain in alsamixer, F4, or see that it is not "
      + "covered"
  }

  private var decibels: String { fixedPoint(level.rootMeanSquareDecibels, decimals: 0) }

  /// Takes the samples that came next.
  package mutating func tellChanges(after samples: UnsafeBufferPointer<Int16>) {
    level.add(samples)
    if level.isDead != toldDead {
      toldDead = level.isDead
      say("heed: \(toldDead ? deadAdvice : "the microphone \(device) gives sound again")")
    }
    if level.isClipping != toldClipping {
      toldClipping = level.isClipping
      say("heed: \(toldClipping ? clippingAdvice : "the microphone \(device) clips no longer")")
    }
    if level.isQuiet != toldQuiet {
      toldQuiet = level.isQuiet
      // What is dead is not loud enough.
      if !toldQuiet && toldDead { return }
      say("heed: \(toldQuiet ? quietAdvice : "the microphone \(device) is loud enough again (\(decibels) dBFS)")")
    }
  }
}
