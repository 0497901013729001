import Testing

@Suite("Concurrent changes of a phrase file")
struct SharedPhraseFileTests {
  private let heed = Program(environment: ["HEED_MODELS": TestModels.withoutSpeech])

  @Test("phrases enrolled and removed at the same time are all added and all removed")
  func nothingIsLost() {
    let phrases = TemporaryFolder.shared.newPath("phrases.heedp")
    #expect(heed.run(["enroll", "good morning kitchen", "--to", phrases]).exitCode == 0)
    let words = ["computer", "scout", "jarvis", "marvin"]
    var runs = words.map { heed.start(["enroll", "hey \($0)", "--to", phrases]) }
    runs.append(heed.start(["phrases", "--phrases", phrases, "--remove", "good morning kitchen"]))
    for run in runs.map({ $0.wait() }) { #expect(run.exitCode == 0, "\(run.messages)") }
    let lines = heed.run(["phrases", "--phrases", phrases]).lines
    #expect(Set(lines.map { String($0.prefix { $0 != "\t" }) }) == Set(words.map { "hey \($0)" }))
  }
}
