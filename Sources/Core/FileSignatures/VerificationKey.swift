/// A public Ed25519 key: whoever has the private one signs files, and who trusts this one can tell.
///
/// Signatures are those of RFC 8032 without a context (PureEdDSA), so that other programs make and check them too. What is
/// accepted is what RFC 8032 accepts, without the cofactor, and nothing that is encoded in a second way.
public struct VerificationKey: Equatable, Sendable {
  public static let byteCount = 32
  public static let signatureBytes = 64

  /// Why a text is no public key.
  public enum Fault: Error, Equatable, Sendable {
    /// It is not 44 characters of base64.
    case notBase64
    /// It is the beginning of a private key.
    case privateKey
    /// The bytes are those of no point of the curve, or of one under which anybody's signature would hold.
    case notAKey
  }

  /// The key in base64: its name for people.
  public let text: String
  private let bytes: InlineArray<32, UInt8>
  private let point: EdwardsPoint

  /// - Parameter text: 44 characters of base64.
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

  public static func == (left: VerificationKey, right: VerificationKey) -> Bool {
    for index in 0..<32 where left.bytes[index] != right.bytes[index] { return false }
    return true
  }

  /// Whether the signature was made over exactly these bytes with this key's private half.
  ///
  /// Reads the bytes once; for any thread.
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
