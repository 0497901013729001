import AudioCapture
import Glibc
import Testing

/// Whatever goes through libasound or TCP: one at a time, for the test microphone's clock belongs to the process.
@Suite("Capture", .serialized)
struct CaptureTests {}

/// What a reader heard of a capture from its start to its end.
struct CaptureRun {
  var samples: [Int16] = []
  /// For each sample, how many were missing from the stream before it.
  var missing: [Int64] = []
  var problems: [CaptureError] = []
  /// The error that ended the stream, if one did.
  var failure: CaptureError?

  /// - Parameter until: Ends the reading before the stream ends.
  init(_ capture: CaptureThread, atMostSeconds: Double = 20, until isEnough: (CaptureRun) -> Bool = { _ in false }) {
    let chunk = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 1_600)
    defer { chunk.deallocate() }
    let deadline = seconds() + atMostSeconds
    while !isEnough(self) {
      guard seconds() < deadline else {
        Issue.record("the stream did not end within \(atMostSeconds) s")
        return
      }
      do throws(CaptureError) {
        switch try capture.read(into: chunk, waitMilliseconds: 100) {
        case .samples(let count):
          samples.append(contentsOf: chunk[..<count])
          missing += Array(repeating: capture.missingSampleCount, count: count)
        case .nothingYet: break
        case .ended: return
        }
        if let problem = capture.takeProblem() { problems.append(problem) }
      } catch {
        failure = error
        return
      }
    }
  }

  /// Checks a card whose sample at frame i is `i mod 30,000`: what it gave comes once and in order, everything else is
  /// silence and counted, and each sample stands where it was in time.
  ///
  /// - Parameter toleranceSamples: How far off an outage's length may be known: a few periods, and what a busy machine adds.
  func expectRamp(_ counts: CaptureThread.Counts, toleranceSamples: Int64 = 1_600) {
    var silentCount: Int64 = 0
    var last: Int64 = -1
    var worst: Int64 = 0
    for (position, sample) in samples.enumerated() {
      let isOfRamp = sample != 0 || position == 0 || samples[position - 1] == 29_999
      guard isOfRamp else {
        silentCount += 1
        continue
      }
      let time = Int64(position) + missing[position]
      // The frame of this value that is nearest to the time.
      let turns = (time - Int64(sample) + 15_000) / 30_000
      let frame = Int64(sample) + max(0, turns) * 30_000
      #expect(frame > last, "frame \(frame) after \(last)")
      worst = max(worst, abs(frame - time))
      last = frame
    }
    #expect(worst <= toleranceSamples, "a sample is \(worst) samples off its time")
    #expect(silentCount + (missing.last ?? 0) == counts.lostSampleCount)
    #expect(counts.droppedSampleCount == 0)
  }
}

func seconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}
