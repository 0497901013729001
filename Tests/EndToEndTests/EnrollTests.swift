import Glibc
import Testing

@Suite("heed enroll and heed phrases")
struct EnrollTests {
  private let heed = Program(environment: ["HEED_MODELS": TestModels.untrained])

  private func newPhraseFile() -> String { TemporaryFolder.shared.newPath("phrases.heedp") }

  @Test("phrases are added, listed in order, enrolled anew and removed")
  func phrasesComeAndGo() {
    let file = newPhraseFile()
    #expect(heed.run(["enroll", "hey computer", "--to", file]).exitCode == 0)
    #expect(heed.run(["enroll", "good morning kitchen", "--to", file, "--threshold", "0.7"]).exitCode == 0)
    let listed = heed.run(["phrases", "--phrases", file])
    #expect(
      listed.lines.map { $0.split(separator: "\t").prefix(2).map(String.init) }
        == [["hey computer", "0.500"], ["good morning kitchen", "0.700"]])
    #expect(listed.output.contains("HH EY . K AH M P Y UW T ER"))

    let anew = heed.run(["enroll", "hey computer", "--to", file, "--threshold", "0.25"])
    #expect(anew.exitCode == 0)
    #expect(anew.messages.contains("enrolled anew"))
    let json = heed.run(["phrases", "--phrases", file, "--json"])
    #expect(json.lines.count == 2)
    #expect(json.output.contains(#"{"phrase":"hey computer","threshold":0.25,"pronunciations":["HH EY . K AH M"#))

    #expect(heed.run(["phrases", "--phrases", file, "--remove", "hey computer"]).exitCode == 0)
    let rest = heed.run(["phrases", "--phrases", file])
    #expect(rest.lines.count == 1)
    #expect(rest.output.hasPrefix("good morning kitchen"))
  }

  @Test("a typed pronunciation is used instead of the dictionary's")
  func typedPronunciation() {
    let file = newPhraseFile()
    let run = heed.run(["enroll", "hey moxie", "--to", file, "--pronunciation", "hh ey1 . m aa1 k s iy0", "--json"])
    #expect(run.exitCode == 0)
    #expect(run.output.contains(#""pronunciations":["HH EY . M AA K S IY"],"source":"typed""#))
  }

  @Test(
    "a phrase that cannot be said is refused with the reason, and nothing is written",
    arguments: [
      (["..."], "no letter"), ([""], "no letter"), (["語"], "not a Latin letter"), (["привет"], "\"п\""),
      (["hey 🎤"], "🎤"), (["one two three four five six seven eight nine ten eleven twelve thirteen"], "13 words"),
      (["hey", "--pronunciation", "HH XX"], "\"XX\" at character 4"),
      (["hey", "--pronunciation", " . "], "no phoneme"),
    ])
  func badPhrases(phrase: (arguments: [String], reason: String)) {
    let file = newPhraseFile()
    let run = heed.run(["enroll"] + phrase.arguments + ["--to", file])
    #expect(run.exitCode == 65)
    #expect(run.messages.contains(phrase.reason), "\(run.messages)")
    #expect(contents(of: file).isEmpty)
  }

  @Test("a refused phrase leaves the file's other phrases as they were")
  func refusalLosesNothing() {
    let file = newPhraseFile()
    #expect(heed.run(["enroll", "hey computer", "--to", file]).exitCode == 0)
    let before = contents(of: file)
    #expect(heed.run(["enroll", "語", "--to", file]).exitCode == 65)
    #expect(heed.run(["phrases", "--phrases", file, "--remove", "hey nobody"]).exitCode == 65)
    #expect(contents(of: file) == before)
  }

  @Test("a threshold outside 0 to 1 is a usage error")
  func badThreshold() {
    for threshold in ["-0.1", "1.5", "nan", "high"] {
      let run = heed.run(["enroll", "hey computer", "--to", newPhraseFile(), "--threshold=\(threshold)"])
      #expect(run.exitCode == 64, "--threshold=\(threshold)")
    }
  }

  @Test("a place that cannot be written to is told, with its own exit code")
  func unwritablePlace() {
    let run = heed.run(["enroll", "hey computer", "--to", "/nonexistent/folder/phrases.heedp"])
    #expect(run.exitCode == 73)
    #expect(run.messages.contains("/nonexistent/folder/phrases.heedp"))
    let full = heed.run(["enroll", "hey computer", "--to", "/proc/phrases.heedp"])
    #expect(full.exitCode == 73)
  }

  @Test("a phrase file of another model is refused with the way out, and is left as it was")
  func otherModel() {
    let file = newPhraseFile()
    #expect(heed.run(["enroll", "hey computer", "--to", file]).exitCode == 0)
    let before = contents(of: file)
    let other = Program(environment: ["HEED_MODELS": TestModels.other])
    for arguments in [["enroll", "good morning", "--to", file], ["spot", "--phrases", file, "a.wav"]] {
      let run = other.run(arguments)
      #expect(run.exitCode == 65)
      #expect(run.messages.contains("another model"))
      #expect(run.messages.contains("heed enroll \"hey computer\" --to"))
    }
    #expect(contents(of: file) == before)
    #expect(other.run(["phrases", "--phrases", file]).output.hasPrefix("hey computer"))
  }

  @Test("a phrase file that is missing, damaged or something else is refused")
  func badPhraseFiles() {
    let missing = heed.run(["phrases", "--phrases", "/nonexistent/phrases.heedp"])
    #expect(missing.exitCode == 66)
    #expect(missing.messages.contains("heed enroll"))

    let file = newPhraseFile()
    #expect(heed.run(["enroll", "hey computer", "--to", file]).exitCode == 0)
    let bytes = contents(of: file)
    var flipped = bytes
    flipped[bytes.count / 2] ^= 0x10
    for (name, damaged) in [
      ("truncated", Array(bytes.dropLast(100))), ("flipped", flipped), ("empty", []),
      ("text", Array("hey computer\n".utf8)), ("model", contents(of: TestModels.untrained + "/base.heed")),
    ] {
      let path = TemporaryFolder.shared.write(damaged, "\(name).heedp")
      for arguments in [["phrases", "--phrases", path], ["enroll", "good morning", "--to", path]] {
        let run = heed.run(arguments)
        #expect(run.exitCode == 65, "\(name): \(run.messages)")
        #expect(run.messages.contains(path))
      }
      #expect(contents(of: path) == damaged)
    }
  }
}
