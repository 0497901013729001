import Glibc
import Testing

@Suite("Advice about phrase files")
struct PhraseFileAdviceTests {
  private let cooee = Program(environment: ["COOEE_MODELS": TestModels.untrained])
  /// A path that a shell reads as it is only within quotation marks.
  private let path = TemporaryFolder.shared.newPath("what's new $HOME.cooeep")

  private var commands: [[String]] {
    let recording = TestModels.recordings + "/hey-computer-1.opus"
    return [
      ["listen", "--phrases", path, "--device", "stdin"], ["spot", "--phrases", path, recording],
      ["serve", "--phrases", path, "--no-wyoming", "--no-console", "--device", "stdin"],
    ]
  }

  /// Runs a command line from a message as a person would, in a shell.
  private func run(_ commandLine: Substring) -> ProgramRun {
    var shell = cooee
    shell.executable = "/bin/sh"
    shell.environment["PATH"] = Program.folder + ":/usr/bin:/bin"
    return shell.run(["-c", String(commandLine)])
  }

  /// The last line of the messages from `cooee enroll` on.
  private func advice(_ run: ProgramRun) -> Substring {
    let line = run.messages.split(separator: "\n").last { $0.contains("cooee enroll ") } ?? ""
    guard let start = line.firstRange(of: "cooee enroll ")?.lowerBound else { return "" }
    return line[start...]
  }

  @Test("a phrase file without bytes is reported as empty, with a command that works once it is deleted")
  func emptyFile() {
    overwrite(path, [])
    for command in commands {
      let refused = cooee.run(command)
      #expect(refused.exitCode == 65, "\(command): \(refused.messages)")
      #expect(refused.messages.contains("the phrase file \(path) is empty"), "\(refused.messages)")
      unlink(path)
      let enrolled = run(advice(refused))
      #expect(enrolled.exitCode == 0, "\(refused.messages)\(enrolled.messages)")
      overwrite(path, [])
    }
  }

  @Test("listen and spot refuse a phrase file without phrases, and serve starts with a note")
  func noPhrases() {
    #expect(cooee.run(["enroll", "hey computer", "--to", path]).exitCode == 0)
    #expect(cooee.run(["phrases", "--phrases", path, "--remove", "hey computer"]).exitCode == 0)
    for command in commands {
      let told = cooee.run(command)
      #expect(told.exitCode == (command[0] == "serve" ? 0 : 65), "\(command): \(told.messages)")
      #expect(told.messages.contains("\(path) has no phrases; add one with cooee enroll"), "\(told.messages)")
    }
  }

  @Test("the advised command line works in a shell, whatever the path")
  func commandLine() {
    let missing = cooee.run(["spot", "--phrases", path, "-"])
    #expect(missing.exitCode == 66 && !advice(missing).isEmpty, "\(missing.messages)")
    let enrolled = run(advice(missing))
    #expect(enrolled.exitCode == 0, "\(enrolled.messages)")
    #expect(cooee.run(["phrases", "--phrases", path]).output.hasPrefix("some phrase\t"))
  }

  @Test("phrases of another model are enrolled again by the command lines of the message")
  func otherModel() {
    for phrase in ["what's up", "hey \"computer\""] {
      #expect(cooee.run(["enroll", phrase, "--to", path]).exitCode == 0)
    }
    let other = Program(environment: ["COOEE_MODELS": TestModels.other])
    let refused = other.run(["spot", "--phrases", path, "a.wav"])
    let lines = refused.messages.split(separator: "\n").filter { $0.hasPrefix("  cooee enroll ") }
    #expect(refused.exitCode == 65 && lines.count == 2, "\(refused.messages)")
    let folder = TemporaryFolder.shared.newPath("again")
    #expect(mkdir(folder, 0o700) == 0)
    for line in lines {
      let enrolled = run("cd \(folder) && \(line)")
      #expect(enrolled.exitCode == 0, "\(line): \(enrolled.messages)")
    }
    let listed = cooee.run(["phrases", "--phrases", folder + "/new.cooeep"]).lines
    #expect(listed.map { $0.prefix { $0 != "\t" } } == ["what's up", "hey \"computer\""])
  }
}
