import AudioCapture
import CPlatform
import CommandLineOptions
import DetectionEvents
import DeviceSetup
import Int8Kernels
import KeywordSpotting
import Listening
import Messages

struct ListenCommand {
  static let syntax = CommandSyntax(
    "listen", "Listen to a microphone for enrolled phrases.",
    """
    Prints each detection on one line: start and end in seconds since listening began, score, phrase. Runs until SIGINT
    (Control-C), SIGTERM or the end of --seconds.

    A microphone that is absent or busy, at startup or later, is reported once and retried every second. Listening
    recovers from overruns, suspension of the machine and unplugged cards. Lost audio is reported on stderr. Times stay
    correct: up to two seconds of lost audio are replaced with silence. With --retries, the command exits with code 69
    after that many consecutive attempts. A microphone that does not support the configured format is not retried.

    Instead of a microphone, --device accepts raw 16 kHz PCM in the configured format and channels: tcp://HOST:PORT
    connects to a host, tcp-listen://ADDRESS:PORT accepts one sender at a time, and stdin reads standard input.

    On a terminal, a status line shows the level and the last candidate's score with its threshold.

    --on-detect runs a program at each detection, without arguments and without a shell. The program receives
    COOEE_PHRASE, COOEE_SCORE, COOEE_START, COOEE_END (seconds) and COOEE_DEVICE as environment variables. Its output goes to
    stderr. While it runs, further detections do not start it again. At most four such programs run at once. When the
    program exits or reaches its time limit, its child processes are ended too.

    Examples:
      cooee listen --phrases phrases.cooeep
      cooee listen --phrases phrases.cooeep --device plughw:1 --json
      cooee listen --phrases phrases.cooeep --seconds 60
      cooee listen --phrases phrases.cooeep --device tcp-listen://0.0.0.0:5000
      arecord -q -f S16_LE -r 16000 -c 1 -t raw | cooee listen --phrases phrases.cooeep --device stdin
      cooee listen --phrases phrases.cooeep --on-detect ./lamp.sh
      cooee listen --config /etc/cooee/cooee.toml --phrases /var/lib/cooee/phrases.cooeep --json
    """,
    options: HookOptions.options + [
      phrasesOption,
      .value(
        "device", "name",
        "The microphone, as named by cooee devices, or tcp://HOST:PORT, tcp-listen://ADDRESS:PORT or stdin "
          + "(default: from the configuration, otherwise default)."),
      .value("seconds", "number", "Stop after this many seconds of audio."),
      .value(
        "retries", "count",
        "Consecutive attempts, once a second, to reopen a microphone that is absent, busy or failed; 0 is none, -1 is no "
          + "limit (default: from the configuration, otherwise -1)."),
      .flag("json", "Print one JSON object per line: device, phrase, start, end, score, detected."),
      ProgramSettings.modelOption, ProgramSettings.kernelPathOption, TrustedKeys.option,
      ProgramSettings.configurationOption,
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
    var meter = LevelMeter(mayUseOutput: !json)
    meter?.take(enrolled)
    let spotting = SpottingSession(model, enrolled, wantsCandidates: meter != nil, kernelPath: kernelPath)
    platform_catch_stop_signals()
    platform_ignore_broken_pipes()
    let capture = try settings.openCapture()
    let texts = quotedList(spotting.phraseTexts)
    report(.information("\(capture.isWaiting ? "waiting for" : "listening on") \(device) for \(texts)"))
    try listen(to: capture, spotting, reload, meter)
  }

  private func listen(
    to capture: CaptureThread, _ spotting: SpottingSession, _ reload: consuming PhraseReload, _ shown: LevelMeter?
  ) throws(Failure) {
    var meter = shown
    defer { StatusLine.erase() }
    let limit = seconds.map { Int64(min($0, 1e12) * 16_000) } ?? .max
    let loop = ListeningLoop(spotting, device: device)
    var output = LineWriter(descriptor: 1, flushesEachLine: true)
    var hooks = self.hooks.open()
    var manager = ServiceManager()
    manager.tellReady("listening for \(spotting.phraseTexts.count) phrases")
    var detectionCount = 0
    var failure: Failure?
    listening: while loop.heardSampleCount < limit {
      // Stopping ends the stream; the samples left in the ring are still processed.
      if platform_stop_signal() != 0 { capture.stop() }
      let round: ListeningLoop.Round
      do throws(CaptureError) {
        round = try loop.round(from: capture, waitMilliseconds: 200, mostSamples: limit - loop.heardSampleCount)
      } catch {
        failure = Failure(error)
        break
      }
      switch round {
      case .samples(let samples, let candidates):
        let events = loop.timed(candidates.filter { $0.detected })
        detectionCount += events.count
        if !events.isEmpty { StatusLine.erase() }
        try output.put(events, json: json)
        hooks.run(for: events)
        meter?.show(samples, candidates, now: platform_monotonic_nanoseconds())
      case .nothingYet: break
      case .ended: break listening
      }
      loop.reportChanges(of: capture)
      hooks.tend()
      if reload.exchangePhrases(of: spotting, manager) { meter?.take(spotting.phrases) }
      manager.tellAlive()
    }
    manager.tellStopping()
    capture.stop()
    StatusLine.erase()
    let events = loop.timed(loop.finish().filter { $0.detected })
    try output.put(events, json: json)
    hooks.run(for: events)
    hooks.finish()
    loop.reportChanges(of: capture)
    report(.information(loop.summary(detectionCount: detectionCount + events.count)))
    if let failure { throw failure }
  }
}
