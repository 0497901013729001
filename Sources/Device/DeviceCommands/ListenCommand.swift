import AudioCapture
import CPlatform
import CommandLineOptions
import DetectionEvents
import DeviceSetup
import Int8Kernels
import KeywordSpotting
import Listening
import Messages
import Recordings

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

    Instead of a microphone, --device accepts a stream: tcp://HOST:PORT connects to a host, tcp-listen://ADDRESS:PORT
    accepts one sender at a time, and stdin reads standard input. A stream is WAV, or another file format that cooee spot
    reads, or else raw PCM with the format, channels and rate of the options or the configuration.

    --device may be repeated. Each microphone is spotted on its own, and each event names its microphone. If one fails,
    the others continue.

    On a terminal, a status line shows the level and the last candidate's score with its threshold.

    --on-detect runs a program at each detection, without arguments and without a shell. The program receives
    COOEE_PHRASE, COOEE_SCORE, COOEE_START, COOEE_END (seconds), COOEE_DEVICE and COOEE_MICROPHONE (its name, if any) as
    environment variables. Its output goes to stderr. While it runs, further detections do not start it again. At most four such programs run at once. When the
    program exits or reaches its time limit, its child processes are ended too.

    Examples:
      cooee listen --phrases phrases.cooeep
      cooee listen --phrases phrases.cooeep --device plughw:1 --json
      cooee listen --phrases phrases.cooeep --device kitchen=plughw:1 --device hall=tcp-listen://0.0.0.0:5000
      cooee listen --phrases phrases.cooeep --seconds 60
      cooee listen --phrases phrases.cooeep --device tcp-listen://0.0.0.0:5000
      arecord -q -f S16_LE -r 16000 -c 1 | cooee listen --phrases phrases.cooeep --device stdin
      cooee listen --phrases phrases.cooeep --on-detect ./lamp.sh
      cooee listen --config /etc/cooee/cooee.toml --phrases /var/lib/cooee/phrases.cooeep --json
    """,
    options: HookOptions.options + ProgramSettings.sourceOptions + [
      phrasesOption, .value("seconds", "number", "Stop after this many seconds of audio."),
      .value(
        "retries", "count",
        "Consecutive attempts, once a second, to reopen a microphone that is absent, busy or failed; 0 is none, -1 is no "
          + "limit (default: from the configuration, otherwise -1)."),
      .flag(
        "json",
        "Print one JSON object per line: device, microphone if it has a name, phrase, start, end, score, detected."),
      ProgramSettings.modelOption, ProgramSettings.kernelPathOption, TrustedKeys.option,
      ProgramSettings.configurationOption,
    ])

  private let settings: ProgramSettings
  private let phrases: String
  private let seconds: Double?
  private let json: Bool
  private let hooks: HookOptions

  init(_ arguments: CommandArguments, openDecoder: StreamDecoderOpener?) throws(Failure) {
    settings = try ProgramSettings(arguments, openDecoder: openDecoder)
    phrases = phrasesPath(arguments)
    seconds = try arguments.number("seconds", accepted: "numbers above 0") { $0 > 0 }
    json = arguments.flag("json")
    hooks = try HookOptions(arguments)
  }

  /// A microphone or a stream that is open.
  private struct Ear {
    let loop: ListeningLoop
    let capture: CaptureThread
    var detectionCount = 0
  }

  func run() throws(Failure) {
    let kernelPath = try settings.kernelPath()
    let model = try settings.openModel()
    var reload = PhraseReload(phrases, model, settings)
    let enrolled = try OpenPhrases(phrases, for: model, settings)
    var meter = LevelMeter(mayUseOutput: !json)
    meter?.take(enrolled)
    platform_catch_stop_signals()
    platform_ignore_broken_pipes()
    defer { StatusLine.erase() }
    var failures = FileFailures(fileCount: settings.sources.count)
    let event = try sharedEvent()
    var ears: [Ear] = []
    for source in settings.sources {
      do throws(Failure) {
        let capture = try settings.openCapture(source.device, event: event)
        let session = SpottingSession(
          model, enrolled, settings.spotter, wantsCandidates: meter != nil, kernelPath: kernelPath)
        ears.append(Ear(loop: ListeningLoop(session, source), capture: capture))
        let state = capture.isWaiting ? "waiting for " : "listening on "
        report(.information(state + source.description + " for " + quotedList(enrolled.texts)))
      } catch {
        failures.note(error)
      }
    }
    let sessions = ears.map { $0.loop.session }
    let limit = seconds.map { Int64(min($0, 1e12) * 16_000) } ?? .max
    var output = LineWriter(descriptor: 1, flushesEachLine: true)
    var hooks = self.hooks.open()
    var manager = ServiceManager()
    if !ears.isEmpty { manager.tellReady("listening for " + decimal(enrolled.texts.count) + " phrases") }
    var isOver = false
    while !ears.isEmpty {
      var hasHeard = false
      var index = 0
      while index < ears.count {
        let loop = ears[index].loop
        let capture = ears[index].capture
        // Stopping ends the stream; the samples left in the ring are still processed.
        if platform_stop_signal() != 0 { capture.stop() }
        var round = ListeningLoop.Round.ended
        do throws(CaptureError) {
          round = try loop.round(
            from: capture, waitMilliseconds: event == nil ? 200 : 0, mostSamples: limit - loop.heardSampleCount)
        } catch {
          failures.note(Failure(error))
        }
        var hasEnded = false
        switch round {
        case .samples(let samples, let candidates):
          hasHeard = true
          ears[index].detectionCount += try tell(loop.timed(candidates), &output, &hooks)
          meter?.show(samples, candidates, now: platform_monotonic_nanoseconds())
        case .nothingYet: break
        case .ended: hasEnded = true
        }
        loop.reportChanges(of: capture)
        isOver = isOver || loop.heardSampleCount >= limit
        guard hasEnded || isOver else {
          index += 1
          continue
        }
        if ears.count == 1 { manager.tellStopping() }
        capture.stop()
        ears[index].detectionCount += try tell(loop.timed(loop.finish()), &output, &hooks)
        StatusLine.erase()
        loop.reportChanges(of: capture)
        report(.information(loop.summary(detectionCount: ears[index].detectionCount)))
        ears.remove(at: index)
      }
      hooks.tend()
      if let phrases = reload.exchangePhrases(of: sessions, manager) { meter?.take(phrases) }
      manager.tellAlive()
      if !hasHeard { event?.wait(milliseconds: 200) }
    }
    hooks.finish()
    try failures.throwFirst()
  }

  /// The event of all captures if there are several.
  private func sharedEvent() throws(Failure) -> CaptureEvent? {
    guard settings.sources.count > 1 else { return nil }
    do throws(CaptureError) { return try CaptureEvent() } catch { throw Failure(error) }
  }

  /// Writes the detections among the events and runs the programs. Returns their number.
  private func tell(
    _ events: [DetectionEvent], _ output: inout LineWriter, _ hooks: inout OpenHooks
  ) throws(Failure) -> Int {
    let detections = events.filter { $0.detected }
    guard !detections.isEmpty else { return 0 }
    StatusLine.erase()
    try output.put(detections, json: json)
    hooks.run(for: detections)
    return detections.count
  }
}
