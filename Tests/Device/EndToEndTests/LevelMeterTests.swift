import Glibc
import Testing

@Suite("Meter of cooee listen")
struct LevelMeterTests {
  private var cooee: Program
  private let phrases: String

  init() {
    let recordings = TestModels.recordings
    let list = ["hey-computer-2", "credit-card", "hey-computer-2"].map { "\(recordings)/\($0).opus\n" }.joined()
    let playlist = TemporaryFolder.shared.write(Array("path\n\(list)".utf8), "playlist.tsv")
    let text = """
      pcm_type.cooeetest { lib "\(Program.folder)/libasound_module_pcm_cooeetest.so" }
      pcm.kitchen { type cooeetest playlist "\(playlist)" gap 1.0 speed 4 }

      """
    let configuration = TemporaryFolder.shared.write(Array(text.utf8), "alsa.conf")
    cooee = Program(
      environment: [
        "COOEE_MODELS": TestModels.withoutSpeech, "ALSA_CONFIG_PATH": configuration, "TERM": "xterm",
        "NO_COLOR": "",
      ])
    phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    #expect(cooee.run(["enroll", "hey computer", "--to", phrases]).exitCode == 0)
  }

  /// Runs to the end and gives what was written to standard output, where that is a file.
  private func listen(_ program: Program, _ options: [String] = [], on terminal: PseudoTerminal) -> [String] {
    let running = program.start(["listen", "--phrases", phrases, "--device", "kitchen"] + options)
    var status: Int32 = 0
    // A terminal that nobody reads is full soon.
    while waitpid(running.process, &status, WNOHANG) == 0 {
      _ = terminal.text
      usleep(20_000)
    }
    #expect(status == 0)
    return program.outputTerminal == nil ? text(of: running.output).split(separator: "\n").map(String.init) : []
  }

  private func meterLines(_ terminal: PseudoTerminal) -> [Substring] {
    terminal.text.split { $0 == "\r" || $0 == "\n" || $0 == "\r\n" }.filter { $0.contains("dBFS") }
  }

  @Test(
    "level and candidates are on the last line, and detections and messages scroll above",
    .enabled(if: PseudoTerminal.isAvailable, "this machine has no /dev/pts"), arguments: ["cooee", "cooee-lean"])
  func meter(program: String) throws {
    let terminal = try PseudoTerminal(columns: 70)
    var listening = cooee
    listening.executable = "\(Program.folder)/\(program)"
    listening.outputTerminal = terminal.path
    listening.messagesTerminal = terminal.path
    let start = ContinuousClock.now
    _ = listen(listening, on: terminal)
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    let drawn = meterLines(terminal)
    #expect(drawn.count > 5, "\(terminal.text)")
    #expect(Double(drawn.count) <= elapsed * 10 + 1, "\(drawn.count) in \(elapsed) s")
    #expect(drawn.contains { $0.contains("hey computer ") && $0.contains(" of 0.") }, "\(drawn)")
    #expect(drawn.contains { $0.contains("[3") } && drawn.contains { $0.contains("##") }, "\(drawn)")
    // On the screen stand whole lines alone, and nothing is left of the meter.
    let screen = terminal.screen
    #expect(screen.first == "listening on kitchen for \"hey computer\"")
    #expect(screen.filter { $0.hasSuffix("  hey computer") }.count == 2, "\(screen)")
    #expect(screen.dropLast().last?.hasPrefix("listened for") == true, "\(screen)")
    #expect(!screen.contains { $0.contains("dBFS") }, "\(screen)")
  }

  @Test(
    "the line fits the terminal's width and has no colors if NO_COLOR is set",
    .enabled(if: PseudoTerminal.isAvailable, "this machine has no /dev/pts"))
  func widthAndColor() throws {
    let terminal = try PseudoTerminal(columns: 34)
    var listening = cooee
    listening.environment["NO_COLOR"] = "1"
    listening.messagesTerminal = terminal.path
    let output = listen(listening, ["--json"], on: terminal)
    let drawn = meterLines(terminal).map { $0.replacing("\u{1B}[K", with: "") }
    #expect(drawn.count > 5)
    #expect(drawn.allSatisfy { $0.count < 34 && !$0.contains("\u{1B}") }, "\(drawn)")
    // Standard output is a file: what stands there is the same as without a terminal.
    #expect(output.count == 2)
    #expect(
      output.allSatisfy { $0.hasPrefix("{\"device\":\"kitchen\"") && $0.hasSuffix("\"detected\":true}") }, "\(output)")
  }

  @Test(
    "there is no meter without line erasing, or if JSON goes to the terminal",
    .enabled(if: PseudoTerminal.isAvailable, "this machine has no /dev/pts"))
  func noMeter() throws {
    let dumb = try PseudoTerminal(columns: 80)
    var listening = cooee
    listening.environment["TERM"] = "dumb"
    listening.messagesTerminal = dumb.path
    #expect(listen(listening, on: dumb).count == 2)
    #expect(!dumb.text.contains("\u{1B}") && !dumb.text.contains("dBFS"))
    let clean = try PseudoTerminal(columns: 200)
    listening.environment["TERM"] = "xterm"
    listening.messagesTerminal = nil
    listening.outputTerminal = clean.path
    _ = listen(listening, ["--json"], on: clean)
    #expect(clean.screen.filter { $0.hasPrefix("{\"device\"") }.count == 2)
    #expect(!clean.text.contains("\u{1B}") && !clean.text.contains("dBFS"))
  }
}
