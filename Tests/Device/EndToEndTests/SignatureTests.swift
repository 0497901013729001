import Glibc
import Testing

/// `cooee-train sign` makes the keys and signatures, and `cooee` decides.
@Suite("Signed models")
struct SignatureTests {
  private var cooee: Program
  private let train = Program(executable: Program.folder + "/cooee-train")
  /// Models that each test has for itself, unsigned.
  private let folder: String
  private let phrases: String
  private let recording = TestModels.recordings + "/hey-computer-2.opus"
  private let pairs: String

  init() {
    folder = TemporaryFolder.shared.newPath("signed")
    #expect(mkdir(folder, 0o700) == 0)
    overwrite(folder + "/base.cooee", contents(of: TestModels.untrained + "/base.cooee"))
    overwrite(folder + "/english.cooee", contents(of: TestModels.untrained + "/english.cooee"))
    let cards = TemporaryFolder.shared.write(
      Array(
        """
        pcm_type.cooeetest { lib "\(Program.folder)/libasound_module_pcm_cooeetest.so" }
        pcm.kitchen { type cooeetest file "\(TestModels.recordings)/hey-computer-2.opus" speed 8 at_end silence }

        """.utf8), "alsa.conf")
    cooee = Program(environment: ["COOEE_MODELS": folder, "ALSA_CONFIG_PATH": cards])
    phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    #expect(cooee.run(["enroll", "hey computer", "--to", phrases]).exitCode == 0)
    pairs = TemporaryFolder.shared.write(Array("\(recording)\they computer\n".utf8), "pairs.tsv")
  }

  /// Makes a key and gives its file and its public half.
  private func newKey() -> (path: String, publicKey: String) {
    let path = TemporaryFolder.shared.newPath("release.key")
    let run = train.run(["sign", "--new-key", path])
    #expect(run.exitCode == 0, "\(run.messages)")
    return (path, String(run.output.dropLast()))
  }

  private func sign(_ key: String, _ files: [String]) -> ProgramRun { train.run(["sign", "--key", key] + files) }

  private func configuration(trusting keys: String) -> String {
    TemporaryFolder.shared.write(Array("schema = 1\ntrusted_keys = \"\(keys)\"\n".utf8), "cooee.toml")
  }

  /// Every command that opens the model, with what makes it short.
  private var commands: [[String]] {
    let port = ["--no-wyoming", "--no-console", "--no-announce"]
    return [
      ["enroll", "good morning", "--dry-run"], ["spot", recording, "--phrases", phrases],
      ["listen", "--device", "kitchen", "--seconds", "0.5", "--phrases", phrases], ["score", "--pairs", pairs],
      ["doctor", "--no-microphone"], ["serve", "--device", "kitchen", "--phrases", phrases] + Array(port.prefix(2)),
    ]
  }

  /// What is said where everything is said, once with the configuration and once with the option.
  private func expectRefusal(_ keys: String, _ part: String) {
    for command in commands {
      for trust in [["--config", configuration(trusting: keys)], ["--trusted-key", keys]] {
        let run = cooee.run(command + trust)
        #expect(run.exitCode == 65, "\(command[0]): \(run.messages)")
        #expect((run.messages + run.output).contains(part), "\(command[0]): \(run.messages)")
        #expect(command[0] == "doctor" || run.output.isEmpty, "\(command[0]) went on: \(run.output)")
      }
    }
  }

  @Test("with a trusted key, every command rejects unsigned files, with what to do")
  func unsigned() {
    let key = newKey()
    expectRefusal(key.publicKey, "/base.cooee is not signed: \(folder)/base.cooee.sig is missing; copy it next to")
  }

  @Test("with a trusted key, every command accepts signed files, and doctor names the key")
  func signed() {
    let key = newKey()
    let run = sign(key.path, [folder + "/base.cooee", folder + "/english.cooee"])
    #expect(run.exitCode == 0, "\(run.messages)")
    let file = configuration(trusting: key.publicKey)
    for command in commands where command[0] != "serve" {
      let run = cooee.run(command + ["--config", file])
      #expect(run.exitCode == 0, "\(command[0]): \(run.messages)")
      if command[0] == "doctor" {
        #expect(run.output.contains("ok   signatures: \(folder)/base.cooee is signed by \(key.publicKey)"))
        #expect(run.output.contains("trusted_keys = \"\(key.publicKey)\" (line 2)"))
      }
    }
    let service = cooee.start(commands.last! + ["--config", file])
    for _ in 0..<3_000 where !text(of: service.messages).contains("listening on kitchen") { usleep(10_000) }
    service.signal(SIGTERM)
    let served = service.wait()
    #expect(served.exitCode == 0 && served.messages.contains("listening on kitchen"), "\(served.messages)")
    // Without a trusted key nothing is asked of it, and doctor says so.
    let doctor = cooee.run(["doctor", "--no-microphone"])
    #expect(doctor.exitCode == 0 && doctor.output.contains("trusted_keys is not set"), "\(doctor.output)")
    #expect(doctor.output.contains("signed by \(key.publicKey), which is not in trusted_keys"))
  }

  @Test("a changed byte, another key's signature and another file's signature are rejected")
  func wrongSignatures() {
    let (key, other) = (newKey(), newKey())
    let model = folder + "/base.cooee"
    #expect(sign(other.path, [model, folder + "/english.cooee"]).exitCode == 0)
    expectRefusal(key.publicKey, "is signed by an untrusted key, \(other.publicKey)")
    unlink(model + ".sig")
    #expect(sign(key.path, [model, folder + "/english.cooee"]).exitCode == 0)
    let language = contents(of: folder + "/english.cooee.sig")
    let signature = contents(of: model + ".sig")
    overwrite(model + ".sig", language)
    expectRefusal(key.publicKey, "its bytes differ from those that the key \(key.publicKey) signed")
    overwrite(model + ".sig", Array(signature.dropLast(40)))
    expectRefusal(key.publicKey, "base.cooee.sig is damaged in line 2")
    overwrite(model + ".sig", signature)
    #expect(cooee.run(["doctor", "--no-microphone", "--trusted-key", key.publicKey]).exitCode == 0)
    // A sound model that somebody else made: the checksums hold, the signature does not.
    overwrite(model, contents(of: TestModels.other + "/base.cooee"))
    expectRefusal(key.publicKey, "its bytes differ from those that the key \(key.publicKey) signed")
  }

  @Test("language and background files must be signed too")
  func otherFiles() {
    let key = newKey()
    let released = TestModels.repository + "/models"
    for name in ["base.cooee", "base-background.cooee", "english.cooee"] {
      overwrite(folder + "/" + name, contents(of: released + "/" + name))
    }
    #expect(sign(key.path, [folder + "/base.cooee", folder + "/base-background.cooee"]).exitCode == 0)
    let enroll = ["enroll", "good morning", "--dry-run", "--trusted-key", key.publicKey]
    let first = cooee.run(enroll)
    #expect(first.exitCode == 65 && first.messages.contains("the language file \(folder)/english.cooee is not signed"))
    #expect(sign(key.path, [folder + "/english.cooee"]).exitCode == 0)
    #expect(cooee.run(enroll).exitCode == 0)
    unlink(folder + "/base-background.cooee.sig")
    for command in [enroll, ["doctor", "--no-microphone", "--trusted-key", key.publicKey]] {
      let run = cooee.run(command)
      #expect(run.exitCode == 65)
      #expect((run.messages + run.output).contains("the background file \(folder)/base-background.cooee is not signed"))
    }
  }

  @Test("one of several keys is enough, in the configuration and on the command line")
  func severalKeys() {
    let (old, new) = (newKey(), newKey())
    let files = [folder + "/base.cooee", folder + "/english.cooee"]
    #expect(sign(new.path, files).exitCode == 0)
    let doctor = ["doctor", "--no-microphone"]
    for separator in [" ", ", "] {
      let file = configuration(trusting: old.publicKey + separator + new.publicKey)
      #expect(cooee.run(doctor + ["--config", file]).exitCode == 0)
    }
    #expect(cooee.run(doctor + ["--trusted-key", old.publicKey]).exitCode == 65)
    #expect(cooee.run(doctor + ["--trusted-key", old.publicKey, "--trusted-key", new.publicKey]).exitCode == 0)
    // Signing with the second key keeps the first one's line.
    #expect(sign(old.path, files).exitCode == 0)
    for key in [old, new] { #expect(cooee.run(doctor + ["--trusted-key", key.publicKey]).exitCode == 0) }
    #expect(text(of: files[0] + ".sig").split(separator: "\n").count == 3)
  }

  @Test("an invalid public key is rejected before anything is opened, and a private key is not printed")
  func badTrustedKeys() {
    let key = newKey()
    let privateText = text(of: key.path).split(separator: "\n")[1]
    for (keys, part) in [
      ("", "trusted_keys is \"\""), (" , ", "it contains no key"), ("AAAA", "AAAA is not a public key"),
      (String(privateText), "must never leave the signing machine"),
      (String(repeating: "A", count: 43) + "=", "not a valid public key"),
      ("\(key.publicKey) AAAA", "AAAA is not a public key"),
      (String(repeating: "x", count: 999), "a word of 999 bytes"),
    ] {
      let run = cooee.run(["doctor", "--no-microphone", "--config", configuration(trusting: keys)])
      #expect(run.exitCode == 65 && run.messages.contains("line 2") && run.messages.contains(part), "\(run.messages)")
      #expect(!run.messages.contains(privateText))
    }
    #expect(cooee.run(["doctor", "--trusted-key", "AAAA"]).exitCode == 64)
  }

  @Test("signing needs a private Ed25519 key that only its owner can read, and valid Cooee files")
  func badSigning() {
    let key = newKey()
    let model = folder + "/base.cooee"
    var status = stat()
    #expect(stat(key.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(text(of: key.path + ".pub") == key.publicKey + "\n")
    #expect(train.run(["sign", "--new-key", key.path]).exitCode == 73)
    func expectFailure(_ code: Int32, _ part: String, _ key: String, _ file: String) {
      let run = sign(key, [model, file])
      #expect(run.exitCode == code && run.messages.contains(part), "\(run.messages)")
      #expect(access(model + ".sig", F_OK) != 0, "a file was signed all the same")
    }
    let damaged = TemporaryFolder.shared.write(Array(contents(of: model).dropLast()), "cut-off.cooee")
    expectFailure(65, "is damaged, or neither", key.path, damaged)
    expectFailure(65, "is damaged, or neither", key.path, phrases)
    expectFailure(66, "cannot be read", key.path, "/nonexistent.cooee")
    expectFailure(66, "cannot be read", "/nonexistent.key", model)
    func keyFile(_ text: String, _ name: String) -> String { TemporaryFolder.shared.write(Array(text.utf8), name) }
    expectFailure(65, "is a public key", keyFile(key.publicKey + "\n", "public.key"), model)
    expectFailure(65, "is not a private key", keyFile("", "empty.key"), model)
    // An elliptic curve's key of another kind begins as this one does.
    let p256 = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    let pem = "-----BEGIN PRIVATE KEY-----\n\(p256)\n-----END PRIVATE KEY-----\n"
    expectFailure(65, "of another kind", keyFile(pem, "p256.key"), model)
    expectFailure(
      65, "is not a private key", keyFile(pem.replacingOccurrences("PRIVATE", "ENCRYPTED PRIVATE"), "locked.key"), model
    )
    chmod(key.path, 0o644)
    expectFailure(65, "others can read the key", key.path, model)
    #expect(train.run(["sign", model]).exitCode == 64)
    #expect(train.run(["sign", "--key", key.path]).exitCode == 64)
  }
}

extension String {
  fileprivate func replacingOccurrences(_ old: String, _ new: String) -> String {
    var text = ""
    var rest = self[...]
    while let match = rest.range(of: old) {
      text += rest[..<match.lowerBound] + new
      rest = rest[match.upperBound...]
    }
    return text + rest
  }

}

extension Substring {
  fileprivate func range(of part: String) -> Range<Index>? {
    for index in indices where self[index...].hasPrefix(part) {
      return index..<self.index(index, offsetBy: part.count)
    }
    return nil
  }
}
