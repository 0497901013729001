import Glibc
import Testing

@Suite("Model files")
struct ModelTests {
  @Test("if no model is found, the searched folders are listed")
  func searchedPlacesAreListed() {
    let folder = TemporaryFolder.shared.newPath("elsewhere")
    #expect(mkdir(folder, 0o700) == 0)
    overwrite(folder + "/heed", contents(of: Program.folder + "/heed"))
    chmod(folder + "/heed", 0o700)
    let heed = Program(executable: folder + "/heed", directory: folder, environment: ["HEED_MODELS": "/nonexistent"])
    let run = heed.run(["enroll", "hey computer", "--to", "phrases.heedp"])
    #expect(run.exitCode == 66)
    for place in ["base.heed", "/nonexistent", "\(folder)/../share/heed", "\(folder)/models", "./models", "--model"] {
      #expect(run.messages.contains(place), "\(run.messages)")
    }
    #expect(contents(of: folder + "/phrases.heedp").isEmpty)
  }

  @Test("models are found in the models folder next to the program, and first in $HEED_MODELS")
  func modelsAreFound() {
    let folder = TemporaryFolder.shared.newPath("installed")
    #expect(mkdir(folder, 0o700) == 0)
    #expect(mkdir(folder + "/bin", 0o700) == 0)
    // A link where that is possible: a copy that another test's child inherited while it was written would be busy.
    if link(Program.folder + "/heed", folder + "/bin/heed") != 0 {
      overwrite(folder + "/bin/heed", contents(of: Program.folder + "/heed"))
      chmod(folder + "/bin/heed", 0o700)
    }
    #expect(symlink(TestModels.untrained, folder + "/models") == 0)
    var heed = Program(executable: folder + "/bin/heed", directory: "/", environment: ["HEED_MODELS": ""])
    let file = folder + "/phrases.heedp"
    #expect(heed.run(["enroll", "hey computer", "--to", file]).exitCode == 0)
    heed.environment["HEED_MODELS"] = TestModels.other
    #expect(heed.run(["enroll", "good morning", "--to", file]).messages.contains("a different model"))
  }

  @Test("a missing, damaged or foreign model is rejected by name")
  func badModels() {
    let heed = Program(environment: ["HEED_MODELS": TestModels.untrained])
    let file = TemporaryFolder.shared.newPath("phrases.heedp")
    let missing = heed.run(["enroll", "hey computer", "--to", file, "--model", "/nonexistent/base.heed"])
    #expect(missing.exitCode == 66)
    let model = contents(of: TestModels.untrained + "/base.heed")
    var flipped = model
    flipped[model.count / 2] ^= 1
    for (name, damaged) in [
      ("truncated", Array(model.prefix(1_000))), ("flipped", flipped), ("empty", []),
      ("language", contents(of: TestModels.untrained + "/english.heed")), ("text", Array("not a model".utf8)),
    ] {
      let path = TemporaryFolder.shared.write(damaged, "\(name).heed")
      let run = heed.run(["enroll", "hey computer", "--to", file, "--model", path])
      #expect(run.exitCode == 65, "\(name): \(run.messages)")
      #expect(run.messages.contains(path))
    }
    let language = heed.run(
      ["enroll", "hey computer", "--to", file, "--language", TestModels.untrained + "/base.heed"])
    #expect(language.exitCode == 65)
    #expect(language.messages.contains("a language file is needed"))
    #expect(contents(of: file).isEmpty)
  }

  @Test("every command's help has examples, and the exit statuses are listed")
  func helpIsThere() {
    let heed = Program()
    let root = heed.run(["--help"])
    #expect(root.exitCode == 0)
    for code in ["64", "65", "66", "69", "70", "73", "74"] { #expect(root.output.contains("\n  \(code)  ")) }
    for command in ["enroll", "phrases", "listen", "spot", "score", "devices"] {
      let help = heed.run([command, "--help"])
      #expect(help.exitCode == 0)
      #expect(help.output.contains("  heed \(command)"), "\(command)")
    }
    for arguments in [["sing"], ["spot"], ["listen", "--seconds", "0"], ["listen", "--volume", "3"], ["score"]] {
      #expect(heed.run(arguments).exitCode == 64, "\(arguments)")
    }
  }
}
