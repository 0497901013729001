import AudioCapture

/// The microphone of a service, and how it is.
package struct MicrophoneState: Sendable, Equatable {
  package enum Condition: Sendable, Equatable {
    /// The service listens to what clients send alone.
    case none
    case listening
    /// It is gone, busy or cannot be opened, and is tried again; the text says why and what to do.
    case waiting(String)
    /// It cannot be listened to as it is; the text says why and what to do.
    case failed(String)
  }

  /// ALSA's name, or that of another source.
  package var device = ""
  package var condition = Condition.none
  /// What happened since this device was chosen.
  package var counts = CaptureThread.Counts()
  package var heardSamples: Int64 = 0
  /// What is wrong with its level and what to do; nil where nothing is.
  package var advice: String?

  package init() {}
}

/// Whoever can be asked to listen to another microphone.
package protocol MicrophoneChoosing: Sendable {
  /// Listens to this device from now on; how that went is told as `MicrophoneState`.
  func listen(to device: String)
}
