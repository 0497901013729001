import Glibc
import Testing

@Suite("cooee serve")
struct ServeTests {
  private let cooee = Program(environment: ["COOEE_MODELS": TestModels.untrained])
  private let phrases: String

  init() {
    phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    #expect(cooee.run(["enroll", "hey computer", "--to", phrases]).exitCode == 0)
  }

  /// What a program that runs has said, once it contains `part`; or after ten seconds.
  private func messages(of program: RunningProgram, with part: String) -> String {
    for _ in 0..<1_000 {
      let text = text(of: program.messages)
      if text.contains(part) { return text }
      usleep(10_000)
    }
    return text(of: program.messages)
  }

  @Test(
    "a server prints its address, picks up enrolled phrases, and stops when asked", arguments: [SIGINT, SIGTERM])
  func runsUntilAsked(signal: Int32) {
    let server = cooee.start([
      "serve", "--phrases", phrases, "--wyoming", "0.0.0.0:0", "--clients", "3", "--no-microphone", "--no-console",
    ])
    let start = messages(of: server, with: "note:")
    #expect(start.contains("serving \"hey computer\" on 0.0.0.0:") && start.contains("up to 3 clients"), "\(start)")
    #expect(start.contains("no password"))
    #expect(cooee.run(["enroll", "good morning", "--to", phrases]).exitCode == 0)
    #expect(
      messages(of: server, with: "now listening").contains("now listening for \"hey computer\", \"good morning\""))
    overwrite(phrases, Array("damaged".utf8))
    #expect(messages(of: server, with: "keeping").contains("keeping the previous phrases"))
    server.signal(signal)
    let run = server.wait()
    #expect(run.exitCode == 0 && run.output.isEmpty, "\(run.messages)")
    #expect(run.messages.hasSuffix("stopped\n"), "\(run.messages)")
  }

  @Test("an address that is in use or not local gives exit status 69")
  func addressTaken() {
    let server = cooee.start([
      "serve", "--phrases", phrases, "--no-microphone", "--no-console", "--wyoming", "127.0.0.1:0",
    ])
    let start = messages(of: server, with: "serving")
    let port = start.split(separator: ":").dropFirst().first?.prefix { $0.isNumber } ?? ""
    #expect(!start.contains("note:") && !port.isEmpty, "\(start)")
    for address in ["127.0.0.1:\(port)", "192.0.2.1:10400"] {
      let run = cooee.run(["serve", "--phrases", phrases, "--no-microphone", "--no-console", "--wyoming", address])
      #expect(run.exitCode == 69 && run.messages.contains(address), "\(run.messages)")
    }
    server.signal(SIGTERM)
    #expect(server.wait().exitCode == 0)
  }

  @Test("unusable input is rejected with its exit status")
  func refused() {
    let cases: [([String], Int32, String)] = [
      (["--phrases", phrases, "--wyoming", "10400"], 64, "--wyoming is 10400"),
      (["--phrases", phrases, "--clients", "0"], 64, "1 to 1024"),
      (["--phrases", phrases, "--idle-seconds", "-1"], 64, "--idle-seconds"),
      (["--phrases", "/nonexistent/phrases.cooeep"], 73, "/nonexistent/phrases.cooeep"),
      (["--phrases", phrases, "--no-microphone", "--no-wyoming", "--no-console"], 64, "nothing is left to do"),
      (["--phrases", TestModels.untrained + "/base.cooee"], 65, "base.cooee"),
    ]
    for (arguments, code, part) in cases {
      let run = cooee.run(["serve"] + arguments)
      #expect(run.exitCode == code && run.messages.contains(part), "\(arguments): \(run.messages)")
    }
    var other = cooee
    other.environment["COOEE_MODELS"] = TestModels.other
    let run = other.run(["serve", "--phrases", phrases])
    #expect(run.exitCode == 65 && run.messages.contains("a different model"), "\(run.messages)")
    var lean = cooee
    lean.executable = Program.folder + "/cooee-lean"
    #expect(lean.run(["serve"]).exitCode == 64)
  }
}
