import AudioCapture
import DeviceSetup
import Listening
import Messages
import Synchronization

/// Listens to this machine's own microphone on a thread of its own, until it is stopped: whatever happens to the microphone,
/// the phrases or those who take the events.
///
/// ```text
/// CaptureThread → SpottingSession → candidates, detections → outlets
/// ```
///
/// Phrases, the whole setup and the microphone can be exchanged meanwhile; nothing that is being said is lost over phrases.
/// For any thread.
package final class LocalListener: MicrophoneChoosing {
  /// Where things go. Called from the listening thread, and none may hold it up.
  package struct Outlets: Sendable {
    /// What comes in, before it is listened to.
    package var samples: @Sendable (UnsafeBufferPointer<Int16>) -> Void = { _ in }
    /// Each candidate, detected or not; its samples count by the clock, those that were not recorded included.
    package var candidate: @Sendable (ServiceEvent) -> Void = { _ in }
    /// Each detection, its samples counted among those that `samples` was given.
    package var detection: @Sendable (ServiceEvent) -> Void = { _ in }
    package var level: @Sendable (SoundLevel) -> Void = { _ in }
    package var microphone: @Sendable (MicrophoneState) -> Void = { _ in }
    /// After each piece of audio: what was heard so far, and the processor time that it took.
    package var progress: @Sendable (Progress) -> Void = { _ in }
    /// The stream is over for good: standard input or a recording was heard to its end.
    package var ended: @Sendable () -> Void = {}
    /// Messages for a person.
    package var notice: @Sendable (LogMessage) -> Void = { _ in }

    package init() {}
  }

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
  /// Rounds of the loop, for whoever watches over the thread.
  private let rounds = Atomic<Int>(0)
  private let thread = WorkerThread()

  package init() {}

  /// Rises several times a second as long as the thread is well.
  package var roundCount: Int { rounds.load(ordering: .relaxed) }

  /// Starts the thread.
  package func start(_ setup: ListeningSetup, _ phrases: OpenPhrases, _ outlets: Outlets) throws(Failure) {
    let loop = ListenerLoop(setup, phrases, outlets) { [self] in
      rounds.add(1, ordering: .relaxed)
      return requests.withLock { waiting in
        defer { waiting = [] }
        return waiting
      }
    }
    try thread.start(name: "heed-listener") { loop.run() }
  }

  /// Ends the thread, once what was heard is decided and told; waits at most half a minute.
  package func stop() {
    requests.withLock { $0.append(.stop) }
    thread.stop(waitMilliseconds: 30_000)
  }

  /// Goes on with other phrases, which were opened with the setup that is in force.
  package func exchange(_ phrases: OpenPhrases) { requests.withLock { $0.append(.phrases(phrases)) } }

  /// Goes on with another configuration of the same model, and with phrases that were opened with it.
  package func exchange(_ setup: ListeningSetup, _ phrases: OpenPhrases) {
    requests.withLock { $0.append(.setup(setup, phrases)) }
  }

  package func listen(to device: String) { requests.withLock { $0.append(.device(device)) } }
}
