import CFrameThread
import KeywordSpotting
import SampleRing

/// The path of the samples through a device, in one thread: ring, front end, encoder, matcher, verifier, decision,
/// detection.
///
/// This is the part of `cooee listen` between the read from the sound card and the write of a line, which are both
/// system calls.
final class FramePath {
  private let spotter: KeywordSpotter
  private let samples: UnsafeBufferPointer<Int16>
  private let ring: SampleRing
  private let pieces: UnsafeMutableBufferPointer<Int16>
  private let misdeed: Misdeed
  private let isWatched: Bool
  /// Detections by phrase.
  private(set) var eventCounts: [Int]
  private(set) var candidateCount = 0

  private static let ringSamples = 4_096
  /// 20 ms, like the period of a sound card.
  private static let periodSamples = 320

  /// - Parameter isWatched: whether RealtimeSanitizer checks the thread; otherwise the kernel can.
  init(_ spotter: KeywordSpotter, _ samples: UnsafeBufferPointer<Int16>, misdeed: Misdeed, isWatched: Bool) {
    self.spotter = spotter
    self.samples = samples
    self.misdeed = misdeed
    self.isWatched = isWatched
    let memory = UnsafeMutableBufferPointer<Int16>.allocate(capacity: Self.ringSamples)
    memory.initialize(repeating: 0)
    ring = SampleRing(over: memory)
    pieces = .allocate(capacity: Self.periodSamples)
    pieces.initialize(repeating: 0)
    eventCounts = [Int](repeating: 0, count: spotter.enrollments.count)
    misdeed.prepare()
  }

  /// Processes everything in a separate thread.
  ///
  /// - Returns: 0, or the errno of the thread's setup.
  func runOnThread() -> Int32 {
    cooee_test_run_frame_thread(
      { Unmanaged<FramePath>.fromOpaque($0!).takeUnretainedValue().run() }, Unmanaged.passUnretained(self).toOpaque(),
      !isWatched)
  }

  /// Processes everything and the end of the stream. Nothing was processed before, so allocations at first use count,
  /// too.
  private func run() {
    if isWatched { cooee_test_realtime_enter() }
    var start = 0
    while start < samples.count {
      let end = min(start &+ Self.periodSamples, samples.count)
      ring.write(UnsafeBufferPointer(rebasing: samples[start..<end]))
      start = end
      let count = ring.read(into: pieces)
      spotter.process(
        UnsafeBufferPointer(rebasing: pieces[..<count]), onCandidate: { _ in candidateCount &+= 1 },
        onDetection: note)
    }
    spotter.finish(onCandidate: { _ in candidateCount &+= 1 }, onDetection: note)
    if isWatched { cooee_test_realtime_exit() }
  }

  private func note(_ detection: Detection) {
    eventCounts[detection.phraseIndex] &+= 1
    misdeed.commit()
  }
}
