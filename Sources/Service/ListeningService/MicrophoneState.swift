import AudioCapture

/// The state of a microphone of the service.
package struct MicrophoneState: Sendable, Equatable {
  /// The condition of the microphone.
  package enum Condition: Sendable, Equatable {
    /// There is no microphone; the service processes only the audio of clients.
    case none
    case listening
    /// It is gone, busy or cannot be opened, and is tried again. The text gives the reason and what to do.
    case waiting(String)
    /// It cannot be used as configured. The text gives the reason and what to do.
    case failed(String)
  }

  /// ALSA's name of the device, or a stream.
  package var device = ""
  /// The microphone's name in events; nil if it has none.
  package var name: String?
  /// Its position among the service's microphones.
  package var index = 0
  package var condition = Condition.none
  /// The counts since this device was selected.
  package var counts = CaptureThread.Counts()
  /// Samples processed since this device was selected.
  package var heardSamples: Int64 = 0
  /// What its level means and what to do; nil while that is not known.
  package var verdict: LevelVerdict?

  package init() {}

  /// The state of a microphone that was not opened yet.
  init(_ source: NamedSource, index: Int) {
    device = source.device
    name = source.name
    self.index = index
  }
}

/// A type that can switch to another microphone.
package protocol MicrophoneChoosing: Sendable {
  /// Switches to a device; the result is reported as ``MicrophoneState``.
  func listen(to device: String)
}
