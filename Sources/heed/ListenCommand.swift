import ArgumentParser
import AudioCapture
import CPlatform
import EventSinks

struct ListenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "listen",
    abstract: "Listen to a microphone for enrolled phrases.",
    discussion: """
      Prints a line for each detection as it happens: start and end in seconds since listening began, score, phrase. \
      Goes on until SIGINT (control-C) or SIGTERM, or for --seconds.

      An overrun, a suspension of the machine or a card that is pulled out and put back is recovered from; what was lost \
      is told on standard error and filled with silence (up to two seconds each), so that times stay right. A card that \
      stays away is tried again for about a minute; then the exit code is 69, as it is at once for a card that is absent \
      or busy at the start.

      Examples:
        heed listen --phrases phrases.heedp
        heed listen --phrases phrases.heedp --device plughw:1 --json
        heed listen --phrases phrases.heedp --seconds 60
      """)

  @Option(help: "The phrase file.")
  var phrases = "phrases.heedp"

  @Option(help: "The microphone, by the name that heed devices prints.")
  var device = "default"

  @Option(help: "Stop after this many seconds of audio.")
  var seconds: Double?

  @Option(help: "How often in a row a card that failed is opened again; 10 take about a minute.")
  var retries = 10

  @Flag(help: "Print one JSON object a line: device, phrase, start, end, score, detected.")
  var json = false

  @OptionGroup var modelOptions: ModelOptions

  func validate() throws {
    if let seconds, !(seconds > 0) { throw ValidationError("--seconds is \(seconds); it must be more than 0.") }
    if retries < 0 { throw ValidationError("--retries is \(retries); it must be 0 or more.") }
  }

  func run() throws {
    try reportingFailures { () throws(Failure) in
      let model = try modelOptions.open()
      let enrolled = try enrollments(of: readPhrases(phrases), path: phrases, for: model)
      let spotting = Spotting(model, enrolled, wantsCandidates: false)
      platform_catch_stop_signals()
      let capture: CaptureThread
      do throws(CaptureError) {
        capture = try CaptureThread(MicrophoneSettings(device: device), reconnectAttempts: retries)
      } catch {
        throw Failure(.deviceUnavailable, error.description)
      }
      tell("listening on \(device) for \(spotting.phraseTexts.map { "\"\($0)\"" }.joined(separator: ", "))")
      try listen(to: capture, spotting)
    }
  }

  private func listen(to capture: CaptureThread, _ spotting: Spotting) throws(Failure) {
    let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 1_600)
    defer { buffer.deallocate() }
    let source = DetectionEvent.Source.device(device)
    let limit = seconds.map { Int64(min($0, 1e12) * 16_000) } ?? .max
    var output = LineWriter(descriptor: 1, flushesEachLine: true)
    var monitor = CaptureMonitor(device: device)
    var heard: Int64 = 0
    var detectionCount = 0
    var failure: Failure?
    listening: while heard < limit {
      // Stopping ends the stream; what the ring still holds is heard before the loop ends.
      if platform_stop_signal() != 0 { capture.stop() }
      let reading: CaptureThread.Reading
      do {
        reading = try capture.read(into: buffer, waitMilliseconds: 200)
      } catch {
        failure = Failure(.deviceUnavailable, error.description)
        break
      }
      switch reading {
      case .samples(let count):
        let used = Int(min(Int64(count), limit - heard))
        heard += Int64(used)
        let events = spotting.process(UnsafeBufferPointer(rebasing: buffer[..<used]), from: source)
        detectionCount += events.count
        try output.put(events, json: json)
      case .nothingYet: break
      case .ended: break listening
      }
      monitor.tellChanges(of: capture)
    }
    capture.stop()
    let events = spotting.finish(from: source)
    try output.put(events, json: json)
    monitor.tellChanges(of: capture)
    tell(monitor.summary(heardSamples: heard, detectionCount: detectionCount + events.count))
    if let failure { throw failure }
  }
}
