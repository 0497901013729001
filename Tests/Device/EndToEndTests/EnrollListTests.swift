import Testing

@Suite("cooee enroll --from")
struct EnrollListTests {
  private let cooee = Program(environment: ["COOEE_MODELS": TestModels.untrained])

  private func newPhraseFile() -> String { TemporaryFolder.shared.newPath("phrases.cooeep") }

  private func list(_ lines: [String]) -> String {
    TemporaryFolder.shared.write(Array(lines.joined(separator: "\n").utf8), "list.txt")
  }

  private func listed(_ file: String) -> [String] { cooee.run(["phrases", "--phrases", file]).lines }

  @Test("the phrases of a file are enrolled with their options and replace phrases with the same text")
  func enrolled() {
    let file = newPhraseFile()
    for arguments in [["lights out"], ["hey moxie", "--pronunciation", "M AA K S IY"]] {
      #expect(cooee.run(["enroll", "--to", file] + arguments).exitCode == 0)
    }
    let path = list([
      "# Kitchen", "hey computer; threshold=0.7", "", "hey moxie", "hello world; label=Hello; threshold=0.2",
      "Siobhan; sounds-like=shi-vawn; pronunciation=/ʃəˈvɔːn/, SH IY V AA N",
    ])
    let run = cooee.run(["enroll", "--from", path, "--to", file, "--threshold", "0.4"])
    #expect(run.exitCode == 0, "\(run.messages)")
    #expect(run.messages.contains("added 3 and replaced 1 in \(file), which has 5 phrases"), "\(run.messages)")
    #expect(
      listed(file) == [
        "lights out\t0.500\tL AY T S . AW T\tdictionary", "hey moxie\t0.400\tM AA K S IY\ttyped",
        "hey computer\t0.700\tHH EY . K AH M P Y UW T ER\tdictionary",
        "Hello\t0.200\tHH AH L OW . W ER L D, HH EH L OW . W ER L D\ttyped",
        "Siobhan\t0.400\tSH IH V AO N, SH AH V AO N, SH IY V AA N\ttyped",
      ], "\(listed(file))")
  }

  @Test("a list on standard input gives one JSON object for each phrase, and a dry run writes nothing")
  func standardInput() {
    let file = newPhraseFile()
    var cooee = cooee
    cooee.input = list(["▁HE Y ▁COMP UTER :1.5 @computer", "good morning /1e-40/"])
    let run = cooee.run(["enroll", "--from", "-", "--to", file, "--json", "--dry-run"])
    #expect(run.exitCode == 0, "\(run.messages)")
    #expect(run.lines.count == 2)
    #expect(
      run.output.hasPrefix(#"{"phrase":"computer","pronunciations":["HH EY . K AH M P Y UW T ER"],"#), "\(run.output)")
    #expect(run.messages.contains("1 in the form of sherpa-onnx") && run.messages.contains("not used (line 1, 2)"))
    #expect(run.messages.contains("nothing was written"))
    #expect(contents(of: file).isEmpty)
  }

  @Test("all bad lines are reported with file and line, and nothing is enrolled")
  func badLines() {
    let file = newPhraseFile()
    #expect(cooee.run(["enroll", "lights out", "--to", file]).exitCode == 0)
    let before = contents(of: file)
    let path = list([
      "hey computer", "hey moxie; treshold=0.5", "語", "hey computer; threshold=0.5", "",
      "hey jarvis; pronunciation=HH QQ",
      "hey scout; threshold=2", "a; label=b\u{7}",
    ])
    let run = cooee.run(["enroll", "--from", path, "--to", file])
    #expect(run.exitCode == 65)
    for (line, reason) in [
      (2, "no option \"treshold\""), (3, "not a Latin letter"), (4, "\"hey computer\" is on an earlier line"),
      (6, "\"QQ\" at character 4"), (7, "threshold is 2"), (8, "control characters"),
    ] {
      #expect(
        run.messages.split(separator: "\n").contains { $0.contains("\(path), line \(line): ") && $0.contains(reason) },
        "\(line): \(run.messages)")
    }
    #expect(run.messages.contains("6 of 7 lines of \(path) cannot be used; nothing was enrolled"), "\(run.messages)")
    #expect(contents(of: file) == before)
  }

  @Test("a list that is missing, empty or combined with a phrase is rejected")
  func badLists() {
    let file = newPhraseFile()
    let missing = cooee.run(["enroll", "--from", "/nonexistent/list.txt", "--to", file])
    #expect(missing.exitCode == 66 && missing.messages.contains("/nonexistent/list.txt"))
    let empty = cooee.run(["enroll", "--from", list(["# nothing", ""]), "--to", file])
    #expect(empty.exitCode == 65 && empty.messages.contains("has no phrases"))
    for arguments in [["--from", "-", "hey computer"], [], ["--from", "-", "--sounds-like", "hey"]] {
      #expect(cooee.run(["enroll", "--to", file] + arguments).exitCode == 64)
    }
    #expect(contents(of: file).isEmpty)
  }
}
