import ArgumentParser
import CPlatform
import FileSignatures
import Foundation
import ModelFormat

struct SignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign",
    abstract: "Sign model, language and background files with a private key.",
    discussion: """
      Writes FILE.sig next to each FILE, an Ed25519 signature over all of its bytes. Devices check it if their configuration \
      names the public key in trusted_keys. If FILE.sig contains signatures by other keys, a line is added. A signature by the \
      same key is replaced. Keep the private key only on the machine that signs.

      Example:
        cooee-train sign --new-key release.key
        cooee-train sign --key release.key models/base.cooee models/base-background.cooee models/english.cooee
        make board BOARD=raspberry-pi-4 KEY=release.key.pub

      Exit status: 0 signed, 64 wrong usage, 65 unusable key or file, 66 missing key or file, 73 a file cannot be written.
      """)

  @Option(help: "Private key to sign with.") var key: String?
  @Option(help: "Write a new private key to FILE and its public key to FILE.pub, and print the public key.")
  var newKey: String?
  @Argument(help: "Files to sign.") var files: [String] = []

  func validate() throws {
    if newKey != nil {
      guard key == nil, files.isEmpty else {
        throw ValidationError("--new-key only creates a key; sign with --key afterwards")
      }
    } else {
      guard key != nil else { throw ValidationError("--key FILE is missing; create one with --new-key FILE") }
      guard !files.isEmpty else { throw ValidationError("pass the files to sign, such as models/base.cooee") }
    }
  }

  func run() throws {
    do {
      if let newKey {
        let made = SigningKeyFile()
        try made.write(to: newKey)
        print(made.publicKey)
      } else {
        let key = try SigningKeyFile(path: key ?? "")
        // Check all files before the first is signed.
        let contents = try files.map { ($0, try Self.signable($0)) }
        for (path, bytes) in contents { try Self.sign(path, bytes, key) }
      }
    } catch let failure as SigningFailure {
      Console.say("cooee-train: \(failure.message)")
      throw ExitCode(failure.code)
    }
  }

  /// The bytes of a file that devices accept.
  private static func signable(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw SigningFailure(66, "\(path) cannot be read")
    }
    let bytes = [UInt8](data)
    let isWhole = bytes.withUnsafeBytes { bytes in
      [ContainerKind.model, .language, .background].contains { (try? ContainerReader(bytes, expecting: $0)) != nil }
    }
    guard isWhole else {
      throw SigningFailure(
        65, "\(path) is damaged, or neither a model nor a language nor a background file; it was not signed")
    }
    return bytes
  }

  private static func sign(_ path: String, _ bytes: [UInt8], _ key: SigningKeyFile) throws {
    let target = path + ".sig"
    var file = SignatureFile()
    if let old = FileManager.default.contents(atPath: target) {
      do {
        file = try [UInt8](old).withUnsafeBytes { bytes throws(SignatureFile.Fault) in try SignatureFile(bytes) }
      } catch {
        throw SigningFailure(65, "\(target) exists and is not a signature file; remove it first")
      }
    }
    do {
      try file.add(
        SignatureFile.Line(
          key: try VerificationKey(key.publicKey), signature: [UInt8](try key.key.signature(for: Data(bytes)))))
    } catch SignatureFile.Fault.tooMany {
      throw SigningFailure(
        65, "\(target) has \(SignatureFile.lineLimit) signatures, the maximum; remove some lines")
    }
    let text = Array(file.text.utf8)
    guard platform_replace_file(target, text, text.count) == 0 else {
      throw SigningFailure(73, "\(target) cannot be written")
    }
    print(target)
  }
}
