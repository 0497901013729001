/// A public Ed25519 key. The holder of the private key signs files; this key verifies the signatures.
///
/// Signatures are those of RFC 8032 without a context (PureEdDSA), so other programs can make and check them. Accepts
/// the signatures that RFC 8032 accepts, without the cofactor, and only in their canonical encoding.
public struct VerificationKey: Equatable, Sendable {
  /// Length of a key in bytes.
  public static let byteCount = 32
  /// Length of a signature in bytes.
  public static let signatureBytes = 64

  /// The reason why a text is not a public key.
  public enum Fault: Error, Equatable, Sendable {
    /// The text is not 44 characters of base64.
    case notBase64
    /// The text is the beginning of a private key.
    case privateKey
    /// The bytes are not a point of the curve, or a point for which anyone can make valid signatures.
    case notAKey
  }

  /// The key in base64.
  public let text: String
  private let bytes: InlineArray<32, UInt8>
  private let point: EdwardsPoint

  /// Reads a key.
  ///
  /// - Parameter text: 44 characters of base64.
  /// - Throws: ``Fault``.
  public init(_ text: String) throws(Fault) {
    guard let decoded = Base64.decoded(Array(text.utf8)), decoded.count == Self.byteCount else {
      throw text.utf8.starts(with: "-----BEGIN".utf8) || text.utf8.starts(with: "MC4CAQ".utf8)
        ? .privateKey : .notBase64
    }
    var bytes = InlineArray<32, UInt8>(repeating: 0)
    for index in 0..<32 { bytes[index] = decoded[index] }
    guard let point = EdwardsPoint(encoded: bytes) else { throw .notAKey }
    var eightfold = point
    for _ in 0..<3 { eightfold = eightfold + eightfold }
    guard !eightfold.isNeutral else { throw .notAKey }
    self.text = text
    self.bytes = bytes
    self.point = point
  }

  /// Compares the whole keys.
  public static func == (left: VerificationKey, right: VerificationKey) -> Bool {
    for index in 0..<32 where left.bytes[index] != right.bytes[index] { return false }
    return true
  }

  /// Whether the signature was made over exactly these bytes with the private key.
  ///
  /// Reads the bytes once. Safe to call from any thread.
  public func accepts(signature: [UInt8], of message: UnsafeRawBufferPointer) -> Bool {
    guard signature.count == Self.signatureBytes else { return false }
    var commitment = InlineArray<32, UInt8>(repeating: 0)
    var response = InlineArray<32, UInt8>(repeating: 0)
    for index in 0..<32 {
      commitment[index] = signature[index]
      response[index] = signature[32 + index]
    }
    guard let response = Scalar(canonical: response) else { return false }
    var hash = SHA512()
    signature.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<32])) }
    withUnsafeBytes(of: bytes) { hash.update($0) }
    hash.update(message)
    let challenge = Scalar(reducing: hash.digest())
    let expected = EdwardsPoint.combination(response, .base, challenge, point.negated).encoded
    for index in 0..<32 where expected[index] != commitment[index] { return false }
    return true
  }
}
