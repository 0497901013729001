import AudioCapture
import CPlatform
import DetectionEvents
import DeviceSetup
import Listening
import Messages

/// The work of the listening thread, round by round: requests, audio, events and messages.
///
/// Used only by the thread once it runs.
final class LocalListenerThread: @unchecked Sendable {
  private var setup: ListeningSetup
  /// The index of the microphone among those of the setup.
  private let index: Int
  private let loop: ListeningLoop
  /// The thresholds of the phrases, by text.
  private var thresholds: [String: Float] = [:]
  private let outlets: LocalListener.Outlets
  private let takeRequests: () -> [LocalListener.Request]

  private var capture: CaptureThread?
  private var blocks = LevelBlocks()
  private var levels = RecentLevels()
  /// 0.5 s: the watchers of the scores wait for rejected candidates.
  private var merger = CandidateMerger(holdSamples: 8_000)
  private var state: MicrophoneState
  private var told: MicrophoneState?
  private var progress = LocalListener.Progress()
  /// The counts of previous microphones.
  private var countsBefore = CaptureThread.Counts()
  private var detectionCount = 0
  /// Whether the stream of this device has ended.
  private var hasEnded = false
  /// When to try again to open the microphone, in nanoseconds of the monotonic clock.
  private var nextAttempt: Int64 = 0
  private var nextStateReport: Int64 = 0

  /// The interval between attempts after a failure that does not go away without user action.
  private static let attemptNanoseconds: Int64 = 5_000_000_000

  init(
    _ setup: ListeningSetup, _ index: Int, _ phrases: OpenPhrases, _ outlets: LocalListener.Outlets,
    takeRequests: @escaping () -> [LocalListener.Request]
  ) {
    self.setup = setup
    self.index = index
    self.outlets = outlets
    self.takeRequests = takeRequests
    let source = setup.sources[index]
    state = MicrophoneState(source, index: index)
    loop = ListeningLoop(setup.spotting(phrases), source, outlets.notice)
    noteThresholds()
  }

  func run() {
    while true {
      for request in takeRequests() {
        switch request {
        case .setup(let setup, let phrases): take(setup, phrases)
        case .phrases(let phrases): take(phrases)
        case .device(let device): take(NamedSource(name: state.name, device: device))
        case .stop: return finish()
        }
      }
      hear()
    }
  }

  // MARK: Requests

  private func take(_ phrases: OpenPhrases) {
    loop.session.exchange(phrases, configuration: setup.spotter)
    noteThresholds()
  }

  private func take(_ setup: ListeningSetup, _ phrases: OpenPhrases) {
    let (source, before) = (setup.sources[index], self.setup.sources[index])
    let isSame = source == before && setup.capture(source.device) == self.setup.capture(source.device)
    self.setup = setup
    take(phrases)
    if !isSame { take(source) }
  }

  private func take(_ source: NamedSource) {
    closeMicrophone()
    state = MicrophoneState(source, index: index)
    levels = RecentLevels()
    loop.change(to: source)
    nextAttempt = 0
    hasEnded = false
  }

  private func noteThresholds() {
    let phrases = loop.session.phrases
    thresholds = Dictionary(zip(phrases.texts, phrases.thresholds)) { $1 }
  }

  // MARK: Audio

  /// Processes the next audio. If there is none, waits up to 0.1 s.
  private func hear() {
    guard let capture = capture ?? openMicrophone() else { return platform_sleep_milliseconds(50) }
    do throws(CaptureError) {
      switch try loop.round(from: capture, waitMilliseconds: 100) {
      case .samples(let samples, let events): note(samples, events)
      case .nothingYet: break
      case .ended:
        hasEnded = true
        tellRest()
        closeMicrophone()
        state.condition = .none
        outlets.notice(.notice("the stream of \(state.device) has ended"))
        outlets.ended()
      }
    } catch {
      fail(error.description)
    }
    noteProgress()
  }

  private func note(_ samples: UnsafeBufferPointer<Int16>, _ events: [DetectionEvent]) {
    // Samples first: the recording of a detection is cut from them.
    outlets.samples(samples)
    progress.spottingNanoseconds = loop.spottingNanoseconds
    progress.heardSamples = loop.heardSampleCount
    state.heardSamples += Int64(samples.count)
    tell(merger.add(events, at: progress.heardSamples))
    if let level = blocks.add(samples, isClipping: loop.levels.isClipping) {
      levels.add(level)
      outlets.level(level)
    }
    state.verdict = levels.verdict(problem: loop.levels.problem)
  }

  /// Reports what is pending at the end of a stream.
  private func tellRest() { tell(merger.add(loop.finish(), at: loop.heardSampleCount) + merger.finish()) }

  private func tell(_ events: [DetectionEvent]) {
    guard !events.isEmpty else { return }
    let milliseconds = ServiceEvent.currentMilliseconds
    func noted(_ event: DetectionEvent) -> ServiceEvent {
      ServiceEvent(detection: event, milliseconds: milliseconds, threshold: thresholds[event.phrase] ?? 1)
    }
    for event in loop.timed(events) { outlets.candidate(noted(event)) }
    for event in events where event.detected {
      detectionCount += 1
      outlets.detection(noted(event))
    }
  }

  private func noteProgress() {
    if let capture {
      loop.reportChanges(of: capture)
      state.counts = capture.counts
      state.condition =
        capture.isWaiting ? .waiting(loop.monitor.problem ?? "\(state.device) is not available yet") : .listening
    }
    progress.counts = countsBefore + state.counts
    outlets.progress(progress)
    let now = platform_monotonic_nanoseconds()
    guard
      state.condition != told?.condition || state.device != told?.device || state.verdict != told?.verdict
        || now >= nextStateReport
    else { return }
    nextStateReport = now + 1_000_000_000
    told = state
    outlets.microphone(state)
  }

  // MARK: The microphone

  private func openMicrophone() -> CaptureThread? {
    guard !hasEnded else { return nil }
    let now = platform_monotonic_nanoseconds()
    guard now >= nextAttempt else { return nil }
    nextAttempt = now + Self.attemptNanoseconds
    do throws(Failure) {
      let opened = try setup.openCapture(state.device)
      capture = opened
      return opened
    } catch {
      note(.failed(error.message))
      return nil
    }
  }

  /// Closes the microphone after an unrecoverable error; it is tried again every few seconds.
  private func fail(_ reason: String) {
    closeMicrophone()
    nextAttempt = platform_monotonic_nanoseconds() + Self.attemptNanoseconds
    note(.failed(reason))
  }

  private func note(_ condition: MicrophoneState.Condition) {
    if case .failed(let reason) = condition, condition != state.condition {
      outlets.notice(.warning("\(reason); trying again every few seconds"))
    }
    state.condition = condition
    noteProgress()
  }

  private func closeMicrophone() {
    guard let capture else { return }
    loop.close(capture)
    countsBefore = countsBefore + capture.counts
    state.counts = CaptureThread.Counts()
    self.capture = nil
  }

  private func finish() {
    if let capture {
      capture.stop()
      // Process the samples left in the ring.
      while case .samples(let samples, let events)? = try? loop.round(from: capture, waitMilliseconds: 0) {
        note(samples, events)
      }
    }
    tellRest()
    noteProgress()
    outlets.notice(.information(loop.summary(detectionCount: detectionCount)))
    closeMicrophone()
  }
}

extension CaptureThread.Counts {
  static func + (first: Self, second: Self) -> Self {
    var sum = first
    sum.overrunCount += second.overrunCount
    sum.suspendCount += second.suspendCount
    sum.reconnectCount += second.reconnectCount
    sum.lostSampleCount += second.lostSampleCount
    sum.droppedSampleCount += second.droppedSampleCount
    return sum
  }
}
