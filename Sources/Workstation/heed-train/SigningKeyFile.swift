import ArgumentParser
import CPlatform
import Crypto
import FileSignatures
import Foundation

/// A private Ed25519 key in a file: PKCS #8 as PEM, as `openssl genpkey -algorithm ed25519` writes it too.
struct SigningKeyFile {
  let key: Curve25519.Signing.PrivateKey

  /// What every PKCS #8 key of this kind begins with: version, algorithm 1.3.101.112, and the lengths around 32 bytes.
  private static let prefix: [UInt8] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]
  private static let begin = "-----BEGIN PRIVATE KEY-----"
  private static let end = "-----END PRIVATE KEY-----"

  /// A new key.
  init() { key = Curve25519.Signing.PrivateKey() }

  /// Reads a key that nobody but its owner can read.
  init(path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0, let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw SigningFailure(66, "the key \(path) cannot be read; heed-train sign --new-key \(path) makes one")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw SigningFailure(
        65, "others can read the key \(path); chmod 600 \(path), and if they may have, make a new one")
    }
    let lines = text.split(whereSeparator: \.isNewline).map(String.init)
    guard lines.first == Self.begin, lines.last == Self.end, lines.count >= 3 else {
      let isPublic = (try? VerificationKey(text.trimmingCharacters(in: .whitespacesAndNewlines))) != nil
      throw SigningFailure(
        65,
        isPublic
          ? "\(path) is a public key; signing takes the private one, which lies where heed-train sign --new-key wrote it"
          : "\(path) is not a private key as PEM without a passphrase; heed-train sign --new-key FILE makes one")
    }
    guard let der = Base64.decoded(Array(lines[1..<(lines.count - 1)].joined().utf8)), der.count == 48,
      der.starts(with: Self.prefix),
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: der[Self.prefix.count...])
    else {
      throw SigningFailure(65, "\(path) is a private key of another kind, or damaged; an Ed25519 key is wanted")
    }
    self.key = key
  }

  /// The public half, as configurations name it.
  var publicKey: String { Base64.encoded([UInt8](key.publicKey.rawRepresentation)) }

  private var text: String {
    """
    \(Self.begin)
    \(Base64.encoded(Self.prefix + [UInt8](key.rawRepresentation)))
    \(Self.end)

    """
  }

  /// Writes the key, for its owner alone, and beside it, with `.pub`, its public half. What is there already stays.
  func write(to path: String) throws {
    let publicPath = path + ".pub"
    guard access(publicPath, F_OK) != 0 else { throw Self.taken(publicPath) }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw errno == EEXIST
        ? Self.taken(path) : SigningFailure(73, "\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
    let bytes = Array(text.utf8)
    let result = platform_write_all(descriptor, bytes, bytes.count)
    let synchronized = fsync(descriptor) == 0
    close(descriptor)
    let publicBytes = Array((publicKey + "\n").utf8)
    guard result == 0, synchronized, platform_replace_file(publicPath, publicBytes, publicBytes.count) == 0 else {
      unlink(path)
      throw SigningFailure(73, "\(path) or \(publicPath) cannot be written; nothing is left of them")
    }
  }

  private static func taken(_ path: String) -> SigningFailure {
    SigningFailure(73, "\(path) is there already, and a key that is written over is lost; take another name")
  }
}

/// Why nothing was signed: an exit code in the manner of sysexits.h, and one line for a person.
struct SigningFailure: Error {
  let code: Int32
  let message: String

  init(_ code: Int32, _ message: String) {
    self.code = code
    self.message = message
  }
}
