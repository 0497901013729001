import AudioFrontEnd
import Glibc
import KeywordSpotting
import ModelFormat
import Testing
import TextEnrollment

@Suite("cooee enroll and cooee phrases")
struct EnrollTests {
  private let cooee = Program(environment: ["COOEE_MODELS": TestModels.untrained])

  private func newPhraseFile() -> String { TemporaryFolder.shared.newPath("phrases.cooeep") }

  @Test("phrases are added, listed in order, replaced and removed")
  func phrasesComeAndGo() {
    let file = newPhraseFile()
    #expect(cooee.run(["enroll", "hey computer", "--to", file]).exitCode == 0)
    #expect(cooee.run(["enroll", "good morning kitchen", "--to", file, "--threshold", "0.7"]).exitCode == 0)
    let listed = cooee.run(["phrases", "--phrases", file])
    #expect(
      listed.lines.map { $0.split(separator: "\t").prefix(2).map(String.init) }
        == [["hey computer", "0.500"], ["good morning kitchen", "0.700"]])
    #expect(listed.output.contains("HH EY . K AH M P Y UW T ER"))

    let anew = cooee.run(["enroll", "hey computer", "--to", file, "--threshold", "0.25"])
    #expect(anew.exitCode == 0)
    #expect(anew.messages.contains("replaced in"))
    let json = cooee.run(["phrases", "--phrases", file, "--json"])
    #expect(json.lines.count == 2)
    #expect(json.output.contains(#"{"phrase":"hey computer","threshold":0.25,"pronunciations":["HH EY . K AH M"#))

    #expect(cooee.run(["phrases", "--phrases", file, "--remove", "hey computer"]).exitCode == 0)
    let rest = cooee.run(["phrases", "--phrases", file])
    #expect(rest.lines.count == 1)
    #expect(rest.output.hasPrefix("good morning kitchen"))
  }

  @Test("links are kept, whether their file exists or not")
  func links() {
    let (file, link) = (newPhraseFile(), newPhraseFile())
    symlink(file, link)
    let run = cooee.run(["enroll", "hey computer", "--to", link])
    #expect(run.exitCode == 73 && run.messages.contains(link), "\(run.messages)")
    var status = stat()
    #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK && access(file, F_OK) != 0)
    for text in ["hey computer", "hey scout"] {
      #expect(cooee.run(["enroll", text, "--to", text == "hey computer" ? file : link]).exitCode == 0)
    }
    #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(cooee.run(["phrases", "--phrases", file]).lines.count == 2)
  }

  @Test("a file name may have the maximum length")
  func longNames() {
    let folder = TemporaryFolder.shared.newPath("long")
    mkdir(folder, 0o700)
    let file = folder + "/" + String(repeating: "p", count: 255)
    for text in ["hey computer", "hey scout"] {
      #expect(cooee.run(["enroll", text, "--to", file]).exitCode == 0)
    }
    #expect(cooee.run(["phrases", "--phrases", file]).lines.count == 2)
  }

  @Test(
    "a file that root enrolls for another user belongs to that user",
    .enabled(if: geteuid() == 0, "only root gives files to another user"))
  func owners() {
    let folder = TemporaryFolder.shared.newPath("state")
    mkdir(folder, 0o700)
    chown(folder, 65_534, 65_534)
    var status = stat()
    let file = folder + "/phrases.cooeep"
    for text in ["hey computer", "hey scout"] {
      #expect(cooee.run(["enroll", text, "--to", file]).exitCode == 0)
      #expect(stat(file, &status) == 0 && status.st_uid == 65_534 && status.st_gid == 65_534)
      chown(folder, 0, 0)
    }
  }

  @Test("a typed pronunciation replaces the dictionary's")
  func typedPronunciation() {
    let file = newPhraseFile()
    let run = cooee.run(["enroll", "hey moxie", "--to", file, "--pronunciation", "hh ey1 . m aa1 k s iy0", "--json"])
    #expect(run.exitCode == 0)
    #expect(run.output.contains(#""pronunciations":["HH EY . M AA K S IY"],"source":"typed""#))
  }

  @Test(
    "a phrase that cannot be pronounced is rejected with the reason, and nothing is written",
    arguments: [
      (["..."], "no letter"), ([""], "no letter"), (["語"], "not a Latin letter"), (["привет"], "\"п\""),
      (["hey 🎤"], "\"🎤\" (U+1F3A4) at character 5"), (["hey\u{7}computer"], "U+0007 at character 4"),
      (["one two three four five six seven eight nine ten eleven twelve thirteen"], "13 words"),
      (["hey", "--pronunciation", "HH XX"], "\"XX\" at character 4"),
      (["hey", "--pronunciation", " . "], "no phoneme"),
    ])
  func badPhrases(phrase: (arguments: [String], reason: String)) {
    let file = newPhraseFile()
    let run = cooee.run(["enroll"] + phrase.arguments + ["--to", file])
    #expect(run.exitCode == 65)
    #expect(run.messages.contains(phrase.reason), "\(run.messages)")
    #expect(contents(of: file).isEmpty)
  }

  @Test("each way to read a phrase is printed with its words, and those that do not fit are named")
  func readings() {
    let run = cooee.run(["enroll", "911", "--to", newPhraseFile()])
    #expect(run.exitCode == 0)
    for line in [
      "911: \"nine one one\": N AY N . W AH N . W AH N (dictionary)\n",
      "911: \"nine eleven\": N AY N . IH L EH V AH N,",
      "911: \"nine hundred eleven\": ",
    ] {
      #expect(run.messages.contains(line), "\(run.messages)")
    }
    let json = cooee.run(["enroll", "the LED", "--json", "--dry-run"])
    #expect(
      json.output.contains("\"readings\":[{\"words\":\"the l. e. d.\",\"pronunciations\":[\"DH AH . EH L . IY . D IY\"")
    )
    let many = cooee.run(["enroll", "7:30 on 5/8 at 12:05", "--dry-run"])
    #expect(many.exitCode == 0 && many.messages.contains("these other ways to say it are not listened for: \""))
    #expect(many.messages.contains("enroll those words, or give --pronunciation"))
  }

  @Test("a phrase that looks the same is the same phrase")
  func sameLooks() {
    let file = newPhraseFile()
    #expect(cooee.run(["enroll", "Hey Scout", "--to", file]).exitCode == 0)
    let again = cooee.run(["enroll", "\u{FF28}ey  sc\u{F3}ut\r\n", "--to", file])
    #expect(again.messages.contains("replaced in"), "\(again.messages)")
    #expect(cooee.run(["phrases", "--phrases", file]).output.hasPrefix("Hey sc\u{F3}ut\t"))
    #expect(cooee.run(["phrases", "--phrases", file, "--remove", "HEY SCOUT"]).exitCode == 0)
    #expect(cooee.run(["phrases", "--phrases", file]).lines.isEmpty)
  }

  @Test("counts of one are in the singular, and a note names its phrase")
  func singular() {
    let run = cooee.run(["enroll", "oh", "--dry-run"])
    #expect(run.messages.contains("note on \"oh\": it has only 1 phoneme;"), "\(run.messages)")
  }

  @Test("a rejected phrase leaves the file's other phrases unchanged")
  func refusalLosesNothing() {
    let file = newPhraseFile()
    #expect(cooee.run(["enroll", "hey computer", "--to", file]).exitCode == 0)
    let before = contents(of: file)
    #expect(cooee.run(["enroll", "語", "--to", file]).exitCode == 65)
    #expect(cooee.run(["phrases", "--phrases", file, "--remove", "hey nobody"]).exitCode == 65)
    #expect(contents(of: file) == before)
  }

  @Test("a threshold outside 0 to 1 is a usage error")
  func badThreshold() {
    for threshold in ["-0.1", "1.5", "nan", "high"] {
      let run = cooee.run(["enroll", "hey computer", "--to", newPhraseFile(), "--threshold=\(threshold)"])
      #expect(run.exitCode == 64, "--threshold=\(threshold)")
    }
  }

  @Test("an unwritable path has its own exit status")
  func unwritablePlace() {
    let run = cooee.run(["enroll", "hey computer", "--to", "/nonexistent/folder/phrases.cooeep"])
    #expect(run.exitCode == 73)
    #expect(run.messages.contains("/nonexistent/folder/phrases.cooeep"))
    let full = cooee.run(["enroll", "hey computer", "--to", "/proc/phrases.cooeep"])
    #expect(full.exitCode == 73)
  }

  @Test("a phrase file of another model is rejected with what to do, and is unchanged")
  func otherModel() {
    let file = newPhraseFile()
    #expect(cooee.run(["enroll", "hey computer", "--to", file]).exitCode == 0)
    let before = contents(of: file)
    let other = Program(environment: ["COOEE_MODELS": TestModels.other])
    for arguments in [["enroll", "good morning", "--to", file], ["spot", "--phrases", file, "a.wav"]] {
      let run = other.run(arguments)
      #expect(run.exitCode == 65)
      #expect(run.messages.contains("a different model"))
      #expect(run.messages.contains("cooee enroll 'hey computer' --to new.cooeep"))
    }
    #expect(contents(of: file) == before)
    #expect(other.run(["phrases", "--phrases", file]).output.hasPrefix("hey computer"))
  }

  @Test("a missing, damaged or foreign phrase file is rejected")
  func badPhraseFiles() {
    let missing = cooee.run(["phrases", "--phrases", "/nonexistent/phrases.cooeep"])
    #expect(missing.exitCode == 66)
    #expect(missing.messages.contains("cooee enroll"))

    let file = newPhraseFile()
    #expect(cooee.run(["enroll", "hey computer", "--to", file]).exitCode == 0)
    let bytes = contents(of: file)
    var flipped = bytes
    flipped[bytes.count / 2] ^= 0x10
    for (name, damaged) in [
      ("truncated", Array(bytes.dropLast(100))), ("flipped", flipped), ("empty", []),
      ("text", Array("hey computer\n".utf8)), ("model", contents(of: TestModels.untrained + "/base.cooee")),
    ] {
      let path = TemporaryFolder.shared.write(damaged, "\(name).cooeep")
      for arguments in [["phrases", "--phrases", path], ["enroll", "good morning", "--to", path]] {
        let run = cooee.run(arguments)
        #expect(run.exitCode == 65, "\(name): \(run.messages)")
        #expect(run.messages.contains(path))
      }
      #expect(contents(of: path) == damaged)
    }
  }

  /// A folder with the untrained model, the language and a background made for the model.
  private func modelsWithBackground() throws -> String {
    let folder = TemporaryFolder.shared.newPath("models")
    #expect(mkdir(folder, 0o700) == 0)
    for name in ["base.cooee", "english.cooee"] {
      #expect(symlink(TestModels.untrained + "/" + name, folder + "/" + name) == 0)
    }
    let bytes = contents(of: folder + "/base.cooee")
    try bytes.withUnsafeBytes { bytes in
      let model = try AcousticModel(bytes, expectedFeatureContract: FeatureContract.hash)
      let dimension = model.embeddingDimension
      var writer = BackgroundSpeechWriter(
        modelHash: model.contentHash, mean: [Float](repeating: 0, count: dimension),
        directions: (0..<dimension * dimension).map { $0 % (dimension + 1) == 0 ? 1 : 0 }, step: 0.02)
      var state: UInt64 = 9
      for utterance in 0..<40 {
        // Drawn class vectors, one a frame: every phoneme is heard now and then.
        let units = (0..<400).flatMap { _ -> [Float] in
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          let index = Int(state >> 33) % 40
          return Array(model.classVectors.vectors[index * dimension..<(index + 1) * dimension])
        }
        let words = (0..<40).map {
          BackgroundWord(spelling: "word\($0)", phonemes: [1, 2], firstFrame: 10 * $0, endFrame: 10 * $0 + 9)
        }
        writer.append(
          words: words, units: units, isSurelyBlank: [Bool](repeating: false, count: 400),
          condition: utterance % 3)
      }
      overwrite(folder + "/base-background.cooee", writer.finish())
    }
    return folder
  }

  @Test("with a background, the threshold follows the false alarms per hour unless it is given")
  func advisedThreshold() throws {
    let cooee = Program(environment: ["COOEE_MODELS": try modelsWithBackground()])
    func field(_ name: String, _ arguments: [String]) -> Float? {
      let run = cooee.run(["enroll", "hey computer", "--dry-run", "--json"] + arguments)
      #expect(run.exitCode == 0, "\(run.messages)")
      let rest = run.output.components(after: "\"\(name)\":")
      return Float(String(rest.prefix { !",}".contains($0) }))
    }
    let rare = try #require(field("threshold", ["--false-alarms", "0.05"]))
    let often = try #require(field("threshold", ["--false-alarms", "0.2"]))
    #expect(rare > often && rare != 0.5 && often != 0.5)
    #expect(field("threshold", ["--threshold", "0.25"]) == 0.25)
    let expected = try #require(field("falseAlarmsPerHour", ["--false-alarms", "0.2"]))
    #expect(expected > 0.1 && expected < 0.21)
    for value in ["0", "-1", "nan", "many"] {
      #expect(cooee.run(["enroll", "hey computer", "--false-alarms=\(value)", "--dry-run"]).exitCode == 64)
    }
  }

  @Test("--explain prints a report as text or JSON, and a dry run writes nothing")
  func explained() throws {
    let cooee = Program(environment: ["COOEE_MODELS": try modelsWithBackground()])
    let file = newPhraseFile()
    let run = cooee.run(["enroll", "zorblax", "--to", file, "--explain", "--dry-run"])
    #expect(run.exitCode == 0)
    for part in [
      "(guessed)", "phonemes)", "threshold", "50 % practised readers", "across a room", "nearest matches", "word",
      "pronunciation is a guess, ",
    ] {
      #expect(run.output.contains(part), "\(part): \(run.output)")
    }
    #expect(run.messages.contains("nothing was written"))
    #expect(contents(of: file).isEmpty)
    let json = cooee.run(["enroll", "hey computer", "--to", file, "--explain", "--json"])
    #expect(json.lines.count == 1)
    for part in [
      "\"thresholdSource\":\"advised\"", "\"words\":[{\"word\":\"hey\",\"pronunciations\":[\"HH EY\"],", "\"rates\":[{",
      "\"mix\":{\"kinds\":[{\"name\":\"practised readers\",\"share\":0.5}", "\"heard\":[",
      "\"phonemeCounts\":[10]", "\"file\":",
    ] {
      #expect(json.output.contains(part), "\(part): \(json.output)")
    }
    // The made-up speech sounds like nothing; the released one has stretches that a phrase was nearly mistaken for.
    let released = Program(environment: ["COOEE_MODELS": TestModels.repository + "/models"])
    let heard = released.run(["enroll", "hey computer", "--explain", "--dry-run", "--json"])
    #expect(heard.output.contains("\"condition\":\""), "\(heard.output)")
    #expect(cooee.run(["phrases", "--phrases", file]).lines.count == 1)
  }

  @Test("without a background, the threshold stays 0.5 and the output says why")
  func noBackground() {
    let file = newPhraseFile()
    let run = cooee.run(["enroll", "hey computer", "--to", file])
    #expect(run.messages.contains("threshold 0.500, not adapted"))
    #expect(run.messages.contains("no background file"))
    let given = cooee.run(["enroll", "hey computer", "--to", file, "--threshold", "0.7"])
    #expect(!given.messages.contains("no background file"))
  }

  @Test(
    "a given background that is damaged or of another model is rejected; one next to the model is skipped")
  func badBackgrounds() throws {
    let folder = try modelsWithBackground()
    let background = folder + "/base-background.cooee"
    let other = Program(environment: ["COOEE_MODELS": TestModels.other])
    let file = newPhraseFile()
    let foreign = other.run(["enroll", "hey computer", "--to", file, "--background", background])
    #expect(foreign.exitCode == 65)
    #expect(foreign.messages.contains("a different model") && foreign.messages.contains(background))
    #expect(contents(of: file).isEmpty)
    let aside = Program(environment: ["COOEE_MODELS": folder]).run(
      ["enroll", "hey computer", "--to", file, "--model", TestModels.other + "/base.cooee"])
    #expect(aside.exitCode == 0, "there is none beside that model")
    #expect(aside.messages.contains("no background file"))

    let cooee = Program(environment: ["COOEE_MODELS": TestModels.untrained])
    let bytes = contents(of: background)
    var flipped = bytes
    flipped[bytes.count / 2] ^= 0x10
    for (name, damaged) in [
      ("truncated", Array(bytes.dropLast(1_000))), ("flipped", flipped), ("empty", []),
      ("model", contents(of: TestModels.untrained + "/base.cooee")),
    ] {
      let path = TemporaryFolder.shared.write(damaged, "\(name).cooee")
      let run = cooee.run(["enroll", "hey computer", "--to", newPhraseFile(), "--background", path])
      #expect(run.exitCode == 65, "\(name): \(run.messages)")
      #expect(run.messages.contains(path))
    }
    #expect(cooee.run(["enroll", "hey", "--background", "/nonexistent", "--dry-run"]).exitCode == 66)
  }
}

extension String {
  /// What follows the first `text`; empty where it is not there.
  fileprivate func components(after text: String) -> Substring {
    var rest = self[...]
    while !rest.isEmpty {
      if rest.hasPrefix(text) { return rest.dropFirst(text.count) }
      rest = rest.dropFirst()
    }
    return rest
  }
}
