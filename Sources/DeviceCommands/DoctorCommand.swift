import AudioCapture
import CPlatform
import EventSinks
import Int8Kernels
import TextEnrollment

struct DoctorCommand {
  static let syntax = CommandSyntax(
    "doctor", "Check everything that listening needs, and say what to do.",
    """
    Prints a line for each check, ok or bad with the remedy: the configuration (with every value in force and where it
    comes from), the kernel path, the model and its memory, the language file, the phrase file, the microphone. The
    exit code is that of the first check that failed, 0 when none did.

    Examples:
      heed doctor
      heed doctor --config /etc/heed/heed.toml --phrases /var/lib/heed/phrases.heedp
      heed doctor --config firmware-config/boards/raspberry-pi-4.toml --no-microphone
    """,
    options: [
      .value("phrases", "file", "A phrase file to check (default: none)."),
      .value("device", "name", "The microphone (default: what the configuration says)."),
      .flag("no-microphone", "Leave the microphone alone."),
      .flag("json", "Print one JSON object a line: check, ok, detail."),
      ProgramSettings.modelOption, LanguageChoice.option, ProgramSettings.kernelPathOption,
      ProgramSettings.configurationOption,
    ])

  private let arguments: CommandArguments
  private let json: Bool

  init(_ arguments: CommandArguments) {
    self.arguments = arguments
    json = arguments.flag("json")
  }

  func run() throws(Failure) {
    var output = LineWriter(descriptor: 1, flushesEachLine: true)
    // Without a configuration nothing else can be checked.
    let settings = try ProgramSettings(arguments)
    try print("configuration", settings.path ?? "none, the defaults hold", nil, &output)
    try printConfiguration(settings, &output)
    var failures = FileFailures(fileCount: 1)
    var model: OpenModel?
    let checks: [(name: String, body: () throws(Failure) -> String)] = [
      ("kernel path", { () throws(Failure) in try settings.kernelPath().name }),
      (
        "model",
        { () throws(Failure) in
          let opened = try settings.openModel()
          model = opened
          let kilobytes = opened.byteCount / 1_000
          return "\(opened.path), \(kilobytes) KB in memory, phrases aside"
        }
      ),
      (
        "language",
        { () throws(Failure) in
          let language = try LanguageChoice.open(arguments)
          return "\(language.path), \(language.language.lexicon.wordCount) words"
        }
      ),
      ("phrases", { () throws(Failure) in try phrases(model, settings) }),
      ("microphone", { () throws(Failure) in try microphone(settings) }),
    ]
    for check in checks {
      do throws(Failure) {
        try print(check.name, try check.body(), nil, &output)
      } catch {
        try print(check.name, "", error, &output)
        failures.note(error)
      }
    }
    guard let first = failures.first else { return }
    throw Failure(first.code, "not all is well; what to do stands beside each check that is bad")
  }

  private func phrases(_ model: OpenModel?, _ settings: ProgramSettings) throws(Failure) -> String {
    guard let path = arguments.text("phrases") else { return "not checked, --phrases names none" }
    guard let model else {
      return "\(path), \(try readPhrases(path).phrases.count) phrases; the model to go with them is missing"
    }
    return "\(path), \(try OpenPhrases(path, for: model, settings).texts.count) phrases"
  }

  /// Listens for a second.
  private func microphone(_ settings: ProgramSettings) throws(Failure) -> String {
    let device = settings.configuration.text(.device)
    if arguments.flag("no-microphone") { return "not checked" }
    let capture = try settings.openMicrophone()
    defer { capture.stop() }
    let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 1_600)
    defer { buffer.deallocate() }
    var heard = 0
    var loudest = 0
    let end = platform_monotonic_nanoseconds() + 1_500_000_000
    listening: while heard < 16_000, platform_monotonic_nanoseconds() < end {
      do throws(CaptureError) {
        switch try capture.read(into: buffer, waitMilliseconds: 200) {
        case .samples(let count):
          heard += count
          for sample in buffer[..<count] { loudest = max(loudest, Int(sample.magnitude)) }
        case .nothingYet: break
        case .ended: break listening
        }
      } catch {
        throw Failure(.deviceUnavailable, error.description)
      }
    }
    guard heard > 0 else {
      throw Failure(.deviceUnavailable, "the microphone \(device) gave no sample; check the card and its driver")
    }
    guard loudest > 0 else {
      throw Failure(
        .deviceUnavailable,
        "the microphone \(device) gives nothing but zeros; unmute it and raise its gain (alsamixer, F4), or take another "
          + "channel (channel in the configuration)")
    }
    return "\(device), loudest sample of \(heard / 16) ms at \(100 * loudest / 32_768) % of full scale"
  }

  private func printConfiguration(_ settings: ProgramSettings, _ output: inout LineWriter) throws(Failure) {
    for key in ConfigurationKey.allCases {
      guard let value = settings.configuration.value(key) else { continue }
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

  private func print(
    _ check: String, _ detail: String, _ failure: Failure?, _ output: inout LineWriter
  ) throws(Failure) {
    if json {
      var object = JSONObject()
      object.add("check", check)
      object.add("ok", failure == nil)
      object.add("detail", failure?.message ?? detail)
      try output.put(object.encoded)
    } else {
      try output.put("\(failure == nil ? "ok  " : "bad ") \(check): \(failure?.message ?? detail)".utf8)
    }
  }
}
