/// The signatures of a file, stored next to it in a text file with the added extension `.sig`.
///
/// ```text
/// cooee-signature 1
/// <public key in base64> <Ed25519 signature over the whole file in base64>
/// ```
///
/// One line per key, at most ``lineLimit``. During a key change, files have a signature of the old key and one of the
/// new key.
public struct SignatureFile: Equatable, Sendable {
  /// One signature.
  public struct Line: Equatable, Sendable {
    /// The signer according to the file. Do not trust it before the signature is verified.
    public let key: VerificationKey
    /// 64 bytes.
    public let signature: [UInt8]

    /// Creates a line from its members.
    public init(key: VerificationKey, signature: [UInt8]) {
      self.key = key
      self.signature = signature
    }
  }

  /// The reason why a file contains no usable signatures. Lines count from 1.
  public enum Fault: Error, Equatable, Sendable {
    /// The file does not start with `cooee-signature`, or is longer than ``SignatureFile/byteLimit``.
    case notSignatures
    /// The version is not 1.
    case newerVersion
    /// The line does not have a valid key and a signature of 64 bytes, separated by one space.
    case line(Int)
    /// The file has no signatures.
    case none
    /// More than ``SignatureFile/lineLimit`` signatures.
    case tooMany
    /// A key has two signatures.
    case keyTwice(line: Int)
  }

  /// Maximum number of signatures.
  public static let lineLimit = 8
  /// Maximum length in bytes.
  public static let byteLimit = 4_096
  private static let head = "cooee-signature "

  /// The signatures in file order.
  public private(set) var lines: [Line] = []

  /// Creates a file without signatures.
  public init() {}

  /// Reads a file.
  ///
  /// - Throws: the first ``Fault`` found.
  public init(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
    guard bytes.count <= Self.byteLimit else { throw .notSignatures }
    var number = 0
    for text in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      var line = Array(text)
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      if number == 1 {
        guard line.starts(with: Self.head.utf8) else { throw .notSignatures }
        guard line.dropFirst(Self.head.utf8.count).elementsEqual("1".utf8) else { throw .newerVersion }
        continue
      }
      if line.isEmpty { continue }
      let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard parts.count == 2, let signature = Base64.decoded(Array(parts[1])),
        signature.count == VerificationKey.signatureBytes
      else { throw .line(number) }
      let key: VerificationKey
      do throws(VerificationKey.Fault) {
        key = try VerificationKey(String(decoding: parts[0], as: UTF8.self))
      } catch {
        throw .line(number)
      }
      for other in lines where other.key == key { throw .keyTwice(line: number) }
      guard lines.count < Self.lineLimit else { throw .tooMany }
      lines.append(Line(key: key, signature: signature))
    }
    guard !lines.isEmpty else { throw .none }
  }

  /// Adds a signature. It replaces an older one of the same key.
  ///
  /// - Throws: ``Fault/tooMany``.
  public mutating func add(_ line: Line) throws(Fault) {
    for index in lines.indices where lines[index].key == line.key {
      lines[index] = line
      return
    }
    guard lines.count < Self.lineLimit else { throw .tooMany }
    lines.append(line)
  }

  /// The text of the file.
  public var text: String {
    var text = Self.head + "1\n"
    for line in lines { text += line.key.text + " " + Base64.encoded(line.signature) + "\n" }
    return text
  }

  /// The result of checking the signatures against trusted keys.
  public enum Verdict: Equatable, Sendable {
    /// The signature of a trusted key is valid.
    case signed(by: VerificationKey)
    /// There is a signature of a trusted key, and it is not valid.
    case wrong(VerificationKey)
    /// There are only signatures of other keys.
    case untrusted
  }

  /// Checks the signatures of trusted keys until one is valid. Reads the message once for each check.
  public func verdict(on message: UnsafeRawBufferPointer, trusting keys: [VerificationKey]) -> Verdict {
    var verdict = Verdict.untrusted
    for line in lines {
      guard keys.contains(line.key) else { continue }
      if line.key.accepts(signature: line.signature, of: message) { return .signed(by: line.key) }
      verdict = .wrong(line.key)
    }
    return verdict
  }
}
