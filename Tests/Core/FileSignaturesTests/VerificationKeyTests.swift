import Crypto
import FileSignatures
import Foundation
import SeededRandom
import Testing

@Suite("Ed25519 signatures")
struct VerificationKeyTests {
  /// Public key, message, signature: RFC 8032, §7.1, tests 1 to 3.
  private static let vectors = [
    (
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    ),
    (
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    ),
    (
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    ),
  ]

  @Test("The published signatures are valid, and invalid with any single flipped bit", arguments: vectors)
  func published(key: String, message: String, signature: String) {
    let (key, message, signature) = (bytes(key), bytes(message), bytes(signature))
    #expect(verdict(key, signature, message) == true)
    for bit in 0..<512 {
      var changed = signature
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(verdict(key, changed, message) == false, "bit \(bit)")
    }
    #expect(verdict(key, signature, message + [0]) == false)
    #expect(verdict(key, Array(signature.dropLast()), message) == false)
    #expect(verdict(key, signature + [0], message) == false)
  }

  @Test(
    "Signatures by swift-crypto are accepted, and both agree on altered ones", arguments: 0..<60 as Range<UInt64>
  )
  func againstSwiftCrypto(seed: UInt64) throws {
    var draws = SplitMix64(seed: seed)
    let privateKey = try Curve25519.Signing.PrivateKey(rawRepresentation: draws.bytes(32))
    let key = [UInt8](privateKey.publicKey.rawRepresentation)
    let message = draws.bytes([0, 1, 63, 64, 65, 127, 128, 129, 4_000][Int(seed % 9)])
    let signature = [UInt8](try privateKey.signature(for: Data(message)))
    #expect(verdict(key, signature, message) == true)
    for _ in 0..<4 {
      var (changedKey, changedSignature, changedMessage) = (key, signature, message)
      let bit = Int.random(in: 0..<8, using: &draws)
      switch Int.random(in: 0..<3, using: &draws) {
      case 0: changedKey[Int.random(in: 0..<32, using: &draws)] ^= 1 << UInt8(bit)
      case 1: changedSignature[Int.random(in: 0..<64, using: &draws)] ^= 1 << UInt8(bit)
      default: changedMessage.append(UInt8(bit))
      }
      let ours = verdict(changedKey, changedSignature, changedMessage) ?? false
      #expect(ours == foreignVerdict(changedKey, changedSignature, changedMessage))
      #expect(!ours)
    }
  }

  @Test("Adding the group order to the second half of a signature makes it invalid")
  func orderAdded() {
    let order = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
    for (key, message, signature) in Self.vectors {
      let (key, message) = (bytes(key), bytes(message))
      var changed = bytes(signature)
      var carry = 0
      for index in 0..<32 {
        let sum = Int(changed[32 + index]) + Int(order[index]) + carry
        changed[32 + index] = UInt8(sum & 0xFF)
        carry = sum >> 8
      }
      #expect(carry == 0)
      #expect(verdict(key, changed, message) == false)
      #expect(!foreignVerdict(key, changed, message))
    }
  }

  @Test(
    "Bytes that are not a point, a non-canonical encoding and a point of small order are not keys",
    arguments: [
      "0200000000000000000000000000000000000000000000000000000000000000",  // on no point
      "0100000000000000000000000000000000000000000000000000000000000000",  // order 1
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // order 2
      "0000000000000000000000000000000000000000000000000000000000000000",  // order 4
      "0000000000000000000000000000000000000000000000000000000000000080",  // order 4
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",  // order 8
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",  // order 8
      "0100000000000000000000000000000000000000000000000000000000000080",  // x = 0 with a sign
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // y = p
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // y = p + 1
      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ])
  func noKeys(digits: String) {
    #expect(throws: VerificationKey.Fault.notAKey) { try VerificationKey(Base64.encoded(bytes(digits))) }
  }

  @Test("A text that is not a key is rejected with the reason")
  func otherTexts() {
    #expect(throws: VerificationKey.Fault.notBase64) { try VerificationKey("") }
    #expect(throws: VerificationKey.Fault.notBase64) { try VerificationKey("ssh-ed25519") }
    #expect(throws: VerificationKey.Fault.notBase64) { try VerificationKey(Base64.encoded(bytes("d75a98"))) }
    #expect(throws: VerificationKey.Fault.privateKey) { try VerificationKey("-----BEGIN PRIVATE KEY-----") }
    #expect(throws: VerificationKey.Fault.privateKey) {
      try VerificationKey("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g")
    }
  }

  @Test("SHA-512 matches swift-crypto at every block boundary, in one piece and in several")
  func hashes() {
    var draws = SplitMix64(seed: 8)
    for count in [0, 1, 2, 111, 112, 113, 127, 128, 129, 239, 240, 241, 255, 256, 257, 1_000] {
      let message = draws.bytes(count)
      let expected = Array(Crypto.SHA512.hash(data: message))
      for piece in [max(1, count), 1, 7, 127, 128, 130] {
        var hash = FileSignatures.SHA512()
        for start in stride(from: 0, to: count, by: piece) {
          message[start..<min(count, start + piece)].withUnsafeBytes { hash.update($0) }
        }
        let digest = hash.digest()
        #expect((0..<64).map { digest[$0] } == expected, "\(count) bytes in pieces of \(piece)")
      }
    }
  }

  @Test("Base64 matches Foundation in both directions, and each byte sequence has exactly one text")
  func base64() {
    var draws = SplitMix64(seed: 64)
    for count in 0..<70 {
      let value = draws.bytes(count)
      let text = Base64.encoded(value)
      #expect(text == Data(value).base64EncodedString())
      #expect(Base64.decoded(Array(text.utf8)) == value)
    }
    for text in [
      "A", "AA", "AAA", "A===", "====", "=AAA", "AA=A", "AAA=AAAA", "AB==", "AAB=", "AA A", "AAAA\n", "AAAÄ",
    ] {
      #expect(Base64.decoded(Array(text.utf8)) == nil, "\(text)")
    }
  }
}
