import CPlatform
import CommandLineOptions
import FileSignatures
import Messages

/// The public keys of which one must have signed every model, language and background file that is used; without any, files
/// are used whether they are signed or not.
package struct TrustedKeys {
  package static let option = CommandSyntax.Option.value(
    "trusted-key", "key",
    "Accept only models, languages and backgrounds that are signed with this public key, 44 characters of base64 "
      + "(default: trusted_keys from the configuration). Repeatable.", isRepeated: true)
  static let limit = SignatureFile.lineLimit

  /// Why a text does not name keys: what was found, and what is accepted.
  struct Fault: Error {
    let message: String
  }

  package private(set) var keys: [VerificationKey] = []

  init() {}

  /// - Parameter text: Keys in base64 with spaces or commas between them.
  init(_ text: String) throws(Fault) {
    for word in text.utf8.split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ",") }) {
      let name = String(decoding: word, as: UTF8.self)
      let key: VerificationKey
      do throws(VerificationKey.Fault) {
        key = try VerificationKey(name)
      } catch {
        throw Fault(message: Self.explanation(of: error, name))
      }
      if !keys.contains(key) { keys.append(key) }
    }
    guard !keys.isEmpty else { throw Fault(message: "there is no key in it; a public key has 44 characters of base64") }
    guard keys.count <= Self.limit else {
      throw Fault(message: "\(keys.count) keys; at most \(Self.limit) are accepted")
    }
  }

  private static func explanation(of fault: VerificationKey.Fault, _ name: String) -> String {
    switch fault {
    case .privateKey:
      // It is not said again: what it begins with may be in somebody's log.
      "this is a private key, which must never leave the machine that signs; a public key is in the file .pub beside it"
    case .notBase64:
      "\(name.utf8.count > 64 ? "a word of \(name.utf8.count) bytes" : name) is not a public key; one has 44 characters of "
        + "base64, as heed-train sign --new-key prints it"
    case .notAKey: "\(name) is not the public key of anybody; copy it again from the file .pub of who signs"
    }
  }

  /// The keys' names.
  var text: String { keys.map { $0.text }.joined(separator: " ") }

  /// Refuses a file that none of the keys signed; without keys, nothing is looked at.
  ///
  /// - Parameter purpose: What the file is, "the model" say.
  func check(_ file: FileBytes, purpose: String) throws(Failure) {
    guard !keys.isEmpty else { return }
    switch FileSigner(of: file, trusting: self) {
    case .trusted: return
    case .none:
      throw refused(
        file, purpose, "is not signed: \(FileSigner.path(of: file)) is missing",
        "copy it beside the file, or sign the file with heed-train sign")
    case .unusable(let what):
      throw refused(
        file, purpose, "cannot be trusted: \(FileSigner.path(of: file)) \(what)", "copy the signature again")
    case .wrong(let key):
      throw refused(
        file, purpose,
        "cannot be trusted: its bytes are not those that the key \(key.text) signed in "
          + FileSigner.path(of: file), "copy the file and its signature again from where they come from")
    case .stranger(let key):
      throw refused(
        file, purpose, "is signed by another key, \(key.text)",
        "take the file from who has a trusted key, or add that key if you trust it")
    }
  }

  private func refused(_ file: FileBytes, _ purpose: String, _ what: String, _ remedy: String) -> Failure {
    Failure(
      .badData, "\(purpose) \(file.path) \(what); \(remedy) (trusted: \(text), by trusted_keys or --trusted-key)")
  }
}

/// Who signed a file, by the signatures beside it.
package enum FileSigner {
  /// A trusted key's signature holds.
  case trusted(VerificationKey)
  /// There is no signature file.
  case none
  /// The signature file holds no signatures, and why.
  case unusable(String)
  /// The signature that stands there is not one of these bytes.
  case wrong(VerificationKey)
  /// The signature holds, and its key is not trusted.
  case stranger(VerificationKey)

  static func path(of file: FileBytes) -> String { file.path + ".sig" }

  /// - Parameter keys: Without any, the first signature that holds is a stranger's.
  package init(of file: FileBytes, trusting trusted: TrustedKeys) {
    let path = Self.path(of: file)
    guard platform_path_exists(path) != 0 else {
      self = .none
      return
    }
    let signatures: SignatureFile
    do throws(Failure) {
      let bytes = try FileBytes(path, purpose: "the signature")
      do throws(SignatureFile.Fault) {
        signatures = try SignatureFile(bytes.bytes)
      } catch {
        self = .unusable(Self.explanation(of: error))
        return
      }
    } catch {
      self = .unusable("cannot be read")
      return
    }
    switch signatures.verdict(on: file.bytes, trusting: trusted.keys) {
    case .signed(let key): self = .trusted(key)
    case .wrong(let key): self = .wrong(key)
    case .untrusted:
      let first = signatures.lines[0]
      self = first.key.accepts(signature: first.signature, of: file.bytes) ? .stranger(first.key) : .wrong(first.key)
    }
  }

  private static func explanation(of fault: SignatureFile.Fault) -> String {
    switch fault {
    case .notSignatures: "is not a signature file"
    case .newerVersion: "is of another version than 1; update heed"
    case .line(let number): "is damaged in line \(number)"
    case .none: "holds no signature"
    case .tooMany: "holds more than \(SignatureFile.lineLimit) signatures"
    case .keyTwice(let line): "names the key of line \(line) twice"
    }
  }

  /// For `heed doctor`.
  package var description: String {
    switch self {
    case .trusted(let key): "signed by \(key.text)"
    case .none: "not signed"
    case .unusable(let what): "its signature file \(what)"
    case .wrong(let key): "not what the key \(key.text) signed"
    case .stranger(let key): "signed by \(key.text), which trusted_keys does not name"
    }
  }
}
