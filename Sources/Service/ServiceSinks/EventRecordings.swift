import AudioFiles
import CPlatform
import ListeningService
import Messages
import Synchronization

/// Keeps the audio around detections as files. Each file is complete or absent.
///
/// The listening thread appends its samples to a ring of the last seconds, under a short lock and without allocation. A
/// separate thread writes a file once its last sample has arrived. If the disk is so slow that the ring moves on, the
/// recording lacks its beginning, or it is dropped and counted. Only the writing thread waits for the disk.
///
/// A folder that has disappeared is not created again: it may be on a removed disk.
package final class EventRecordings: Sendable {
  /// The results since the start.
  package struct Counts: Equatable, Sendable {
    package var keptCount = 0
    /// Detections whose audio was not kept.
    package var droppedCount = 0
    /// Whether the last recording could not be written.
    package var isFailing = false
  }

  /// The most detections that may wait for their audio; further ones are dropped.
  package static let mostWaiting = 32
  /// The length of the ring beyond the length of a recording.
  private static let slackSamples = 16_000 * 12

  private struct Request {
    var event: ServiceEvent
    var range: Range<Int64>
  }

  private struct State {
    var audio: RecentAudio
    var requests: [Request] = []
    /// The end of the recording that ends first.
    var nextEnd = Int64.max
    var counts = Counts()
  }

  private struct Recording {
    var event: ServiceEvent
    var startSample: Int64
    var samples: [Int16]
  }

  /// The folder, which several recorders may share.
  private final class Folder: Sendable {
    let folder: Mutex<RecordingFolder>

    init(path: String, byteLimit: Int64) throws(Failure) {
      folder = Mutex(try RecordingFolder(path: path, byteLimit: byteLimit))
    }
  }

  private let path: String
  private let folder: Folder
  private let samplesBefore: Int64
  private let samplesAfter: Int64
  private let note: @Sendable (LogMessage) -> Void
  private let state: Mutex<State>
  private let thread = WorkerThread()

  /// Creates the folder if necessary and starts the thread, which keeps this object alive until ``stop()``.
  ///
  /// - Parameters:
  ///   - options: Must have a folder.
  ///   - other: The recorder of another microphone with the same options, whose folder is used.
  ///   - note: Receives messages; called on any thread.
  /// - Throws: A failure if the folder cannot be used or the thread cannot be started.
  package init(
    _ options: RecordingOptions, sharing other: EventRecordings? = nil, note: @escaping @Sendable (LogMessage) -> Void
  ) throws(Failure) {
    guard let path = options.folder else { preconditionFailure("there is no folder") }
    self.path = path
    if let other {
      folder = other.folder
    } else {
      folder = try Folder(path: path, byteLimit: Int64(options.megabytes) * 1_000_000)
    }
    samplesBefore = Int64(options.secondsBefore * 16_000)
    samplesAfter = Int64(options.secondsAfter * 16_000)
    self.note = note
    let capacity = Int(samplesBefore + samplesAfter) + Self.slackSamples
    var state = State(audio: RecentAudio(capacity: capacity))
    state.requests.reserveCapacity(Self.mostWaiting)
    self.state = Mutex(state)
    try thread.start(name: "cooee-recorder") { self.run() }
  }

  /// The current counts.
  package var counts: Counts { state.withLock { $0.counts } }

  /// Appends the next samples of the stream.
  package func append(samples: UnsafeBufferPointer<Int16>) {
    let isDue = state.withLock { state in
      state.audio.append(samples)
      return Self.isDue(&state)
    }
    if isDue { thread.wake() }
  }

  /// Requests a recording of a detection. The detection's times count the appended samples.
  package func keep(_ event: ServiceEvent) {
    let end = max(event.detection.endSample, 0)
    let start = max(0, min(event.detection.startSample, end - samplesBefore))
    let isDue = state.withLock { state in
      guard state.requests.count < Self.mostWaiting else {
        state.counts.droppedCount += 1
        return false
      }
      state.requests.append(Request(event: event, range: start..<end + samplesAfter))
      state.nextEnd = min(state.nextEnd, end + samplesAfter)
      return Self.isDue(&state)
    }
    if isDue { thread.wake() }
  }

  /// Writes the pending recordings as far as their samples have arrived; waits at most five seconds.
  package func stop() { thread.stop(waitMilliseconds: 5_000) }

  /// Whether the thread must be woken; true once per recording.
  private static func isDue(_ state: inout State) -> Bool {
    guard state.nextEnd <= state.audio.endSample else { return false }
    state.nextEnd = .max
    return true
  }

  private func run() {
    while true {
      let isLast = thread.isStopping
      for recording in takeRecordings(all: isLast) { write(recording) }
      if isLast { return }
      thread.sleep(milliseconds: 60_000)
    }
  }

  /// Takes the recordings whose samples are complete, or all.
  private func takeRecordings(all: Bool) -> [Recording] {
    state.withLock { state in
      var recordings: [Recording] = []
      var waiting: [Request] = []
      waiting.reserveCapacity(Self.mostWaiting)
      for request in state.requests {
        guard all || request.range.upperBound <= state.audio.endSample else {
          waiting.append(request)
          continue
        }
        let (start, samples) = state.audio.samples(request.range)
        if samples.isEmpty {
          state.counts.droppedCount += 1
        } else {
          recordings.append(Recording(event: request.event, startSample: start, samples: samples))
        }
      }
      state.requests = waiting
      state.nextEnd = waiting.map { $0.range.upperBound }.min() ?? .max
      return recordings
    }
  }

  private func write(_ recording: Recording) {
    let event = recording.event
    do throws(RecordingFolder.WriteError) {
      let wave = WaveFileBytes.encoded(recording.samples)
      try folder.folder.withLock { folder throws(RecordingFolder.WriteError) in
        _ = try folder.keep(milliseconds: event.milliseconds, phrase: event.detection.phrase, wave: wave) { name in
          var object = event.json
          object.add("audio", name)
          object.add("audio_start", Double(recording.startSample) / 16_000)
          return object.encoded + [UInt8(ascii: "\n")]
        }
      }
      let worksAgain = state.withLock { state in
        state.counts.keptCount += 1
        defer { state.counts.isFailing = false }
        return state.counts.isFailing
      }
      if worksAgain { note(.notice("keeping audio in \(path) again")) }
    } catch {
      let isNew = state.withLock { state in
        state.counts.droppedCount += 1
        defer { state.counts.isFailing = true }
        return !state.counts.isFailing
      }
      guard isNew else { return }
      note(
        .warning(
          "cannot keep audio in \(path): \(systemText(error.number)); free disk space or restore the folder; "
            + "listening continues"))
    }
  }
}
