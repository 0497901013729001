import AudioCapture
import DeviceSetup
import Listening
import Messages
import Synchronization

/// Listens to this machine's microphone on a separate thread until it is stopped, regardless of failures of the
/// microphone, the phrases, or the receivers.
///
/// ```text
/// CaptureThread → SpottingSession → candidates, detections → outlets
/// ```
///
/// The phrases, the setup and the microphone can be exchanged while it runs. Exchanging phrases loses no audio. Any
/// thread may use it.
package final class LocalListener: MicrophoneChoosing {
  /// The receivers. They are called from the listening thread and must return quickly.
  package struct Outlets: Sendable {
    /// The samples, before they are processed.
    package var samples: @Sendable (UnsafeBufferPointer<Int16>) -> Void = { _ in }
    /// Each candidate, detected or not. Its times include samples that were not recorded.
    package var candidate: @Sendable (ServiceEvent) -> Void = { _ in }
    /// Each detection. Its times count the samples passed to `samples`.
    package var detection: @Sendable (ServiceEvent) -> Void = { _ in }
    /// The level of each 0.1 s.
    package var level: @Sendable (SoundLevel) -> Void = { _ in }
    /// The state of the microphone, once a second and on changes.
    package var microphone: @Sendable (MicrophoneState) -> Void = { _ in }
    /// The progress, after each piece of audio.
    package var progress: @Sendable (Progress) -> Void = { _ in }
    /// The end of the stream: stdin or a recording was processed to its end.
    package var ended: @Sendable () -> Void = {}
    /// Messages for the user.
    package var notice: @Sendable (LogMessage) -> Void = { _ in }

    package init() {}
  }

  /// The audio processed so far, and the processor time for it.
  package struct Progress: Sendable, Equatable {
    package var heardSamples: Int64 = 0
    package var spottingNanoseconds: Int64 = 0
    package var counts = CaptureThread.Counts()
  }

  enum Request: Sendable {
    case setup(ListeningSetup, OpenPhrases)
    case phrases(OpenPhrases)
    case device(String)
    case stop
  }

  private let requests = Mutex<[Request]>([])
  /// The number of rounds of the loop.
  private let rounds = Atomic<Int>(0)
  private let thread = WorkerThread()

  package init() {}

  /// Increases several times a second while the thread works. Use it to detect a hang.
  package var roundCount: Int { rounds.load(ordering: .relaxed) }

  /// Starts the thread.
  ///
  /// - Parameter index: The index of the microphone among those of the setup.
  /// - Throws: `internalError` if the thread cannot be started.
  package func start(
    _ setup: ListeningSetup, _ index: Int, _ phrases: OpenPhrases, _ outlets: Outlets
  ) throws(Failure) {
    let loop = LocalListenerThread(setup, index, phrases, outlets) { [self] in
      rounds.add(1, ordering: .relaxed)
      return requests.withLock { waiting in
        defer { waiting = [] }
        return waiting
      }
    }
    try thread.start(name: "cooee-listener") { loop.run() }
  }

  /// Stops the thread after pending detections are reported; waits at most 30 s.
  package func stop() {
    requests.withLock { $0.append(.stop) }
    thread.stop(waitMilliseconds: 30_000)
  }

  /// Switches to other phrases. They must have been opened with the current setup.
  package func exchange(_ phrases: OpenPhrases) { requests.withLock { $0.append(.phrases(phrases)) } }

  /// Switches to another configuration with the same model and number of microphones, and to phrases that were opened
  /// with it.
  package func exchange(_ setup: ListeningSetup, _ phrases: OpenPhrases) {
    requests.withLock { $0.append(.setup(setup, phrases)) }
  }

  /// Switches to another microphone or stream.
  package func listen(to device: String) { requests.withLock { $0.append(.device(device)) } }
}
