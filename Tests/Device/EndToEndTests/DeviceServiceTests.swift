import Foundation
import Glibc
import Testing

@Suite("cooee serve with a microphone")
struct DeviceServiceTests {
  private var cooee: Program
  private let phrases: String
  private let configuration: String

  init() {
    let recordings = TestModels.recordings
    let text = """
      pcm_type.cooeetest { lib "\(Program.folder)/libasound_module_pcm_cooeetest.so" }
      pcm.kitchen { type cooeetest playlist "\(recordings)/recordings.tsv" gap 1.0 speed 4 }
      pcm.hall { type cooeetest file "\(recordings)/hey-computer-2.opus" at_end silence }

      """
    let cards = TemporaryFolder.shared.write(Array(text.utf8), "alsa.conf")
    cooee = Program(environment: ["COOEE_MODELS": TestModels.withoutSpeech, "ALSA_CONFIG_PATH": cards])
    phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    configuration = TemporaryFolder.shared.write(Array("schema = 1\ndevice = \"kitchen\"\n".utf8), "cooee.toml")
    for phrase in ["hey computer", "hey scout", "railway station"] {
      #expect(cooee.run(["enroll", phrase, "--to", phrases]).exitCode == 0)
    }
  }

  private func serve(_ options: [String] = []) -> RunningProgram {
    cooee.start(
      ["serve", "--config", configuration, "--phrases", phrases, "--no-wyoming", "--no-console", "--json"] + options)
  }

  /// Waits until the program has said or printed something, or half a minute is over.
  private func wait(for part: String, in path: String) -> Bool {
    for _ in 0..<3_000 {
      if text(of: path).contains(part) { return true }
      usleep(10_000)
    }
    return false
  }

  /// `phrase|start|end|score` of each event.
  private func events(_ output: String) -> [String] {
    output.split(separator: "\n").map { line in
      ["phrase", "start", "end", "score"].map { name in
        let key = "\"\(name)\":"
        let parts = line.split(separator: ",").filter { $0.hasPrefix(key) }
        return parts.first.map { String($0.dropFirst(key.count)) } ?? "?"
      }.joined(separator: "|")
    }
  }

  @Test("serve detects what listen detects, even while phrases are exchanged repeatedly")
  func nothingIsLostOverPhrases() {
    let expected = cooee.run(
      ["listen", "--config", configuration, "--phrases", phrases, "--json"])
    #expect(events(expected.output).count >= 6)
    let service = serve()
    #expect(wait(for: "listening on kitchen", in: service.messages))
    // Phrases that nobody says: they cost a place in the matcher and give nothing.
    for phrase in ["turn on the lights", "good morning kitchen", "open the window"] {
      #expect(cooee.run(["enroll", phrase, "--to", phrases]).exitCode == 0)
      #expect(wait(for: "\"\(phrase)\"", in: service.messages), "\(text(of: service.messages))")
      service.signal(SIGHUP)
    }
    #expect(wait(for: "0 ms lost", in: service.messages))
    let run = service.wait()
    #expect(run.exitCode == 0)
    #expect(events(run.output) == events(expected.output))
    #expect(run.lines.allSatisfy { $0.contains("\"threshold\":0.") && $0.contains("\"time\":1") })
    #expect(run.messages.contains("0 overruns, 0 ms lost") && run.messages.hasSuffix("stopped\n"), "\(run.messages)")
  }

  @Test("phrases enrolled or removed while it runs take effect")
  func exchangedPhrases() {
    #expect(cooee.run(["phrases", "--phrases", phrases, "--remove", "hey scout"]).exitCode == 0)
    let service = serve()
    #expect(wait(for: "hey computer", in: service.output))
    #expect(cooee.run(["enroll", "hey scout", "--to", phrases]).exitCode == 0)
    #expect(cooee.run(["phrases", "--phrases", phrases, "--remove", "hey computer"]).exitCode == 0)
    let run = service.wait()
    #expect(run.output.contains("hey scout"), "\(run.output)")
    #expect(run.messages.contains("now listening for \"railway station\", \"hey scout\""), "\(run.messages)")
  }

  @Test("SIGHUP reloads the configuration, and an invalid one changes nothing")
  func configurationIsReadAgain() {
    let service = serve()
    #expect(wait(for: "listening on kitchen", in: service.messages))
    overwrite(configuration, Array("schema = 1\ndevise = \"hall\"\n".utf8))
    service.signal(SIGHUP)
    #expect(wait(for: "keeping the previous configuration", in: service.messages))
    #expect(text(of: service.messages).contains("did you mean device?"))
    overwrite(configuration, Array("schema = 1\ndevice = \"hall\"\n".utf8))
    service.signal(SIGHUP)
    #expect(wait(for: "\"device\":\"hall\",\"phrase\":\"hey computer\"", in: service.output))
    service.signal(SIGTERM)
    #expect(service.wait().exitCode == 0)
  }

  @Test("SIGHUP applies another refractory time")
  func refractoryTimeIsReadAgain() {
    let service = serve()
    #expect(wait(for: "listening on kitchen", in: service.messages))
    overwrite(configuration, Array("schema = 1\ndevice = \"kitchen\"\nrefractory_milliseconds = 60000\n".utf8))
    service.signal(SIGHUP)
    #expect(wait(for: "0 ms lost", in: service.messages))
    let run = service.wait()
    // Each of the three phrases is said several times within a minute; the first may be detected before the reload.
    #expect((3...4).contains(run.lines.count), "\(run.output)")
  }

  @Test("a phrase file that is removed is reported once", arguments: ["serve", "listen"])
  func removedPhraseFile(command: String) {
    let only = command == "serve" ? ["--no-wyoming", "--no-console"] : []
    let running = cooee.start([command, "--device", "hall", "--phrases", phrases] + only)
    #expect(wait(for: "listening on hall", in: running.messages))
    unlink(phrases)
    #expect(wait(for: "keeping the previous phrases", in: running.messages), "\(text(of: running.messages))")
    usleep(2_500_000)
    running.signal(SIGTERM)
    let run = running.wait()
    #expect(run.exitCode == 0, "\(run.messages)")
    #expect(run.messages.components(separatedBy: "keeping the previous phrases").count == 2, "\(run.messages)")
  }

  @Test("the audio of a microphone that replaces a stream at its end is kept at the right place")
  func microphoneAfterEndedStream() {
    let kept = TemporaryFolder.shared.newPath("kept")
    let service = cooee.start([
      "serve", "--config", configuration, "--phrases", phrases, "--no-wyoming", "--console", "127.0.0.1:0", "--json",
      "--keep-audio", kept,
    ])
    #expect(wait(for: "the stream of kitchen has ended", in: service.messages), "\(text(of: service.messages))")
    overwrite(configuration, Array("schema = 1\ndevice = \"hall\"\n".utf8))
    service.signal(SIGHUP)
    #expect(wait(for: "\"device\":\"hall\",\"phrase\":\"hey computer\"", in: service.output))
    service.signal(SIGTERM)
    let run = service.wait()
    let starts = run.lines.map { line in
      line.split(separator: ",").first { $0.hasPrefix("\"start\":") }.flatMap { Double($0.dropFirst(8)) } ?? -1
    }
    #expect(starts == starts.sorted(), "\(run.output)")
    let audio = Program(executable: "/bin/ls").run([kept]).lines.filter { $0.hasSuffix(".wav") }
    #expect(audio.count == run.lines.count, "\(audio) \(run.messages)")
  }

  @Test(
    "closing the terminal ends the service", .enabled(if: PseudoTerminal.isAvailable, "this machine has no /dev/pts"))
  func closedTerminal() throws {
    let terminal = try PseudoTerminal(columns: 80)
    var atTerminal = cooee
    atTerminal.messagesTerminal = terminal.path
    let service = atTerminal.start(["serve", "--phrases", phrases, "--device", "hall", "--no-wyoming", "--no-console"])
    for _ in 0..<3_000 where !terminal.text.contains("listening on hall") { usleep(10_000) }
    usleep(300_000)
    service.signal(SIGHUP)
    #expect(service.wait().exitCode == 128 + SIGHUP)
  }

  @Test("a missing microphone is reported once with what to do, and a signal ends the service")
  func absentMicrophone() {
    let service = serve(["--device", "hw:7"])
    #expect(wait(for: "cooee devices lists", in: service.messages))
    usleep(1_500_000)
    service.signal(SIGTERM)
    let run = service.wait()
    #expect(run.exitCode == 0 && run.output.isEmpty)
    #expect(
      run.messages.split(separator: "\n").filter { $0.contains("cooee devices lists") }.count == 1, "\(run.messages)")
  }

  @Test("the service manager gets the states ready, alive, reloading and stopping", arguments: ["serve", "listen"])
  func serviceManager(command: String) throws {
    let manager = try ServiceManagerSocket()
    var watched = cooee
    watched.environment["NOTIFY_SOCKET"] = manager.path
    watched.environment["WATCHDOG_USEC"] = "2000000"
    let service = watched.start(
      [command, "--phrases", phrases, "--device", "hall"]
        + (command == "serve" ? ["--no-wyoming", "--no-console"] : []))
    #expect(manager.waitFor("READY=1"))
    #expect(manager.waitFor("WATCHDOG=1"))
    service.signal(SIGHUP)
    #expect(manager.waitFor("RELOADING=1"))
    #expect(manager.waitFor("READY=1"))
    service.signal(SIGTERM)
    #expect(manager.waitFor("STOPPING=1"))
    #expect(service.wait().exitCode == 0)
  }

  @Test("journal messages have their priorities")
  func journalPriorities() {
    let messages = TemporaryFolder.shared.newPath("journal")
    var script = cooee
    script.executable = "/bin/sh"
    let run = script.run([
      "-c",
      "exec 2>'\(messages)' && JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec '\(cooee.executable)' serve "
        + "--phrases '\(phrases)' --no-wyoming --no-console --device stdin --on-detect /bin/false </dev/null",
    ])
    #expect(run.exitCode == 0)
    #expect(text(of: messages).contains("<6>listening on stdin"), "\(text(of: messages))")
    #expect(text(of: messages).hasSuffix("<6>stopped\n"))
  }

  @Test("local hubs connect to a socket that the group may use and that is removed at the end")
  func unixSocket() {
    let path = TemporaryFolder.shared.newPath("wyoming.sock")
    let service = cooee.start([
      "serve", "--phrases", phrases, "--no-microphone", "--no-console", "--wyoming", "unix:\(path)",
    ])
    #expect(wait(for: "serving", in: service.messages))
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o660)
    let answer = exchange(path, #"{"type":"describe"}"# + "\n", until: "hey scout")
    #expect(answer.contains("\"info\"") && answer.contains("hey scout"), "\(answer)")
    service.signal(SIGTERM)
    #expect(service.wait().exitCode == 0)
    #expect(access(path, F_OK) != 0)
  }

  /// Sends a text to a socket and reads until a part comes, or ten seconds are over.
  private func exchange(_ path: String, _ text: String, until part: String) -> String {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    guard connectSocket(descriptor, path) == 0 else { return "not connected" }
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    _ = Array(text.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    var answer: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while !String(decoding: answer, as: UTF8.self).contains(part) {
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0 else { break }
      answer += chunk[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }
}
