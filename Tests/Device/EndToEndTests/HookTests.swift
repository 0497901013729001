import Glibc
import Testing

@Suite("cooee listen --on-detect")
struct HookTests {
  private var cooee: Program
  private let phrases: String

  init() {
    let recordings = TestModels.recordings
    let files = ["hey-computer-2", "credit-card", "hey-computer-2", "turn-signal"]
    let list = files.map { "\(recordings)/\($0).opus\n" }.joined()
    let playlist = TemporaryFolder.shared.write(Array("path\n\(list)".utf8), "playlist.tsv")
    let text = """
      pcm_type.cooeetest { lib "\(Program.folder)/libasound_module_pcm_cooeetest.so" }
      pcm.kitchen { type cooeetest playlist "\(playlist)" gap 1.0 speed 4 }

      """
    let configuration = TemporaryFolder.shared.write(Array(text.utf8), "alsa.conf")
    cooee = Program(environment: ["COOEE_MODELS": TestModels.withoutSpeech, "ALSA_CONFIG_PATH": configuration])
    phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    #expect(cooee.run(["enroll", "hey computer", "--to", phrases]).exitCode == 0)
  }

  private func script(_ body: String) -> String {
    let path = TemporaryFolder.shared.write(Array("#!/bin/sh\n\(body)\n".utf8), "hook.sh")
    chmod(path, 0o700)
    return path
  }

  private func listen(_ options: [String]) -> [String] {
    ["listen", "--phrases", phrases, "--device", "kitchen", "--json"] + options
  }

  @Test("each detection runs the program with its values, and stdout stays pure JSON")
  func eachDetectionRunsTheProgram() {
    let log = TemporaryFolder.shared.newPath("log")
    let hook = script(
      """
      echo printed by the program
      echo "$COOEE_DEVICE|$COOEE_PHRASE|$COOEE_START|$COOEE_END|$COOEE_SCORE" >>'\(log)'
      """)
    let run = cooee.run(listen(["--on-detect", hook]))
    #expect(run.exitCode == 0, "\(run.messages)")
    #expect(run.lines.count >= 2, "\(run.output)")
    #expect(run.lines.allSatisfy { $0.hasPrefix("{\"device\":\"kitchen\"") && $0.hasSuffix("\"detected\":true}") })
    let logged = text(of: log).split(separator: "\n").map { line in
      let fields = line.split(separator: "|")
      guard fields.count == 5 else { return String(line) }
      return #"{"device":"\#(fields[0])","phrase":"\#(fields[1])","start":\#(fields[2]),"end":\#(fields[3]),"#
        + #""score":\#(fields[4]),"detected":true}"#
    }
    #expect(logged == run.lines)
    let printed = run.messages.split(separator: "\n").filter { $0 == "printed by the program" }
    #expect(printed.count == run.lines.count)
  }

  @Test("a hanging program delays neither listening nor the end, and is reported once")
  func hangingProgram() {
    let ids = TemporaryFolder.shared.newPath("ids")
    let hook = script("echo $$ >>'\(ids)'; exec sleep 300")
    let run = cooee.run(listen(["--on-detect", hook, "--on-detect-seconds", "0.5"]))
    #expect(run.exitCode == 0, "\(run.messages)")
    #expect(run.lines.count >= 2)
    #expect(run.messages.contains("0 overruns, 0 ms lost"), "\(run.messages)")
    #expect(run.messages.occurrences(of: "took too long") == 1, "\(run.messages)")
    let processes = text(of: ids).split(separator: "\n").compactMap { pid_t($0) }
    #expect(!processes.isEmpty)
    for process in processes { #expect(access("/proc/\(process)", F_OK) != 0, "\(process) still runs") }
  }

  @Test("a detection during a run is skipped and reported")
  func runningProgram() {
    let log = TemporaryFolder.shared.newPath("log")
    let hook = script("echo >>'\(log)'; exec sleep 300")
    let run = cooee.run(listen(["--on-detect", hook, "--on-detect-seconds", "6", "--seconds", "14"]))
    #expect(run.exitCode == 0)
    #expect(run.lines.count >= 2, "\(run.output)")
    #expect(text(of: log) == "\n")
    #expect(run.messages.occurrences(of: "skipped it for this detection") == 1, "\(run.messages)")
    #expect(run.messages.contains("skipped \(run.lines.count - 1) runs"), "\(run.messages)")
  }

  @Test("a missing or non-executable program is reported before anything is opened")
  func programsThatCannotBeRun() {
    let missing = cooee.run(listen(["--on-detect", "/nowhere/lamp.sh"]))
    #expect(missing.exitCode == 66)
    #expect(missing.messages.contains("/nowhere/lamp.sh"), "\(missing.messages)")
    let plain = TemporaryFolder.shared.write(Array("text".utf8), "plain")
    let refused = cooee.run(listen(["--on-detect", plain]))
    #expect(refused.exitCode == 64)
    #expect(refused.messages.contains("chmod +x"), "\(refused.messages)")
    let folder = cooee.run(listen(["--on-detect", "/"]))
    #expect(folder.exitCode == 66)
    for seconds in ["0", "-1", "soon", "1e9"] {
      let run = cooee.run(listen(["--on-detect", "/bin/true", "--on-detect-seconds", seconds]))
      #expect(run.exitCode == 64, "\(seconds)")
      #expect(run.messages.contains("--on-detect-seconds"), "\(run.messages)")
    }
  }
}

extension String {
  /// How often a text stands in this one.
  fileprivate func occurrences(of part: String) -> Int {
    var count = 0
    var rest = Substring(self)
    while let found = rest.firstRange(of: part) {
      count += 1
      rest = rest[found.upperBound...]
    }
    return count
  }
}
