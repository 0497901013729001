import AudioCapture
import Glibc
import Testing

extension CaptureTests {
  /// Each fault asserts on samples: what the card gave comes once and in order, what it did not is counted, and times hold.
  @Suite("Sound card faults")
  struct CaptureFaultTests {
    init() { #expect(TestMicrophone.isConfigured) }

    private let lastSample = Int16(TestMicrophone.frameCount - 1)

    @Test("an overrun is filled with silence of the same length")
    func overrun() throws {
      var small = CaptureSettings(device: "ramp")
      small.bufferMilliseconds = 100
      // Without a thread of its own, a reader that sleeps is a capture that is late.
      let capture = try CaptureThread(small, hasOwnThread: false)
      var hasSlept = false
      let run = CaptureRun(capture) { run in
        if run.samples.count > 4_000 && !hasSlept {
          hasSlept = true
          usleep(300_000)
        }
        return false
      }
      #expect(run.failure == nil)
      #expect(capture.counts.overrunCount >= 1)
      #expect(capture.counts.lostSampleCount > 3_000)
      #expect(run.samples.last == lastSample)
      run.expectRamp(capture.counts)
    }

    @Test("a suspension is filled with silence of the same length")
    func suspend() throws {
      let capture = try CaptureThread(CaptureSettings(device: "suspending"))
      let run = CaptureRun(capture)
      #expect(run.failure == nil)
      #expect(capture.counts.suspendCount == 1)
      #expect(capture.counts.overrunCount == 0)
      #expect(run.samples.last == lastSample)
      run.expectRamp(capture.counts)
    }

    // Two names, for a card of one name stays plugged in once it is back.
    @Test(
      "a card that returns is captured again, and the outage is silence of the same length",
      arguments: [("replugged", true), ("replugged-again", false)])
    func vanishAndComeBack(device: String, hasOwnThread: Bool) throws {
      let capture = try CaptureThread(CaptureSettings(device: device), hasOwnThread: hasOwnThread)
      let run = CaptureRun(capture)
      #expect(run.failure == nil)
      #expect(capture.counts.reconnectCount == 1)
      // The 0.4 s that it is away, and at most what passes until the next attempt.
      #expect(capture.counts.lostSampleCount > 6_400)
      #expect(run.problems == [.disconnected(device: device, errorNumber: ENODEV)])
      #expect(run.samples.last == lastSample)
      run.expectRamp(capture.counts)
    }

    @Test("a card that returns late is captured within two seconds, and the gap beyond the silence is counted")
    func longOutage() throws {
      let capture = try CaptureThread(CaptureSettings(device: "long"))
      let run = CaptureRun(capture)
      #expect(run.failure == nil)
      #expect(capture.counts.reconnectCount == 1)
      let missing = run.missing.last ?? 0
      #expect(missing > 9_600 - 1_600, "\(missing)")
      #expect(missing == capture.counts.lostSampleCount - CaptureThread.longestFillSamples)
      // Pulled out at frame 4,000 and back 2.6 s after.
      let delay = Double(capture.counts.lostSampleCount) / 16_000 - 2.6
      #expect(delay < 2, "\(delay) s")
      #expect(run.samples.last == TestMicrophone.ramp(0..<TestMicrophone.longFrameCount).last)
      run.expectRamp(capture.counts)
    }

    @Test("a card that is busy at the start is reported once and captured as soon as it is free")
    func busyForAWhile() throws {
      let capture = try CaptureThread(CaptureSettings(device: "released"))
      #expect(capture.isWaiting)
      let run = CaptureRun(capture)
      #expect(run.failure == nil)
      #expect(run.problems == [.busy(device: "released", holders: [])])
      #expect(!capture.isWaiting)
      // Time begins with the first sample.
      #expect(capture.counts == CaptureThread.Counts())
      #expect(run.samples == TestMicrophone.ramp(0..<TestMicrophone.frameCount))
    }

    @Test("a card that returns with another rate continues behind ALSA's converter, at the right time")
    func changeOfRateBehindConverter() throws {
      let capture = try CaptureThread(CaptureSettings(device: "changing"))
      let run = CaptureRun(capture)
      #expect(run.failure == nil)
      #expect(capture.counts.reconnectCount == 1)
      #expect(run.samples.count > TestMicrophone.frameCount - 3_000)
      // Resampled values lie between those of the ramp, and the converter keeps some frames back.
      let last = run.samples.count - 400
      let end = run.samples[last]
      #expect(abs(Int(end) - last) < 1_600, "\(end) at \(last)")
      let steps = zip(run.samples[(last - 4_000)..<last], run.samples[(last - 3_999)...last]).map { $1 - $0 }
      #expect(steps.allSatisfy { (0...2).contains($0) }, "\(Set(steps))")
    }

    @Test("a card that returns with another rate continues without ALSA's converter, too, at the right time")
    func changeOfRate() throws {
      let capture = try CaptureThread(CaptureSettings(device: "changed-again"))
      let run = CaptureRun(capture)
      #expect(run.failure == nil)
      #expect(capture.counts.reconnectCount == 1)
      // The filter keeps 36 samples, and ALSA less than a period.
      #expect(run.samples.count > TestMicrophone.frameCount - 1_000)
      let last = run.samples.count - 100
      let end = run.samples[last]
      #expect(abs(Int(end) - last) < 1_600, "\(end) at \(last)")
      let steps = zip(run.samples[(last - 4_000)..<last], run.samples[(last - 3_999)...last]).map { $1 - $0 }
      #expect(steps.allSatisfy { (0...2).contains($0) }, "\(Set(steps))")
    }

    @Test("a card that returns without the configured rate ends the stream, and the message names the offered rate")
    func changeOfFixedRate() throws {
      var fixed = CaptureSettings(device: "changed-fixed")
      fixed.hertz = 16_000
      let capture = try CaptureThread(fixed)
      let run = CaptureRun(capture)
      guard case .unsupportedFormat("changed-fixed", let property)? = run.failure else {
        Issue.record("the stream ended with \(String(describing: run.failure))")
        return
      }
      #expect(property == "16000 Hz; it offers 48000 Hz")
      #expect(run.samples == TestMicrophone.ramp(0..<run.samples.count))
    }

    @Test("reads of any size deliver all samples in order")
    func shortReads() throws {
      let capture = try CaptureThread(CaptureSettings(device: "pieces"))
      let run = CaptureRun(capture)
      #expect(run.failure == nil)
      #expect(run.samples == TestMicrophone.ramp(0..<TestMicrophone.frameCount))
      #expect(capture.counts == CaptureThread.Counts())
    }

    @Test("a stalled card is opened again, and the whole stall is counted")
    func stall() throws {
      var impatient = CaptureSettings(device: "revived")
      impatient.silenceLimitMilliseconds = 400
      let capture = try CaptureThread(impatient)
      let run = CaptureRun(capture)
      #expect(run.failure == nil)
      #expect(capture.counts.reconnectCount >= 1)
      #expect(capture.counts.lostSampleCount > 8_000)
      guard case .silent("revived", _)? = run.problems.first else {
        Issue.record("\(run.problems)")
        return
      }
      #expect(run.samples.last == lastSample)
      run.expectRamp(capture.counts)
    }

    @Test("stopping interrupts the wait for a card")
    func stopWhileWaiting() throws {
      let capture = try CaptureThread(CaptureSettings(device: "busy"))
      usleep(20_000)
      let start = seconds()
      capture.stop()
      #expect(seconds() - start < 0.2)
      #expect(CaptureRun(capture).failure == nil)
    }
  }
}
