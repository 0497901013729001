import AudioCapture
import Glibc
import Testing

/// One device of the test microphone at a time, for its clock belongs to the process.
@Suite("Capture through ALSA", .serialized)
struct CaptureThreadTests {
  init() { #expect(TestMicrophone.isConfigured) }

  private func settings(_ device: String) -> MicrophoneSettings { MicrophoneSettings(device: device) }

  /// Reads to the end. Returns the samples and the error that ended the stream, if one did.
  private func readAll(
    _ capture: CaptureThread, atMostSeconds: Double = 20
  ) -> (samples: [Int16], failure: CaptureError?) {
    let chunk = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 1_600)
    defer { chunk.deallocate() }
    var samples: [Int16] = []
    let deadline = seconds() + atMostSeconds
    while seconds() < deadline {
      do throws(CaptureError) {
        switch try capture.read(into: chunk, waitMilliseconds: 100) {
        case .samples(let count): samples.append(contentsOf: chunk[..<count])
        case .nothingYet: continue
        case .ended: return (samples, nil)
        }
      } catch {
        return (samples, error)
      }
    }
    Issue.record("the stream did not end within \(atMostSeconds) s")
    return (samples, nil)
  }

  private func seconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }

  @Test(
    "every sample arrives once, in order, at the card's pace, and the end is told",
    arguments: [("ramp", 1.5), ("fast", 0.375)])
  func samplesArriveInOrder(card: (device: String, seconds: Double)) throws {
    let start = seconds()
    let capture = try CaptureThread(settings(card.device))
    let (samples, failure) = readAll(capture)
    let elapsed = seconds() - start
    #expect(failure == nil)
    #expect(samples == TestMicrophone.ramp(0..<TestMicrophone.frameCount))
    #expect(elapsed > card.seconds * 0.95)
    #expect(elapsed < card.seconds + 2)
    #expect(capture.counts == CaptureThread.Counts())
  }

  @Test("a reader that comes too late finds an overrun, knows how much is lost, and goes on at the present")
  func overrunIsRecovered() throws {
    var small = settings("ramp")
    small.bufferMilliseconds = 40
    small.periodMilliseconds = 10
    let chunk = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 160)
    defer { chunk.deallocate() }
    func read(_ microphone: Microphone, until wanted: Int, into samples: inout [Int16]) throws {
      while samples.count < wanted {
        if case .samples(let count) = try microphone.read(into: chunk, waitMilliseconds: 100) {
          samples.append(contentsOf: chunk[..<count])
        }
      }
    }
    // A busy machine may itself keep the reader away for longer than the buffer lasts: such an attempt has one overrun more
    // than was made here, and shows nothing.
    var attempt: (microphone: Microphone, samples: [Int16], countBefore: Int)?
    for _ in 0..<12 where attempt == nil {
      let microphone = try Microphone(small)
      var samples: [Int16] = []
      try read(microphone, until: 1_600, into: &samples)
      let countBefore = samples.count
      usleep(300_000)
      try read(microphone, until: countBefore + 1_600, into: &samples)
      if microphone.overrunCount == 1 { attempt = (microphone, samples, countBefore) }
    }
    let (microphone, samples, countBefore) = try #require(attempt, "no attempt of twelve had the one overrun")
    #expect(Array(samples[..<countBefore]) == TestMicrophone.ramp(0..<countBefore))
    // What is missing from the ramp is what was reported lost, to a few periods; 300 ms less at most 40 ms of buffer.
    let jump = Int64(samples[countBefore]) - Int64(samples[countBefore - 1]) - 1
    #expect(jump > 3_500)
    #expect(abs(jump - microphone.lostSampleCount) < 800, "\(jump) lost, \(microphone.lostSampleCount) reported")
  }

  @Test("a slow reader never holds the capture up: the ring drops the newest and counts them")
  func slowReaderDropsSamples() throws {
    let capture = try CaptureThread(settings("ramp"), ringMilliseconds: 60)
    usleep(500_000)
    let (samples, failure) = readAll(capture)
    #expect(failure == nil)
    #expect(capture.counts.overrunCount == 0)
    #expect(capture.counts.droppedSampleCount > 3_000)
    #expect(Int64(samples.count) + capture.counts.droppedSampleCount == Int64(TestMicrophone.frameCount))
    #expect(Array(samples[..<1_024]) == TestMicrophone.ramp(0..<1_024))
  }

  @Test("after a suspension the stream goes on and the time is kept")
  func suspensionIsRecovered() throws {
    let capture = try CaptureThread(settings("suspending"))
    let (samples, failure) = readAll(capture)
    #expect(failure == nil)
    #expect(capture.counts.suspendCount == 1)
    #expect(capture.counts.overrunCount == 0)
    #expect(abs(samples.count - TestMicrophone.frameCount) < 1_000)
    #expect(samples.last == TestMicrophone.ramp(0..<TestMicrophone.frameCount).last)
  }

  @Test("a card that is pulled out and stays out ends the stream with its error, after bounded attempts")
  func unpluggedCardEndsTheStream() throws {
    let capture = try CaptureThread(settings("unplugged"), reconnectAttempts: 2)
    let (samples, failure) = readAll(capture)
    #expect(samples.count > 6_000 && samples.count <= 8_000)
    guard case .cannotOpen("unplugged", ENODEV, _)? = failure else {
      Issue.record("the stream ended with \(String(describing: failure))")
      return
    }
    #expect(capture.counts.reconnectCount == 0)
  }

  @Test("a card that comes back is opened again and the outage is filled with silence")
  func repluggedCardGoesOn() throws {
    let capture = try CaptureThread(settings("replugged"))
    let (samples, failure) = readAll(capture)
    #expect(failure == nil)
    #expect(capture.counts.reconnectCount == 1)
    #expect(capture.counts.lostSampleCount > 4_000)
    #expect(samples.contains(0))
    #expect(samples.last == TestMicrophone.ramp(0..<TestMicrophone.frameCount).last)
    #expect(abs(samples.count - TestMicrophone.frameCount) < 2_000)
  }

  @Test("a card that says nothing is given up")
  func silentCardIsGivenUp() throws {
    var impatient = settings("stalling")
    impatient.silenceLimitMilliseconds = 300
    let capture = try CaptureThread(impatient, reconnectAttempts: 0)
    let (samples, failure) = readAll(capture)
    #expect(samples.count <= 4_000)
    guard case .silent("stalling", let milliseconds)? = failure else {
      Issue.record("the stream ended with \(String(describing: failure))")
      return
    }
    #expect(milliseconds >= 300)
  }

  @Test("a busy, an absent and a useless device are told apart at once")
  func devicesThatCannotBeOpened() {
    let start = seconds()
    expectFailure("busy") { if case .cannotOpen("busy", EBUSY, _) = $0 { true } else { false } }
    expectFailure("nowhere") { if case .cannotOpen("nowhere", ENOENT, _) = $0 { true } else { false } }
    expectFailure("stereo48") { if case .unsupportedFormat("stereo48", _) = $0 { true } else { false } }
    #expect(seconds() - start < 2)
  }

  private func expectFailure(_ device: String, _ matches: (CaptureError) -> Bool) {
    do throws(CaptureError) {
      _ = try CaptureThread(settings(device))
      Issue.record("\(device) was opened")
    } catch {
      #expect(matches(error), "\(error)")
      #expect(error.description.contains(device))
    }
  }

  @Test("a card of another rate and channel count works through ALSA's converter")
  func convertedCard() throws {
    let capture = try CaptureThread(settings("converted"))
    let (samples, failure) = readAll(capture)
    #expect(failure == nil)
    // Half a second; the converter keeps less than a period at the end.
    #expect(samples.count > 7_000 && samples.count <= 8_000)
    #expect(samples[2_000..<6_000].allSatisfy { abs(Int($0) - 8_000) < 20 })
  }

  @Test("stopping ends the thread at once and leaves what was read")
  func stopEndsTheThread() throws {
    let capture = try CaptureThread(settings("endless"))
    usleep(300_000)
    let start = seconds()
    capture.stop()
    #expect(seconds() - start < 0.5)
    let (samples, failure) = readAll(capture)
    #expect(failure == nil)
    #expect(samples.count > 1_600)
    #expect(samples == TestMicrophone.ramp(0..<samples.count))
  }
}
