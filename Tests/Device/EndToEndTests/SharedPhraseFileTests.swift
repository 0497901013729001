import Testing

@Suite("Concurrent changes of a phrase file")
struct SharedPhraseFileTests {
  private let cooee = Program(environment: ["COOEE_MODELS": TestModels.withoutSpeech])

  @Test("phrases enrolled and removed at the same time are all added and all removed")
  func nothingIsLost() {
    let phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    #expect(cooee.run(["enroll", "good morning kitchen", "--to", phrases]).exitCode == 0)
    let words = ["computer", "scout", "jarvis", "marvin"]
    var runs = words.map { cooee.start(["enroll", "hey \($0)", "--to", phrases]) }
    runs.append(cooee.start(["phrases", "--phrases", phrases, "--remove", "good morning kitchen"]))
    for run in runs.map({ $0.wait() }) { #expect(run.exitCode == 0, "\(run.messages)") }
    let lines = cooee.run(["phrases", "--phrases", phrases]).lines
    #expect(Set(lines.map { String($0.prefix { $0 != "\t" }) }) == Set(words.map { "hey \($0)" }))
  }
}
