/// The signatures of a file, which lie beside it in a text file of its name and `.sig`.
///
/// ```text
/// heed-signature 1
/// <public key in base64> <Ed25519 signature over the whole file in base64>
/// ```
///
/// One line a key, up to ``lineLimit``: while a key is being exchanged, files bear the old one's signature and the new one's.
public struct SignatureFile: Equatable, Sendable {
  public struct Line: Equatable, Sendable {
    /// Who signed, as the file says; it counts for nothing before the signature holds.
    public let key: VerificationKey
    /// 64 bytes.
    public let signature: [UInt8]

    public init(key: VerificationKey, signature: [UInt8]) {
      self.key = key
      self.signature = signature
    }
  }

  /// Why a file holds no signatures. Lines count from 1.
  public enum Fault: Error, Equatable, Sendable {
    case notSignatures
    case newerVersion
    case line(Int)
    case none
    case tooMany
    case keyTwice(line: Int)
  }

  public static let lineLimit = 8
  /// No signature file is longer.
  public static let byteLimit = 4_096
  private static let head = "heed-signature "

  public private(set) var lines: [Line] = []

  public init() {}

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

  /// Adds a signature, in place of an older one of the same key.
  public mutating func add(_ line: Line) throws(Fault) {
    for index in lines.indices where lines[index].key == line.key {
      lines[index] = line
      return
    }
    guard lines.count < Self.lineLimit else { throw .tooMany }
    lines.append(line)
  }

  /// The file's text.
  public var text: String {
    var text = Self.head + "1\n"
    for line in lines { text += line.key.text + " " + Base64.encoded(line.signature) + "\n" }
    return text
  }

  /// What the signatures say of a file to somebody who trusts some keys.
  public enum Verdict: Equatable, Sendable {
    /// A trusted key's signature holds.
    case signed(by: VerificationKey)
    /// A trusted key's signature stands there, and does not hold.
    case wrong(VerificationKey)
    /// Only other keys signed.
    case untrusted
  }

  /// Reads the message once for each trusted key that has a line here, until one holds.
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
