import Glibc
import Testing

@Suite("Model files")
struct ModelTests {
  @Test("if no model is found, the searched folders are listed")
  func searchedPlacesAreListed() {
    let folder = TemporaryFolder.shared.newPath("elsewhere")
    #expect(mkdir(folder, 0o700) == 0)
    overwrite(folder + "/cooee", contents(of: Program.folder + "/cooee"))
    chmod(folder + "/cooee", 0o700)
    let cooee = Program(executable: folder + "/cooee", directory: folder, environment: ["COOEE_MODELS": "/nonexistent"])
    let run = cooee.run(["enroll", "hey computer", "--to", "phrases.cooeep"])
    #expect(run.exitCode == 66)
    for place in ["base.cooee", "/nonexistent", "\(folder)/../share/cooee", "\(folder)/models", "./models", "--model"] {
      #expect(run.messages.contains(place), "\(run.messages)")
    }
    #expect(contents(of: folder + "/phrases.cooeep").isEmpty)
  }

  @Test("models are found in the models folder next to the program, and first in $COOEE_MODELS")
  func modelsAreFound() {
    let folder = TemporaryFolder.shared.newPath("installed")
    #expect(mkdir(folder, 0o700) == 0)
    #expect(mkdir(folder + "/bin", 0o700) == 0)
    // A link where that is possible: a copy that another test's child inherited while it was written would be busy.
    if link(Program.folder + "/cooee", folder + "/bin/cooee") != 0 {
      overwrite(folder + "/bin/cooee", contents(of: Program.folder + "/cooee"))
      chmod(folder + "/bin/cooee", 0o700)
    }
    #expect(symlink(TestModels.untrained, folder + "/models") == 0)
    var cooee = Program(executable: folder + "/bin/cooee", directory: "/", environment: ["COOEE_MODELS": ""])
    let file = folder + "/phrases.cooeep"
    #expect(cooee.run(["enroll", "hey computer", "--to", file]).exitCode == 0)
    cooee.environment["COOEE_MODELS"] = TestModels.other
    #expect(cooee.run(["enroll", "good morning", "--to", file]).messages.contains("a different model"))
  }

  @Test("a missing, damaged or foreign model is rejected by name")
  func badModels() {
    let cooee = Program(environment: ["COOEE_MODELS": TestModels.untrained])
    let file = TemporaryFolder.shared.newPath("phrases.cooeep")
    let missing = cooee.run(["enroll", "hey computer", "--to", file, "--model", "/nonexistent/base.cooee"])
    #expect(missing.exitCode == 66)
    let model = contents(of: TestModels.untrained + "/base.cooee")
    var flipped = model
    flipped[model.count / 2] ^= 1
    for (name, damaged) in [
      ("truncated", Array(model.prefix(1_000))), ("flipped", flipped), ("empty", []),
      ("language", contents(of: TestModels.untrained + "/english.cooee")), ("text", Array("not a model".utf8)),
    ] {
      let path = TemporaryFolder.shared.write(damaged, "\(name).cooee")
      let run = cooee.run(["enroll", "hey computer", "--to", file, "--model", path])
      #expect(run.exitCode == 65, "\(name): \(run.messages)")
      #expect(run.messages.contains(path))
    }
    let language = cooee.run(
      ["enroll", "hey computer", "--to", file, "--language", TestModels.untrained + "/base.cooee"])
    #expect(language.exitCode == 65)
    #expect(language.messages.contains("a language file is needed"))
    #expect(contents(of: file).isEmpty)
  }

  @Test("every command's help has examples, and the exit statuses are listed")
  func helpIsThere() {
    let cooee = Program()
    let root = cooee.run(["--help"])
    #expect(root.exitCode == 0)
    for code in ["64", "65", "66", "69", "70", "73", "74"] { #expect(root.output.contains("\n  \(code)  ")) }
    for command in ["enroll", "phrases", "listen", "spot", "score", "devices"] {
      let help = cooee.run([command, "--help"])
      #expect(help.exitCode == 0)
      #expect(help.output.contains("  cooee \(command)"), "\(command)")
    }
    for arguments in [["sing"], ["spot"], ["listen", "--seconds", "0"], ["listen", "--volume", "3"], ["score"]] {
      #expect(cooee.run(arguments).exitCode == 64, "\(arguments)")
    }
  }
}
