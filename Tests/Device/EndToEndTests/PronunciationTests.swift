import Testing

@Suite("Typed pronunciations and changes of phrases")
struct PronunciationTests {
  private let cooee = Program(environment: ["COOEE_MODELS": TestModels.untrained])

  private func newPhraseFile() -> String { TemporaryFolder.shared.newPath("phrases.cooeep") }

  private func listed(_ file: String) -> [String] { cooee.run(["phrases", "--phrases", file]).lines }

  @Test("all pronunciations of a phrase are listened for, in ARPAbet, in IPA and as spelled")
  func severalPronunciations() {
    let file = newPhraseFile()
    let run = cooee.run([
      "enroll", "Siobhan", "--to", file, "--pronunciation", "SH IY V AA N", "--sounds-like", "shi-VAWN",
      "--pronunciation=/ʃəˈvɔːn/", "--pronunciation", "sh iy v aa1 n",
    ])
    #expect(run.exitCode == 0)
    for way in ["SH IY V AA N", "SH AH V AO N", "SH IH V AO N"] {
      #expect(run.messages.contains("Siobhan: \(way) (typed)\n"), "\(run.messages)")
    }
    #expect(listed(file) == ["Siobhan\t0.500\tSH IY V AA N, SH AH V AO N, SH IH V AO N\ttyped"])
  }

  @Test(
    "a pronunciation that cannot be read is reported with its symbol, its position and what may be meant",
    arguments: [
      (["--pronunciation", "AA", "--pronunciation", "HH XX"], "\"HH XX\" has \"XX\" at character 4", "did you mean"),
      (["--pronunciation", "/heɪ S/"], "\"/heɪ S/\" has \"S\" at character 6", "did you mean /s/?"),
      (["--pronunciation", "kæt", "--pronunciation", "AX"], "\"AX\" has \"AX\" at character 1", "did you mean AH?"),
      (["--sounds-like", "shi-語"], "\"shi-語\" has \"語\" at character 5", "not a Latin letter"),
      (["--pronunciation", "//"], "no phonemes", "an example is"),
      (["--sounds-like", ""], "no phonemes", "an example is"),
      ((1...9).flatMap { ["--pronunciation", String(repeating: "AA ", count: $0)] }, "9 pronunciations", "limit of 8"),
    ])
  func wrongPronunciations(arguments: [String], place: String, help: String) {
    let file = newPhraseFile()
    let run = cooee.run(["enroll", "hey", "--to", file] + arguments)
    #expect(run.exitCode == 65)
    #expect(run.messages.contains(place) && run.messages.contains(help), "\(run.messages)")
    #expect(contents(of: file).isEmpty)
  }

  @Test("a phrase that is enrolled again keeps its typed pronunciations and its place")
  func kept() {
    let file = newPhraseFile()
    for arguments in [["hey moxie", "--sounds-like", "hey mok-see", "--pronunciation", "M AA K"], ["lights out"]] {
      #expect(cooee.run(["enroll", "--to", file] + arguments).exitCode == 0)
    }
    let again = cooee.run(["enroll", "hey moxie", "--to", file, "--threshold", "0.7"])
    #expect(again.messages.contains("keeps its typed pronunciation"), "\(again.messages)")
    #expect(listed(file)[0] == "hey moxie\t0.700\tM AA K, HH EY . M AA K S IY\ttyped")
    let lookedUp = cooee.run(["enroll", "hey moxie", "--to", file, "--pronunciation", ""])
    #expect(lookedUp.exitCode == 0)
    #expect(listed(file)[0].hasPrefix("hey moxie\t0.500\tHH EY . M AA K S IY"))
    #expect(!listed(file)[0].hasSuffix("typed"))
  }

  @Test("threshold, pronunciations and text of a phrase can be changed, and the rest stays")
  func changes() {
    let file = newPhraseFile()
    for text in ["hey moxie", "lights out", "good morning"] {
      #expect(cooee.run(["enroll", text, "--to", file, "--threshold", "0.6"]).exitCode == 0)
    }
    let before = listed(file)
    func change(_ text: String, _ arguments: [String]) -> String {
      let run = cooee.run(["phrases", "--phrases", file, "--phrase", text] + arguments)
      #expect(run.exitCode == 0, "\(run.messages)")
      return run.output
    }
    #expect(change("lights out", ["--threshold", "0.25"]) == "lights out\t0.250\tL AY T S . AW T\tdictionary\n")
    #expect(
      change("lights out", ["--sounds-like", "lights out", "--pronunciation", "L AY T S"])
        == "lights out\t0.250\tL AY T S, L AY T S . AW T\ttyped\n")
    #expect(
      change("lights out", ["--rename", "dark", "--json"])
        == #"{"phrase":"dark","threshold":0.25,"pronunciations":["L AY T S","L AY T S . AW T"],"source":"typed"}"#
        + "\n")
    #expect(change("dark", []) == "dark\t0.250\tL AY T S, L AY T S . AW T\ttyped\n")
    #expect(listed(file) == [before[0], "dark\t0.250\tL AY T S, L AY T S . AW T\ttyped", before[2]])
    #expect(
      change("dark", ["--rename", "lights out", "--pronunciation", "", "--threshold", "0.6"]) == before[1] + "\n")
    #expect(listed(file) == before)
  }

  @Test(
    "a change that is not possible changes nothing and says what to do",
    arguments: [
      (["--phrase", "hey compter", "--threshold", "0.5"], 65, "did you mean \"hey computer\"?"),
      (["--phrase", "hey compter"], 65, "did you mean \"hey computer\"?"),
      (["--remove", "lights"], 65, "did you mean \"lights out\"?"),
      (["--remove", "hey computer", "--remove", "lights"], 65, "did you mean \"lights out\"?"),
      (["--phrase", "hey computer", "--rename", "lights out"], 65, "has this phrase already"),
      (["--phrase", "hey computer", "--rename", ""], 65, "choose another phrase"),
      (["--phrase", "hey computer", "--rename", "a\u{7}b"], 65, "control characters"),
      (["--phrase", "hey computer", "--pronunciation", "HH XX"], 65, "\"XX\" at character 4"),
      (["--phrase", "hey computer", "--threshold", "2"], 64, "values from 0 to 1"),
      (["--threshold", "0.5"], 64, "--phrase <text> is missing"),
      (["--phrase", "hey computer", "--remove", "lights out"], 64, "either --phrase or --remove"),
    ])
  func impossibleChanges(arguments: [String], exitCode: Int32, reason: String) {
    let file = newPhraseFile()
    for text in ["hey computer", "lights out"] { #expect(cooee.run(["enroll", text, "--to", file]).exitCode == 0) }
    let before = contents(of: file)
    let run = cooee.run(["phrases", "--phrases", file] + arguments)
    #expect(run.exitCode == exitCode)
    #expect(run.messages.contains(reason), "\(run.messages)")
    #expect(contents(of: file) == before)
  }

  @Test("new pronunciations need the model of the file, and a threshold and a text do not")
  func otherModel() {
    let file = newPhraseFile()
    #expect(cooee.run(["enroll", "hey computer", "--to", file]).exitCode == 0)
    let other = Program(environment: ["COOEE_MODELS": TestModels.other])
    let refused = other.run(["phrases", "--phrases", file, "--phrase", "hey computer", "--pronunciation", "HH EY"])
    #expect(refused.exitCode == 65 && refused.messages.contains("a different model"), "\(refused.messages)")
    let changed = other.run(
      ["phrases", "--phrases", file, "--phrase", "hey computer", "--threshold", "0.3", "--rename", "computer"])
    #expect(changed.exitCode == 0)
    #expect(listed(file) == ["computer\t0.300\tHH EY . K AH M P Y UW T ER\ttyped"])
  }
}
