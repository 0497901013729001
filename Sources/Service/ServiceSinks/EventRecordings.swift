import AudioFiles
import CPlatform
import ListeningService
import Messages
import Synchronization

/// Keeps the audio around detections as files, each whole or not at all.
///
/// The listening thread appends what it hears to a ring of the last seconds, under a short lock and without allocating; a
/// thread of its own writes. A file is written once its last sample was heard. When the disk is so slow that the ring moves
/// on, the beginning of a recording is missing, or the recording is dropped and counted. Nothing of this ever waits
/// for a disk but the thread of its own.
///
/// A folder that vanished is not made again: it may be a disk that was taken out.
package final class EventRecordings: Sendable {
  package struct Counts: Equatable, Sendable {
    package var keptCount = 0
    /// Detections whose audio was not kept.
    package var droppedCount = 0
    package var isFailing = false
  }

  /// Detections whose audio is waited for at once; more are dropped.
  package static let mostWaiting = 32
  /// How far the ring reaches beyond a recording.
  private static let slackSamples = 16_000 * 12

  private struct Request {
    var event: ServiceEvent
    var range: Range<Int64>
  }

  private struct State {
    var audio: RecentAudio
    var requests: [Request] = []
    /// Where the next recording ends.
    var nextEnd = Int64.max
    var counts = Counts()
  }

  private struct Recording {
    var event: ServiceEvent
    var startSample: Int64
    var samples: [Int16]
  }

  private let path: String
  private let folder: Mutex<RecordingFolder>
  private let samplesBefore: Int64
  private let samplesAfter: Int64
  private let note: @Sendable (LogMessage) -> Void
  private let state: Mutex<State>
  private let thread = WorkerThread()

  /// Makes the folder where it is missing, and starts the thread, which keeps this object until ``stop()``.
  ///
  /// - Parameters:
  ///   - options: with a folder.
  ///   - note: called on any thread.
  package init(_ options: RecordingOptions, note: @escaping @Sendable (LogMessage) -> Void) throws(Failure) {
    guard let path = options.folder else { preconditionFailure("there is no folder") }
    self.path = path
    folder = Mutex(try RecordingFolder(path: path, byteLimit: Int64(options.megabytes) * 1_000_000))
    samplesBefore = Int64(options.secondsBefore * 16_000)
    samplesAfter = Int64(options.secondsAfter * 16_000)
    self.note = note
    let capacity = Int(samplesBefore + samplesAfter) + Self.slackSamples
    var state = State(audio: RecentAudio(capacity: capacity))
    state.requests.reserveCapacity(Self.mostWaiting)
    self.state = Mutex(state)
    try thread.start(name: "heed-recordings") { self.run() }
  }

  package var counts: Counts { state.withLock { $0.counts } }

  /// Appends what was heard, in the order of the stream.
  package func append(samples: UnsafeBufferPointer<Int16>) {
    let isDue = state.withLock { state in
      state.audio.append(samples)
      return Self.isDue(&state)
    }
    if isDue { thread.wake() }
  }

  /// Has the audio around a detection kept; its samples count from the first that was appended.
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

  /// Keeps what is still waited for, as far as it was heard; waits at most five seconds.
  package func stop() { thread.stop(waitMilliseconds: 5_000) }

  /// Whether the thread must be woken, which is so once for each.
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

  /// Takes out what was heard to its end, or all there is.
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
      try folder.withLock { folder throws(RecordingFolder.WriteError) in
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
      if worksAgain { note(.notice("audio is kept in \(path) again")) }
    } catch {
      let isNew = state.withLock { state in
        state.counts.droppedCount += 1
        defer { state.counts.isFailing = true }
        return !state.counts.isFailing
      }
      guard isNew else { return }
      note(
        .warning(
          "no audio can be kept in \(path): \(systemText(error.number)); make room or bring the folder back; "
            + "listening goes on"))
    }
  }
}
