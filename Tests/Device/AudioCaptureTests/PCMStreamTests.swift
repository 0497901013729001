import AudioCapture
import AudioFiles
import CSndFile
import Glibc
import Testing

extension CaptureTests {
  @Suite("Raw PCM streams")
  struct PCMStreamTests {
    /// Never 0, which stands for what was not recorded.
    private func tone(_ count: Int, from start: Int = 0) -> [Int16] {
      (start..<(start + count)).map { Int16($0 % 20_000 + 1) }
    }

    private func bytes(_ samples: [Int16]) -> [UInt8] {
      samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    }

    private func settings(_ device: String) -> CaptureSettings { CaptureSettings(device: device) }

    @Test("a connection to a host delivers whole samples, however they are split")
    func connection() throws {
      let (waiting, port) = Peer.waiting()
      let capture = try CaptureThread(settings("tcp://127.0.0.1:\(port)"))
      let sender = try #require(waiting.accept())
      let samples = tone(3_000)
      var rest = bytes(samples)[...]
      var size = 1
      let run = CaptureRun(capture) { run in
        rest = rest.dropFirst(sender.send(rest.prefix(size)))
        size = size % 911 + 2
        return run.samples.count == samples.count
      }
      #expect(run.samples == samples)
      #expect(capture.counts == CaptureThread.Counts())
    }

    @Test("a vanished sender is awaited, an incomplete sample is dropped, and the outage becomes silence")
    func senderVanishes() throws {
      let (waiting, port) = Peer.waiting()
      let device = "tcp://127.0.0.1:\(port)"
      let capture = try CaptureThread(settings(device))
      var sender = waiting.accept()
      #expect(sender?.send(bytes(tone(1_000)) + [77]) == 2_001)
      let before = CaptureRun(capture) { $0.samples.count == 1_000 }
      #expect(before.samples == tone(1_000))
      sender = nil
      let outage = CaptureRun(capture) { !$0.problems.isEmpty }
      sender = waiting.accept(withinSeconds: 2)
      #expect(sender?.send(bytes(tone(1_000, from: 1_000))) == 2_000)
      let after = CaptureRun(capture) { $0.samples.last == 2_000 }
      #expect(outage.problems == [.closed(device: device)] && after.problems.isEmpty)
      #expect(capture.counts.reconnectCount == 1)
      let lost = Int(capture.counts.lostSampleCount)
      #expect(lost > 3_000 && lost < 32_000)
      #expect(outage.samples + after.samples == Array(repeating: 0, count: lost) + tone(1_000, from: 1_000))
    }

    @Test("a silent sender counts as disconnected")
    func senderFallsSilent() throws {
      let (waiting, port) = Peer.waiting()
      var impatient = settings("tcp://127.0.0.1:\(port)")
      impatient.silenceLimitMilliseconds = 200
      let capture = try CaptureThread(impatient, openAttempts: 0)
      let sender = try #require(waiting.accept())
      #expect(sender.send(bytes(tone(10))) == 20)
      let run = CaptureRun(capture)
      #expect(run.samples == tone(10))
      guard case .silent(_, let milliseconds)? = run.failure else {
        Issue.record("the stream ended with \(String(describing: run.failure))")
        return
      }
      #expect(milliseconds >= 200)
    }

    @Test("one sender is served at a time: a second connection is closed, and a later one is accepted")
    func senders() throws {
      let port = Peer.freePort()
      let device = "tcp-listen://127.0.0.1:\(port)"
      let capture = try CaptureThread(settings(device), openAttempts: 3)
      #expect(capture.isWaiting)
      var first = Peer.connected(to: port)
      #expect(first?.send(bytes(tone(500))) == 1_000)
      let before = CaptureRun(capture) { $0.samples.count == 500 }
      #expect(before.samples == tone(500))
      #expect(before.problems == [.noSender(device: device)])
      let second = try #require(Peer.connected(to: port))
      #expect(second.isClosed(withinSeconds: 5))
      #expect(first?.send(bytes(tone(500, from: 500))) == 1_000)
      #expect(CaptureRun(capture) { $0.samples.count == 500 }.samples == tone(500, from: 500))
      first = nil
      let gone = CaptureRun(capture) { !$0.problems.isEmpty }
      #expect(gone.problems == [.closed(device: device)])
      // Waiting for a sender takes no attempt, however long it is.
      usleep(1_500_000)
      let third = try #require(Peer.connected(to: port))
      #expect(third.send(bytes(tone(500, from: 1_000))) == 1_000)
      let after = CaptureRun(capture) { $0.samples.last == 1_500 }
      #expect(after.samples.suffix(500) == tone(500, from: 1_000)[...])
      #expect(after.samples.dropLast(500).allSatisfy { $0 == 0 })
    }

    @Test("a sender that is faster than the reader is paused and loses nothing", arguments: [true, false])
    func fastSender(hasOwnThread: Bool) throws {
      let (waiting, port) = Peer.waiting()
      let capture = try CaptureThread(
        settings("tcp://127.0.0.1:\(port)"), ringMilliseconds: 60, hasOwnThread: hasOwnThread)
      let sender = try #require(waiting.accept())
      let samples = tone(400_000)
      var rest = bytes(samples)[...]
      var isHeldUp = false
      let run = CaptureRun(capture) { run in
        let taken = sender.send(rest)
        if taken < rest.count { isHeldUp = true }
        rest = rest.dropFirst(taken)
        return run.samples.count >= samples.count
      }
      #expect(isHeldUp)
      #expect(run.samples == samples)
      #expect(capture.counts == CaptureThread.Counts())
    }

    @Test("frames of any format and channel count are converted")
    func formats() throws {
      let (waiting, port) = Peer.waiting()
      var stereo = settings("tcp://127.0.0.1:\(port)")
      stereo.format = .int32
      stereo.channelCount = 2
      stereo.channel = 1
      let capture = try CaptureThread(stereo)
      let sender = try #require(waiting.accept())
      let frames = tone(1_000).flatMap { [Int32(-7) << 16, Int32($0) << 16] }
      let sent = frames.flatMap { frame in (0..<4).map { UInt8(truncatingIfNeeded: frame >> (8 * $0)) } }
      // Five bytes first: the rest of the frame comes later.
      #expect(sender.send(sent[..<5]) == 5)
      usleep(50_000)
      #expect(sender.send(sent[5...]) == sent.count - 5)
      #expect(CaptureRun(capture) { $0.samples.count == 1_000 }.samples == tone(1_000))
    }

    @Test("a sender's WAV file is decoded, and the capture says what it is")
    func waveFromSender() throws {
      let (waiting, port) = Peer.waiting()
      let device = "tcp://127.0.0.1:\(port)"
      let capture = try CaptureThread(settings(device))
      let sender = try #require(waiting.accept())
      let stereo = tone(3_000).flatMap { [$0, $0] }
      let file = waveFile(hertz: 16_000, channels: 2, bitsPerSample: 16, data: bytes(stereo))
      #expect(sender.send(file[..<20]) == 20)
      usleep(20_000)
      #expect(sender.send(file[20...]) == file.count - 20)
      #expect(CaptureRun(capture) { $0.samples.count == 3_000 }.samples == tone(3_000))
      #expect(capture.takeNote() == "the stream \(device) is WAV, 16000 Hz, channels: 2")
      #expect(capture.takeNote() == nil)
    }

    @Test("raw samples of another rate are resampled")
    func rawRate() throws {
      let (waiting, port) = Peer.waiting()
      var fast = settings("tcp://127.0.0.1:\(port)")
      fast.hertz = 48_000
      fast.format = .float32
      let capture = try CaptureThread(fast)
      let sender = try #require(waiting.accept())
      let frames = (0..<12_000).map { Float(TestMicrophone.tone($0, 48_000)) / 32_768 }
      let sent = frames.flatMap { frame in (0..<4).map { UInt8(truncatingIfNeeded: frame.bitPattern >> (8 * $0)) } }
      var rest = sent[...]
      let run = CaptureRun(capture) { run in
        rest = rest.dropFirst(sender.send(rest.prefix(5_000)))
        return run.samples.count >= 3_900
      }
      for (index, sample) in run.samples.enumerated().dropFirst(100) {
        let expected = TestMicrophone.tone(index, 16_000)
        guard abs(Int(sample) - Int(expected)) > 20 else { continue }
        Issue.record("sample \(index) is \(sample) for \(expected)")
        break
      }
    }

    @Test("a sender of a format without decoder is turned away with what to do, and the next one is heard")
    func undecodable() throws {
      let port = Peer.freePort()
      let device = "tcp-listen://127.0.0.1:\(port)"
      let capture = try CaptureThread(settings(device))
      var sender = Peer.connected(to: port)
      #expect(sender?.send(Array("fLaC\0\0\0\"and so on".utf8)) == 17)
      let outage = CaptureRun(capture) { $0.problems.count == 2 }
      #expect(
        outage.problems == [
          .noSender(device: device), .badStream(.undecodable(path: device, format: "FLAC")),
        ])
      #expect(outage.problems.last?.description.contains("ffmpeg -i INPUT -f wav -") == true)
      sender = Peer.connected(to: port)
      #expect(sender?.send(bytes(tone(500))) == 1_000)
      #expect(CaptureRun(capture) { $0.samples.last == 500 }.samples.suffix(500) == tone(500)[...])
    }

    @Test("a decoder's stream ends when the capture is stopped, and counts as lost when it falls silent")
    func decodedStreams() throws {
      let flac = try encodedFile(SF_FORMAT_FLAC, SF_FORMAT_PCM_16, hertz: 16_000, channels: 1)
      let half = contents(of: flac.path).dropLast(20_000)
      let (waiting, port) = Peer.waiting()
      var impatient = settings("tcp://127.0.0.1:\(port)")
      impatient.silenceLimitMilliseconds = 300
      let capture = try CaptureThread(impatient, openAttempts: 0, openDecoder: AudioFileReader.openDecoder)
      let sender = try #require(waiting.accept())
      var rest = half
      let run = CaptureRun(capture) { _ in
        rest = rest.dropFirst(sender.send(rest))
        return false
      }
      #expect(run.samples.count > 4_000)
      guard case .silent? = run.failure else {
        Issue.record("the stream ended with \(String(describing: run.failure))")
        return
      }
      let patient = try CaptureThread(
        settings("tcp://127.0.0.1:\(port)"), openAttempts: 0, openDecoder: AudioFileReader.openDecoder)
      let second = try #require(waiting.accept())
      rest = half
      _ = CaptureRun(patient) { run in
        rest = rest.dropFirst(second.send(rest))
        return run.samples.count > 1_000
      }
      let start = seconds()
      patient.stop()
      #expect(seconds() - start < 1)
      #expect(CaptureRun(patient).failure == nil)
    }

    @Test("a refused connection is reported with what to do, and retried")
    func refused() throws {
      let port = Peer.freePort()
      let device = "tcp://127.0.0.1:\(port)"
      let error = #expect(throws: CaptureError.self) { try CaptureThread(settings(device), openAttempts: 0) }
      #expect(error == .cannotOpen(device: device, errorNumber: ECONNREFUSED, detail: ""))
      #expect(error?.description.contains("start the sender") == true)
      let unknown = #expect(throws: CaptureError.self) {
        try CaptureThread(settings("tcp://no.such.host.invalid:1"), openAttempts: 0)
      }
      #expect(unknown?.description.contains("no.such.host.invalid") == true)
    }

    @Test("a port in use is reported")
    func takenPort() throws {
      let (waiting, port) = Peer.waiting()
      defer { withExtendedLifetime(waiting) {} }
      let device = "tcp-listen://127.0.0.1:\(port)"
      let error = #expect(throws: CaptureError.self) { try CaptureThread(settings(device), openAttempts: 0) }
      #expect(error == .cannotOpen(device: device, errorNumber: EADDRINUSE, detail: ""))
    }
  }
}

@Suite("Source names")
struct CaptureOriginTests {
  @Test("names distinguish streams from cards")
  func origins() throws {
    #expect(try CaptureOrigin(device: "tcp://kitchen:5000") == .connection(host: "kitchen", port: "5000"))
    #expect(try CaptureOrigin(device: "tcp://[::1]:65535") == .connection(host: "::1", port: "65535"))
    #expect(try CaptureOrigin(device: "tcp-listen://0.0.0.0:1") == .sender(address: "0.0.0.0", port: "1"))
    #expect(try CaptureOrigin(device: "stdin") == .standardInput)
    for name in ["default", "plughw:CARD=Device,DEV=0", "tcp", "tcp:kitchen", "stdin2", ""] {
      #expect(try CaptureOrigin(device: name) == .card)
    }
  }

  @Test(
    "a stream without a host or port is rejected, and the message describes the format",
    arguments: [
      "tcp://", "tcp://kitchen", "tcp://:5000", "tcp://kitchen:", "tcp://kitchen:0", "tcp://kitchen:65536",
      "tcp://kitchen:x", "tcp://::1:5000", "tcp://[]:5000", "tcp-listen://5000", "tcp-listen://0.0.0.0:-1",
    ])
  func badAddresses(device: String) {
    let error = #expect(throws: CaptureError.self) { try CaptureOrigin(device: device) }
    #expect(error == .badAddress(device: device))
    #expect(error?.description.contains("tcp://HOST:PORT") == true)
  }
}
