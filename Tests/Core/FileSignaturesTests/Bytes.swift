import Crypto
import FileSignatures
import Foundation
import SeededRandom

/// The bytes of hexadecimal digits.
func bytes(_ digits: String) -> [UInt8] {
  let digits = Array(digits.utf8).map { UInt8(String(UnicodeScalar($0)), radix: 16)! }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

extension SplitMix64 {
  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
  }
}

/// Cooee's result for a signature; `nil` if it rejects the key.
func verdict(_ key: [UInt8], _ signature: [UInt8], _ message: [UInt8]) -> Bool? {
  guard let key = try? VerificationKey(Base64.encoded(key)) else { return nil }
  return message.withUnsafeBytes { key.accepts(signature: signature, of: $0) }
}

/// The result of swift-crypto.
func foreignVerdict(_ key: [UInt8], _ signature: [UInt8], _ message: [UInt8]) -> Bool {
  guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key) else { return false }
  return key.isValidSignature(Data(signature), for: Data(message))
}
