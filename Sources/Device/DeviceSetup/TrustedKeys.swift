import CPlatform
import CommandLineOptions
import FileSignatures
import Messages

/// The trusted public keys. Every model, language and background file must be signed by one of them. Without keys,
/// unsigned files are accepted.
package struct TrustedKeys {
  package static let option = CommandSyntax.Option.value(
    "trusted-key", "key",
    "Accept only models, languages and backgrounds that are signed with this public key, 44 characters of base64 "
      + "(default: trusted_keys from the configuration).", isRepeated: true)
  static let limit = SignatureFile.lineLimit

  /// Why a text does not contain valid keys: what was found and what is accepted.
  struct Fault: Error {
    let message: String
  }

  /// The keys, without duplicates.
  package private(set) var keys: [VerificationKey] = []

  init() {}

  /// - Parameter text: Keys in base64, separated by spaces or commas.
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
    guard !keys.isEmpty else { throw Fault(message: "it contains no key; a public key has 44 characters of base64") }
    guard keys.count <= Self.limit else {
      throw Fault(message: "\(keys.count) keys are too many; the limit is \(Self.limit)")
    }
  }

  private static func explanation(of fault: VerificationKey.Fault, _ name: String) -> String {
    switch fault {
    case .privateKey:
      // The key is not repeated: logs may be readable by others.
      "this is a private key, which must never leave the signing machine; use the key in the .pub file next to it"
    case .notBase64:
      "\(name.utf8.count > 64 ? "a word of \(name.utf8.count) bytes" : name) is not a public key; one has 44 characters of "
        + "base64, as printed by cooee-train sign --new-key"
    case .notAKey: "\(name) is not a valid public key; copy it again from the signer's .pub file"
    }
  }

  /// The keys in base64, separated by spaces.
  var text: String { keys.map { $0.text }.joined(separator: " ") }

  /// Throws `badData` if no trusted key signed the file. Without trusted keys, the signature is not read.
  ///
  /// - Parameter purpose: What the file is, such as "the model".
  func check(_ file: FileBytes, purpose: String) throws(Failure) {
    guard !keys.isEmpty else { return }
    switch FileSigner(of: file, trusting: self) {
    case .trusted: return
    case .none:
      throw refused(
        file, purpose, "is not signed: \(FileSigner.path(of: file)) is missing",
        "copy it next to the file, or sign the file with cooee-train sign")
    case .unusable(let what):
      throw refused(
        file, purpose, "cannot be trusted: \(FileSigner.path(of: file)) \(what)", "copy the signature again")
    case .wrong(let key):
      throw refused(
        file, purpose,
        "cannot be trusted: its bytes differ from those that the key \(key.text) signed in "
          + FileSigner.path(of: file), "copy the file and its signature again from their source")
    case .stranger(let key):
      throw refused(
        file, purpose, "is signed by an untrusted key, \(key.text)",
        "get the file from a trusted signer, or add that key if you trust it")
    }
  }

  private func refused(_ file: FileBytes, _ purpose: String, _ what: String, _ remedy: String) -> Failure {
    Failure(
      .badData, "\(purpose) \(file.path) \(what); \(remedy) (trusted: \(text), from trusted_keys or --trusted-key)")
  }
}

/// The signer of a file, according to the signature file next to it.
package enum FileSigner {
  /// The signature by this trusted key is valid.
  case trusted(VerificationKey)
  /// There is no signature file.
  case none
  /// The signature file is invalid; the text is the reason.
  case unusable(String)
  /// The signature by this key does not match the bytes.
  case wrong(VerificationKey)
  /// The signature by this key is valid, but the key is not trusted.
  case stranger(VerificationKey)

  static func path(of file: FileBytes) -> String { file.path + ".sig" }

  /// - Parameter trusted: The trusted keys. Without any, the first valid signature is a stranger's.
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
    case .newerVersion: "has a version other than 1; update cooee"
    case .line(let number): "is damaged in line \(number)"
    case .none: "contains no signature"
    case .tooMany: "contains more than \(SignatureFile.lineLimit) signatures"
    case .keyTwice(let line): "repeats the key of line \(line)"
    }
  }

  /// The finding for `cooee doctor`.
  package var description: String {
    switch self {
    case .trusted(let key): "signed by \(key.text)"
    case .none: "not signed"
    case .unusable(let what): "the signature file \(what)"
    case .wrong(let key): "differs from what the key \(key.text) signed"
    case .stranger(let key): "signed by \(key.text), which is not in trusted_keys"
    }
  }
}
