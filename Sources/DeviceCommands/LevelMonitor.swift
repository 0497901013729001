import AudioCapture
import EventSinks

/// Tells the person at the terminal what is wrong with the microphone's level, once when it begins and once when it is
/// over.
struct LevelMonitor {
  private let device: String
  private var level = AudioLevel()
  private var toldDead = false
  private var toldClipping = false
  private var toldQuiet = false

  init(device: String) { self.device = device }

  /// Takes the samples that came next.
  mutating func tellChanges(after samples: UnsafeBufferPointer<Int16>) {
    level.add(samples)
    if level.isDead != toldDead {
      toldDead = level.isDead
      if !toldDead {
        tell("heed: the microphone \(device) gives sound again")
      } else if level.lastSample == 0 {
        tell(
          "heed: the microphone \(device) gives nothing but zeros; unmute it (a switch on it, or alsamixer, F4, M), or "
            + "choose another from heed devices")
      } else {
        tell(
          "heed: the microphone \(device) gives nothing but the value \(level.lastSample); look at its plug and wiring, or "
            + "choose another from heed devices")
      }
    }
    if level.isClipping != toldClipping {
      toldClipping = level.isClipping
      tell(
        toldClipping
          ? "heed: the microphone \(device) is clipping; lower its gain in alsamixer, F4"
          : "heed: the microphone \(device) clips no longer")
    }
    if level.isQuiet != toldQuiet {
      toldQuiet = level.isQuiet
      // What is dead is not loud enough.
      if !toldQuiet && toldDead { return }
      let decibels = fixedPoint(level.rootMeanSquareDecibels, decimals: 0)
      tell(
        toldQuiet
          ? "heed: the microphone \(device) is very quiet (\(decibels) dBFS); raise its gain in alsamixer, F4, or see that "
            + "it is not covered"
          : "heed: the microphone \(device) is loud enough again (\(decibels) dBFS)")
    }
  }
}
