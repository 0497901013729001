import AudioCapture
import CPlatform
import EventSinks
import Int8Kernels
import KeywordSpotting

struct ListenCommand {
  static let syntax = CommandSyntax(
    "listen", "Listen to a microphone for enrolled phrases.",
    """
    Prints a line for each detection as it happens: start and end in seconds since listening began, score, phrase.
    Goes on until SIGINT (control-C) or SIGTERM, or for --seconds.

    An overrun, a suspension of the machine or a card that is pulled out and put back is recovered from; what was lost
    is told on standard error and filled with silence (up to two seconds each), so that times stay right. A card that
    stays away is tried again for about a minute; then the exit code is 69, as it is at once for a card that is absent
    or busy at the start.

    With --on-detect a program is run at each detection, without arguments and without a shell between: what was heard
    is in its environment as HEED_PHRASE, HEED_SCORE, HEED_START, HEED_END (seconds) and HEED_DEVICE, and what it prints
    goes to standard error. While it runs, further detections are skipped for it; of several such programs four run at
    once. At the end of the time limit, and when it ends, whatever it started is ended too.

    Examples:
      heed listen --phrases phrases.heedp
      heed listen --phrases phrases.heedp --device plughw:1 --json
      heed listen --phrases phrases.heedp --seconds 60
      heed listen --phrases phrases.heedp --on-detect ./lamp.sh
      heed listen --config /etc/heed/heed.toml --phrases /var/lib/heed/phrases.heedp --json
    """,
    options: HookOptions.options + [
      phrasesOption,
      .value(
        "device", "name",
        "The microphone, by the name that heed devices prints (default: what the configuration says, else default)."),
      .value("seconds", "number", "Stop after this many seconds of audio."),
      .value(
        "retries", "count",
        "How often in a row a card that failed is opened again; 10 take about a minute (default: what the configuration "
          + "says, else 10)."),
      .flag("json", "Print one JSON object a line: device, phrase, start, end, score, detected."),
      ProgramSettings.modelOption, ProgramSettings.kernelPathOption, ProgramSettings.configurationOption,
    ])

  private let settings: ProgramSettings
  private let phrases: String
  private let device: String
  private let seconds: Double?
  private let json: Bool
  private let hooks: HookOptions

  init(_ arguments: CommandArguments) throws(Failure) {
    settings = try ProgramSettings(arguments)
    phrases = phrasesPath(arguments)
    device = settings.configuration.text(.device)
    seconds = try arguments.number("seconds", accepted: "numbers above 0") { $0 > 0 }
    json = arguments.flag("json")
    hooks = try HookOptions(arguments)
  }

  func run() throws(Failure) {
    let kernelPath = try settings.kernelPath()
    let model = try settings.openModel()
    let reload = PhraseReload(phrases, model, settings)
    let enrolled = try OpenPhrases(phrases, for: model, settings)
    let spotting = Spotting(model, enrolled, wantsCandidates: false, kernelPath: kernelPath)
    platform_catch_stop_signals()
    let capture = try settings.openMicrophone()
    tell("listening on \(device) for \(quotedList(spotting.phraseTexts))")
    try listen(to: capture, spotting, reload)
  }

  private func listen(
    to capture: CaptureThread, _ spotting: Spotting, _ reload: consuming PhraseReload
  ) throws(Failure) {
    let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 1_600)
    defer { buffer.deallocate() }
    let source = DetectionEvent.Source.device(device)
    let limit = seconds.map { Int64(min($0, 1e12) * 16_000) } ?? .max
    var output = LineWriter(descriptor: 1, flushesEachLine: true)
    var monitor = CaptureMonitor(device: device)
    var levels = LevelMonitor(device: device)
    var hooks = self.hooks.open()
    var manager = ServiceManager()
    manager.tellReady("listening for \(spotting.phraseTexts.count) phrases")
    var heard: Int64 = 0
    var detectionCount = 0
    var failure: Failure?
    listening: while heard < limit {
      // Stopping ends the stream; what the ring still holds is heard before the loop ends.
      if platform_stop_signal() != 0 { capture.stop() }
      let reading: CaptureThread.Reading
      do throws(CaptureError) {
        reading = try capture.read(into: buffer, waitMilliseconds: 200)
      } catch {
        failure = Failure(.deviceUnavailable, error.description)
        break
      }
      switch reading {
      case .samples(let count):
        let used = Int(min(Int64(count), limit - heard))
        heard += Int64(used)
        let samples = UnsafeBufferPointer(rebasing: buffer[..<used])
        levels.tellChanges(after: samples)
        let events = spotting.process(samples, from: source)
        detectionCount += events.count
        try output.put(events, json: json)
        hooks.run(for: events)
      case .nothingYet: break
      case .ended: break listening
      }
      monitor.tellChanges(of: capture)
      hooks.tend()
      reload.exchangePhrases(of: spotting, manager)
      manager.tellAlive()
    }
    manager.tellStopping()
    capture.stop()
    let events = spotting.finish(from: source)
    try output.put(events, json: json)
    hooks.run(for: events)
    hooks.finish()
    monitor.tellChanges(of: capture)
    tell(monitor.summary(heardSamples: heard, detectionCount: detectionCount + events.count))
    if let failure { throw failure }
  }
}
