import AudioCapture
import Glibc
import Recordings
import Testing

extension CaptureTests {
  @Suite("Capture through ALSA")
  struct CaptureThreadTests {
    init() { #expect(TestMicrophone.isConfigured) }

    @Test(
      "every sample arrives once, in order and in real time, and the end is reported",
      arguments: [("ramp", 1.5), ("fast", 0.375)])
    func samplesArriveInOrder(card: (device: String, seconds: Double)) throws {
      let start = seconds()
      let capture = try CaptureThread(CaptureSettings(device: card.device))
      let run = CaptureRun(capture)
      let elapsed = seconds() - start
      #expect(run.failure == nil)
      #expect(run.samples == TestMicrophone.ramp(0..<TestMicrophone.frameCount))
      #expect(elapsed > card.seconds * 0.95)
      #expect(elapsed < card.seconds + 2)
      #expect(capture.counts == CaptureThread.Counts())
    }

    @Test("a late reader causes an overrun, and the loss is counted before capturing continues")
    func overrunIsRecovered() throws {
      var small = CaptureSettings(device: "ramp")
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
      var attemptCount = 0
      while attempt == nil && attemptCount < 12 {
        attemptCount += 1
        let microphone = try Microphone(small)
        var samples: [Int16] = []
        try read(microphone, until: 1_600, into: &samples)
        let countBefore = samples.count
        usleep(300_000)
        try read(microphone, until: countBefore + 1_600, into: &samples)
        if microphone.losses.overrunCount == 1 { attempt = (microphone, samples, countBefore) }
      }
      if attemptCount > 1 { print("retried: an overrun made on purpose, \(attemptCount - 1) times") }
      let (microphone, samples, countBefore) = try #require(attempt, "no attempt of twelve had the one overrun")
      #expect(Array(samples[..<countBefore]) == TestMicrophone.ramp(0..<countBefore))
      // What is missing from the ramp is what was reported lost, to a few periods; 300 ms less at most 40 ms of buffer.
      let jump = Int64(samples[countBefore]) - Int64(samples[countBefore - 1]) - 1
      #expect(jump > 3_500)
      #expect(
        abs(jump - microphone.losses.lostSampleCount) < 800,
        "\(jump) lost, \(microphone.losses.lostSampleCount) reported")
    }

    @Test("a slow reader never delays the capture: the ring drops the newest samples and counts them")
    func slowReaderDropsSamples() throws {
      let capture = try CaptureThread(CaptureSettings(device: "ramp"), ringMilliseconds: 60)
      usleep(500_000)
      let run = CaptureRun(capture)
      #expect(run.failure == nil)
      #expect(capture.counts.overrunCount == 0)
      #expect(capture.counts.droppedSampleCount > 3_000)
      #expect(Int64(run.samples.count) + capture.counts.droppedSampleCount == Int64(TestMicrophone.frameCount))
      #expect(Array(run.samples[..<1_024]) == TestMicrophone.ramp(0..<1_024))
    }

    @Test("a card that stays unplugged ends the stream with its error after a limited number of attempts")
    func unpluggedCardEndsTheStream() throws {
      let capture = try CaptureThread(CaptureSettings(device: "unplugged"), openAttempts: 2)
      let run = CaptureRun(capture)
      #expect(run.samples.count > 6_000 && run.samples.count <= 8_000)
      guard case .cannotOpen("unplugged", ENODEV, _)? = run.failure else {
        Issue.record("the stream ended with \(String(describing: run.failure))")
        return
      }
      #expect(capture.counts.reconnectCount == 0)
    }

    @Test("a silent card ends the stream")
    func silentCardIsGivenUp() throws {
      var impatient = CaptureSettings(device: "stalling")
      impatient.silenceLimitMilliseconds = 300
      let capture = try CaptureThread(impatient, openAttempts: 0)
      let run = CaptureRun(capture)
      #expect(run.samples.count <= 4_000)
      guard case .silent("stalling", let milliseconds)? = run.failure else {
        Issue.record("the stream ended with \(String(describing: run.failure))")
        return
      }
      #expect(milliseconds >= 300)
    }

    @Test("busy, absent and unsuitable devices give different errors at once")
    func devicesThatCannotBeOpened() {
      let start = seconds()
      expectFailure("busy", openAttempts: 0) { $0 == .busy(device: "busy", holders: []) }
      expectFailure("nowhere") { if case .unknownDevice("nowhere", _) = $0 { true } else { false } }
      var mono = CaptureSettings(device: "stereo48")
      mono.channelCount = 1
      expectFailure(mono) { $0 == .unsupportedFormat(device: "stereo48", property: "1 channels; it offers 2") }
      var wide = CaptureSettings(device: "stereo48")
      wide.format = .int32
      expectFailure(wide) { $0 == .unsupportedFormat(device: "stereo48", property: "S32_LE samples; it offers S16_LE") }
      var third = CaptureSettings(device: "stereo48")
      third.channel = 2
      expectFailure(third) { $0 == .unsupportedFormat(device: "stereo48", property: "3 channels; it offers 2") }
      expectFailure("tcp://nowhere") { $0 == .badAddress(device: "tcp://nowhere") }
      #expect(seconds() - start < 2)
    }

    private func expectFailure(_ device: String, openAttempts: Int = .max, _ matches: (CaptureError) -> Bool) {
      expectFailure(CaptureSettings(device: device), openAttempts: openAttempts, matches)
    }

    private func expectFailure(
      _ settings: CaptureSettings, openAttempts: Int = .max, _ matches: (CaptureError) -> Bool
    ) {
      do throws(CaptureError) {
        _ = try CaptureThread(settings, openAttempts: openAttempts)
        Issue.record("\(settings.device) was opened")
      } catch {
        #expect(matches(error), "\(error)")
        #expect(error.description.contains(settings.device))
      }
    }

    @Test(
      "a card with a single sample format is captured without loss",
      arguments: ["S16_LE", "S24_LE", "S24_3LE", "S32_LE", "FLOAT_LE"])
    func onlyFormat(format: String) throws {
      let settings = CaptureSettings(device: "only-\(format)")
      #expect(try Microphone.layout(settings) == SampleLayout(format: SampleFormat(rawValue: format)!))
      let capture = try CaptureThread(settings)
      let run = CaptureRun(capture)
      #expect(run.failure == nil)
      #expect(run.samples == TestMicrophone.ramp(0..<TestMicrophone.frameCount))
      #expect(capture.counts == CaptureThread.Counts())
    }

    @Test("a card with a single rate is resampled, in real time", arguments: [8_000, 44_100, 48_000, 96_000])
    func onlyRate(hertz: Int) throws {
      let settings = CaptureSettings(device: "only-\(hertz)")
      #expect(try Microphone.layout(settings) == SampleLayout(format: .int32, hertz: hertz))
      let start = seconds()
      let capture = try CaptureThread(settings)
      let run = CaptureRun(capture)
      #expect(run.failure == nil)
      #expect(seconds() - start > 0.95)
      #expect(capture.counts == CaptureThread.Counts())
      // The card ends; the samples that wait for the filter's window are lost with it.
      #expect(run.samples.count > 15_900 && run.samples.count <= 16_000)
      for index in 100..<15_900 {
        let expected = TestMicrophone.tone(index, 16_000)
        guard abs(Int(run.samples[index]) - Int(expected)) > 20 else { continue }
        Issue.record("sample \(index) is \(run.samples[index]) for \(expected)")
        break
      }
    }

    @Test("a channel of a card that has more is chosen, or all are mixed, without ALSA's converter")
    func channels() throws {
      for (channel, value) in [(0, 8_000), (1, 2_000), (nil, 5_000)] as [(Int?, Int)] {
        var settings = CaptureSettings(device: "stereo48")
        settings.channel = channel
        let run = CaptureRun(try CaptureThread(settings))
        #expect(run.failure == nil)
        #expect(run.samples.count > 7_900)
        #expect(run.samples.dropFirst(100).dropLast(100).allSatisfy { abs(Int($0) - value) < 10 }, "\(value)")
      }
    }

    @Test("the gain amplifies a card's samples")
    func gain() throws {
      var settings = CaptureSettings(device: "stereo48")
      settings.channel = 1
      settings.gainDecibels = 12
      let run = CaptureRun(try CaptureThread(settings))
      #expect(run.samples.dropFirst(100).dropLast(100).allSatisfy { abs(Int($0) - 7_962) < 10 })
    }

    @Test("a source that was never opened does not count as open after the last attempt")
    func neverOpened() throws {
      let capture = try CaptureThread(CaptureSettings(device: "busy"), openAttempts: 1)
      let run = CaptureRun(capture)
      #expect(run.failure == .busy(device: "busy", holders: []))
      #expect(capture.isWaiting)
    }

    @Test("two cards are captured at the same time through one event")
    func twoCards() throws {
      let event = try CaptureEvent()
      let captures = try ["ramp", "only-S32_LE"].map { try CaptureThread(CaptureSettings(device: $0), event: event) }
      let chunk = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 1_600)
      defer { chunk.deallocate() }
      var samples: [[Int16]] = [[], []]
      var ended = [false, false]
      let deadline = seconds() + 10
      while ended.contains(false), seconds() < deadline {
        var hasHeard = false
        for index in captures.indices where !ended[index] {
          switch try captures[index].read(into: chunk, waitMilliseconds: 0) {
          case .samples(let count):
            samples[index] += chunk[..<count]
            hasHeard = true
          case .nothingYet: break
          case .ended: ended[index] = true
          }
        }
        if !hasHeard { event.wait(milliseconds: 1_000) }
      }
      let ramp = TestMicrophone.ramp(0..<TestMicrophone.frameCount)
      #expect(samples == [ramp, ramp])
    }

    @Test("a card with another rate and channel count works through ALSA's converter")
    func convertedCard() throws {
      let capture = try CaptureThread(CaptureSettings(device: "converted"))
      let run = CaptureRun(capture)
      #expect(run.failure == nil)
      // Half a second; the converter keeps less than a period at the end.
      #expect(run.samples.count > 7_000 && run.samples.count <= 8_000)
      #expect(run.samples[2_000..<6_000].allSatisfy { (1_980...8_020).contains($0) && $0 == run.samples[2_000] })
    }

    @Test("stopping ends the thread at once, and samples already captured can still be read")
    func stopEndsTheThread() throws {
      let capture = try CaptureThread(CaptureSettings(device: "endless"))
      usleep(300_000)
      let start = seconds()
      capture.stop()
      #expect(seconds() - start < 0.5)
      let run = CaptureRun(capture)
      #expect(run.failure == nil)
      #expect(run.samples.count > 1_600)
      #expect(run.samples == TestMicrophone.ramp(0..<run.samples.count))
    }
  }
}
