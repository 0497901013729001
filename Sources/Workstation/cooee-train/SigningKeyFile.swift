import ArgumentParser
import CPlatform
import Crypto
import FileSignatures
import Foundation

/// A private Ed25519 key in a file: PKCS #8 as PEM, the format of `openssl genpkey -algorithm ed25519`.
struct SigningKeyFile {
  let key: Curve25519.Signing.PrivateKey

  /// The first bytes of every PKCS #8 key of this kind: version, algorithm 1.3.101.112, and the lengths around 32
  /// bytes.
  private static let prefix: [UInt8] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]
  private static let begin = "-----BEGIN PRIVATE KEY-----"
  private static let end = "-----END PRIVATE KEY-----"

  /// A new key.
  init() { key = Curve25519.Signing.PrivateKey() }

  /// Reads a key that only its owner can read.
  init(path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0, let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw SigningFailure(66, "the key \(path) cannot be read; create one with cooee-train sign --new-key \(path)")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw SigningFailure(
        65, "others can read the key \(path); run chmod 600 \(path), and create a new key if somebody may have read it")
    }
    let lines = text.split(whereSeparator: \.isNewline).map(String.init)
    guard lines.first == Self.begin, lines.last == Self.end, lines.count >= 3 else {
      let isPublic = (try? VerificationKey(text.trimmingCharacters(in: .whitespacesAndNewlines))) != nil
      throw SigningFailure(
        65,
        isPublic
          ? "\(path) is a public key; pass the private key that cooee-train sign --new-key wrote"
          : "\(path) is not a private key in PEM without passphrase; create one with cooee-train sign --new-key FILE")
    }
    guard let der = Base64.decoded(Array(lines[1..<(lines.count - 1)].joined().utf8)), der.count == 48,
      der.starts(with: Self.prefix),
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: der[Self.prefix.count...])
    else {
      throw SigningFailure(65, "\(path) is a private key of another kind, or damaged; an Ed25519 key is required")
    }
    self.key = key
  }

  /// The public key in the form of configuration files.
  var publicKey: String { Base64.encoded([UInt8](key.publicKey.rawRepresentation)) }

  private var text: String {
    """
    \(Self.begin)
    \(Base64.encoded(Self.prefix + [UInt8](key.rawRepresentation)))
    \(Self.end)

    """
  }

  /// Writes the key, readable only by its owner, and next to it the public key as `.pub`. Existing files are kept.
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
      throw SigningFailure(73, "\(path) or \(publicPath) cannot be written; neither file was kept")
    }
  }

  private static func taken(_ path: String) -> SigningFailure {
    SigningFailure(73, "\(path) exists already and overwriting it would destroy a key; choose another name")
  }
}

/// Why nothing was signed: an exit status as in sysexits.h, and a message of one line.
struct SigningFailure: Error {
  let code: Int32
  let message: String

  init(_ code: Int32, _ message: String) {
    self.code = code
    self.message = message
  }
}
