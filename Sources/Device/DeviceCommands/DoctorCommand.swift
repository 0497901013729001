import AudioCapture
import CPlatform
import CommandLineOptions
import DeviceSetup
import Int8Kernels
import JSON
import KeywordSpotting
import Messages
import Recordings
import TextEnrollment

struct DoctorCommand {
  static let syntax = CommandSyntax(
    "doctor", "Check everything that listening needs and suggest fixes.",
    """
    Prints one line per check: ok, or bad or note with a remedy. The checks are the configuration (with every value in
    effect and its source), the kernel path, the model and its memory, the language file, their signatures, the phrase
    file and its disk, the clock, the real-time priority, access to the sound cards, and the microphone. The microphone
    check records for three seconds, measures the level, and compares the card's clock with the machine's. A bad check
    prevents listening; a note does not. The exit status is that of the first bad check, or 0.

    Examples:
      cooee doctor
      cooee doctor --config /etc/cooee/cooee.toml --phrases /var/lib/cooee/phrases.cooeep
      cooee doctor --config firmware-config/boards/raspberry-pi-4.toml --no-microphone
    """,
    options: [
      .value("phrases", "file", "A phrase file to check (default: none)."),
      ProgramSettings.deviceOption,
      .flag("no-microphone", "Skip the microphone and the sound cards."),
      .flag("json", "Print one JSON object per line: check, ok, detail, and note if true."),
      ProgramSettings.modelOption, LanguageChoice.option, ProgramSettings.kernelPathOption,
      TrustedKeys.option, ProgramSettings.configurationOption,
    ])

  private let arguments: CommandArguments
  private let openDecoder: StreamDecoderOpener?
  private let json: Bool

  init(_ arguments: CommandArguments, openDecoder: StreamDecoderOpener?) {
    self.arguments = arguments
    self.openDecoder = openDecoder
    json = arguments.flag("json")
  }

  func run() throws(Failure) {
    var output = LineWriter(descriptor: 1, flushesEachLine: true)
    // Without a configuration nothing else can be checked.
    let settings = try ProgramSettings(arguments, openDecoder: openDecoder)
    try output.put(
      check: "configuration", DoctorFinding(detail: settings.path ?? "none; using the defaults"), nil, json: json)
    try printConfiguration(settings, &output)
    var failures = FileFailures(fileCount: 1)
    var model: OpenModel?
    var signers = DoctorSignatures(settings.trustedKeys)
    var checks: [(name: String, body: () throws(Failure) -> DoctorFinding)] = [
      ("kernel path", { () throws(Failure) in DoctorFinding(detail: try settings.kernelPath().name) }),
      (
        "model",
        { () throws(Failure) in
          let opened = try settings.openModel()
          model = opened
          signers.add(opened.file)
          let kilobytes = opened.byteCount / 1_000
          return DoctorFinding(detail: "\(opened.path), \(kilobytes) KB in memory without phrases")
        }
      ),
      (
        "language",
        { () throws(Failure) in
          let language = try LanguageChoice.open(arguments, settings)
          signers.add(language.file)
          return DoctorFinding(detail: "\(language.path), \(language.language.lexicon.wordCount) words")
        }
      ),
      (
        "signatures",
        { () throws(Failure) in
          if let model, let background = try BackgroundChoice.open(arguments, for: model, settings) {
            signers.add(background.file)
          }
          return signers.finding
        }
      ),
      ("phrases", { () throws(Failure) in DoctorFinding(detail: try phrases(model, settings)) }),
      ("disk", { () throws(Failure) in DoctorMachine.disk(phrases: arguments.text("phrases")) }),
      ("clock", { () throws(Failure) in DoctorMachine.clock() }),
      (
        "real-time priority",
        { () throws(Failure) in
          DoctorMachine.realtime(priority: settings.configuration.integer(.realtimePriority))
        }
      ),
      ("sound cards", { () throws(Failure) in try cards(settings) }),
    ]
    for source in settings.sources {
      checks.append(("microphone", { () throws(Failure) in try microphone(source, settings) }))
    }
    for check in checks {
      do throws(Failure) {
        let finding = try check.body()
        try output.put(check: check.name, finding, nil, json: json)
      } catch {
        try output.put(check: check.name, nil, error, json: json)
        failures.note(error)
      }
    }
    guard let first = failures.first else { return }
    throw Failure(first.code, "some checks failed; see what to do on the lines marked bad")
  }

  private func phrases(_ model: OpenModel?, _ settings: ProgramSettings) throws(Failure) -> String {
    guard let path = arguments.text("phrases") else { return "not checked; name a file with --phrases" }
    guard let model else {
      return "\(path), \(try readPhrases(path).phrases.count) phrases; not checked against a model, which is missing"
    }
    return "\(path), \(try OpenPhrases(path, for: model, settings).texts.count) phrases"
  }

  private func cards(_ settings: ProgramSettings) throws(Failure) -> DoctorFinding {
    if arguments.flag("no-microphone") { return DoctorFinding(detail: "not checked") }
    let streams = settings.sources.filter { CaptureOrigin.isStream($0.device) }
    return try DoctorMachine.cards(stream: streams.count == settings.sources.count ? streams[0].device : nil)
  }

  private func microphone(_ source: NamedSource, _ settings: ProgramSettings) throws(Failure) -> DoctorFinding {
    if arguments.flag("no-microphone") { return DoctorFinding(detail: "not checked") }
    let capture = try settings.openCapture(source.device, retries: 0)
    defer { capture.stop() }
    var listening = DoctorListening(device: source.device)
    return try listening.findings(from: capture)
  }

  private func printConfiguration(_ settings: ProgramSettings, _ output: inout LineWriter) throws(Failure) {
    for key in ConfigurationKey.allCases {
      guard var value = settings.configuration.value(key) else { continue }
      // Its URL may contain a password.
      if key == .webhook { value = .text("not shown") }
      let origin =
        switch settings.configuration.origin(key) {
        case .standard: "default"
        case .file(let line): "line \(line)"
        case .commandLine: "command line"
        }
      if json {
        var object = JSONObject()
        object.add("key", key.name)
        switch value {
        case .integer(let number): object.add("value", number)
        case .text(let text): object.add("value", text)
        }
        object.add("origin", origin)
        try output.put(object.encoded)
      } else {
        try output.put("     \(key.name) = \(value.written) (\(origin))".utf8)
      }
    }
  }
}
