import AudioFiles
import Glibc
import Testing

@Suite("The device program: command line, configuration, checks")
struct DeviceProgramTests {
  private let cooee = Program(environment: ["COOEE_MODELS": TestModels.untrained, "COOEE_CONFIG": ""])

  private func configuration(_ text: String) -> String {
    TemporaryFolder.shared.write(Array(text.utf8), "cooee.toml")
  }

  private func doctor(_ text: String, _ more: [String] = []) -> ProgramRun {
    cooee.run(["doctor", "--config", configuration(text), "--no-microphone"] + more)
  }

  @Test("help and version go to stdout")
  func help() {
    for arguments in [[], ["--help"], ["-h"], ["help"]] {
      let run = cooee.run(arguments)
      #expect(run.exitCode == 0 && run.output.contains("listen") && run.output.contains("doctor"), "\(arguments)")
    }
    #expect(cooee.run(["--version"]).output.contains("."))
    for command in ["enroll", "phrases", "listen", "spot", "score", "devices", "doctor"] {
      let run = cooee.run([command, "--help"])
      #expect(run.exitCode == 0, "\(command)")
      #expect(run.output.contains("usage: cooee \(command)") && run.output.contains("Examples:"), "\(command)")
    }
  }

  @Test(
    "unknown words are reported with the nearest known ones",
    arguments: [
      (["lisen"], "did you mean cooee listen?"), (["spot"], "<"),
      (["spot", "--phrase", "x"], "did you mean --phrases?"), (["listen", "--phrases"], "needs a value"),
      (["listen", "--seconds", "soon", "--phrases", "x"], "soon"), (["listen", "--json=1"], "takes no value"),
      (["listen", "kitchen"], "unexpected argument \"kitchen\""), (["enroll", "hey", "computer"], "quote a phrase"),
      (["listen", "--retries", "-2", "--phrases", "x"], "-2"),
      (["listen", "--phrases", "a", "--phrases", "b"], "--phrases is given more than once"),
      (["frobnicate"], "no command frobnicate; cooee --help lists"),
    ])
  func usage(line: (arguments: [String], part: String)) {
    let run = cooee.run(line.arguments)
    #expect(run.exitCode == 64, "\(line.arguments): \(run.messages)")
    #expect(run.messages.contains(line.part), "\(run.messages)")
    #expect(run.output.isEmpty)
  }

  @Test("doctor prints the values in use and where they come from")
  func doctorPrints() {
    let run = doctor("schema = 1\nperiod_milliseconds = 40\n", ["--kernel-path", "portable"])
    #expect(run.exitCode == 0, "\(run.output)\(run.messages)")
    #expect(run.output.contains("period_milliseconds = 40 (line 2)"))
    #expect(run.output.contains("buffer_milliseconds = 1000 (default)"))
    #expect(run.output.contains("kernel_path = \"portable\" (command line)"))
    #expect(run.output.contains("ok   kernel path: portable"))
  }

  @Test("doctor does not print the URL of the webhook, which may contain a password")
  func doctorHidesSecrets() {
    for options in [[], ["--json"]] {
      let run = doctor("schema = 1\nwebhook = \"http://me:s3cr3t@hub/s3cr3t\"\nvoice_assistant = \"hub\"\n", options)
      #expect(run.output.contains("not shown") && run.output.contains("voice_assistant"), "\(run.output)")
      #expect(!(run.output + run.messages).contains("s3cr3t"), "\(run.output)\(run.messages)")
    }
  }

  @Test("an unknown key is reported with its line and the nearest key")
  func unknownKey() {
    let run = doctor("schema = 1\nkernel_pth = \"auto\"\n")
    #expect(run.exitCode == 65)
    #expect(run.messages.contains("line 2") && run.messages.contains("did you mean kernel_path?"), "\(run.messages)")
  }

  @Test("a kernel path of another processor is rejected with the available ones")
  func kernelPaths() {
    #if arch(x86_64)
      let foreign = "neon-dotprod"
    #else
      let foreign = "avx2"
    #endif
    for run in [
      cooee.run(["spot", "--phrases", "x", "--kernel-path", foreign, "y.wav"]),
      doctor("schema = 1\nkernel_path = \"\(foreign)\"\n"),
    ] {
      #expect(run.exitCode == 69)
      let said = run.messages + run.output
      #expect(said.contains("cannot run the kernel path \(foreign)") && said.contains("portable"), "\(said)")
    }
    let unknown = cooee.run(["spot", "--phrases", "x", "--kernel-path", "avx3", "y.wav"])
    #expect(unknown.exitCode == 64)
    #expect(unknown.messages.contains("did you mean avx2?"), "\(unknown.messages)")
  }

  @Test("a model larger than the allowed memory is rejected with the sizes and what to do")
  func memoryLimit() {
    let model = TestModels.repository + "/models/base.cooee"
    let run = doctor("schema = 1\nmemory_limit_megabytes = 1\nmodel = \"\(model)\"\n")
    #expect(run.exitCode == 65)
    #expect(run.output.contains("bad  model") && run.output.contains("1 MB are allowed"), "\(run.output)")
    #expect(run.output.contains("tiny.cooee"))
  }

  @Test("listen and spot reject a model larger than the allowed memory")
  func memoryLimitOfCommands() {
    let file = configuration("schema = 1\nmemory_limit_megabytes = 1\n")
    let phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    let model = ["--model", TestModels.repository + "/models/base.cooee"]
    for command in [["listen"], ["spot", "-"]] {
      let run = cooee.run(command + ["--phrases", phrases, "--config", file] + model)
      #expect(run.exitCode == 65 && run.messages.contains("1 MB are allowed"), "\(run.messages)")
    }
  }

  @Test("phrases that do not fit into the memory with the model are rejected")
  func memoryLimitOfPhrases() {
    var tiny = cooee
    tiny.environment["COOEE_MODELS"] = TestModels.withoutSpeech
    let phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    for tens in ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"] {
      for unit in ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"] {
        let arguments = ["enroll", "turn on the light number \(tens) \(unit)", "--to", phrases, "--threshold", "0.5"]
        #expect(tiny.run(arguments + ["--model", TestModels.withoutSpeech + "/tiny.cooee"]).exitCode == 0)
      }
    }
    let model = "model = \"\(TestModels.repository)/models/tiny.cooee\"\n"
    func check(_ megabytes: Int) -> ProgramRun {
      doctor("schema = 1\nmemory_limit_megabytes = \(megabytes)\n" + model, ["--phrases", phrases])
    }
    let refused = check(1)
    #expect(refused.exitCode == 65)
    #expect(refused.output.contains("ok   model") && refused.output.contains("bad  phrases: 72 phrases of"))
    #expect(refused.output.contains("1 MB are allowed") && refused.output.contains("remove some phrases"))
    #expect(check(16).exitCode == 0)
  }

  @Test("more phrases than the configuration allows are rejected")
  func phraseLimit() {
    let phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    #expect(cooee.run(["enroll", "hey computer", "--to", phrases]).exitCode == 0)
    #expect(cooee.run(["enroll", "good morning kitchen", "--to", phrases]).exitCode == 0)
    let run = doctor("schema = 1\nphrase_limit = 1\n", ["--phrases", phrases])
    #expect(run.exitCode == 65)
    #expect(run.output.contains("phrase_limit"), "\(run.output)")
    #expect(doctor("schema = 1\nphrase_limit = 2\n", ["--phrases", phrases]).exitCode == 0)
  }

  @Test("a format that the card does not offer is reported with the offered ones")
  func cardFormats() {
    let phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    #expect(cooee.run(["enroll", "hey computer", "--to", phrases]).exitCode == 0)
    let recording = TestModels.recordings + "/hey-computer-1.opus"
    let cards = """
      pcm_type.cooeetest { lib "\(Program.folder)/libasound_module_pcm_cooeetest.so" }
      pcm.card { type cooeetest file "\(recording)" speed 8 }
      """
    var listening = cooee
    listening.environment["ALSA_CONFIG_PATH"] = TemporaryFolder.shared.write(Array(cards.utf8), "alsa.conf")
    for (line, parts) in [
      ("format = \"S32_LE\"", ["S32_LE samples", "it offers S16_LE"]), ("channels = 4", ["4 channels", "it offers 1"]),
    ] {
      let file = configuration("schema = 1\ndevice = \"card\"\n\(line)\n")
      let run = listening.run(["listen", "--config", file, "--phrases", phrases])
      #expect(run.exitCode == 69, "\(line): \(run.messages)")
      for part in parts { #expect(run.messages.contains(part), "\(run.messages)") }
      let checked = listening.run(["doctor", "--config", file])
      #expect(checked.exitCode == 69 && checked.output.contains("bad  microphone"), "\(checked.output)")
    }
  }

  @Test("the lean program gives the same errors")
  func leanRefusals() {
    var lean = cooee
    lean.executable = Program.folder + "/cooee-lean"
    let unknown = configuration("schema = 1\nkernel_pth = 1\n")
    let text = TemporaryFolder.shared.write(Array("a letter".utf8), "letter.wav")
    for arguments in [
      ["lisen"], ["spot"], ["listen", "--seconds", "soon"], ["doctor", "--config", unknown],
      ["phrases", "--phrases", text], ["enroll", "...", "--to", "/nonexistent/p.cooeep"],
      ["spot", "--phrases", "/nonexistent/p.cooeep", text], ["listen", "--kernel-path", "avx3"],
      ["score", "--pairs", "/nonexistent/pairs.tsv"],
    ] {
      let (full, same) = (cooee.run(arguments), lean.run(arguments))
      #expect(full.exitCode != 0 && same.exitCode == full.exitCode, "\(arguments)")
      #expect(same.messages == full.messages && same.output == full.output, "\(arguments)")
    }
  }

  @Test("a file that is not a microcontroller image is rejected by name")
  func firmwareImages() {
    let bench = Program(executable: Program.folder + "/cooee-bench")
    let program = contents(of: Program.folder + "/cooee")
    for (path, code) in [
      ("/nonexistent/image.elf", 66), (TemporaryFolder.shared.write(Array("a letter".utf8), "letter.elf"), 65),
      (TemporaryFolder.shared.write([], "empty.elf"), 65),
      (TemporaryFolder.shared.write(Array(program.prefix(40)), "cut.elf"), 65),
      (TemporaryFolder.shared.write(Array(program.prefix(program.count / 2)), "half.elf"), 65),
    ] {
      let run = bench.run([
        "footprint", "--model", TestModels.repository + "/models/tiny.cooee", "--phrases", "1", "--image", path,
      ])
      #expect(run.exitCode == Int32(code) && run.messages.contains(path), "\(path): \(run.messages)")
    }
  }

  @Test("the lean program enrolls the same bytes and gives the same events")
  func leanProgram() throws {
    var full = cooee
    full.environment["COOEE_MODELS"] = TestModels.repository + "/models"
    var lean = full
    lean.executable = Program.folder + "/cooee-lean"
    let files = [TemporaryFolder.shared.newPath("full.cooeep"), TemporaryFolder.shared.newPath("lean.cooeep")]
    for (program, file) in zip([full, lean], files) {
      let run = program.run(["enroll", "hey computer", "--to", file, "--threshold", "0.5"])
      #expect(run.exitCode == 0, "\(run.messages)")
    }
    #expect(contents(of: files[0]) == contents(of: files[1]))
    let samples = try AudioFileReader.readAll(path: TestModels.recordings + "/hey-computer-1.opus")
    let recording = TemporaryFolder.shared.write(waveFile(hertz: 16_000, channels: 1, samples: samples), "hey.wav")
    let runs = [full, lean].map { $0.run(["spot", "--phrases", files[0], "--candidates", "--json", recording]) }
    #expect(runs[0].exitCode == 0 && runs[1].exitCode == 0, "\(runs[0].messages)\(runs[1].messages)")
    #expect(runs[0].output.contains("\"detected\":true"), "\(runs[0].output)")
    #expect(runs[0].output == runs[1].output)
  }
}
