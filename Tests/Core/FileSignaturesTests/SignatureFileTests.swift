import Crypto
import FileSignatures
import Foundation
import SeededRandom
import Testing

@Suite("Signature files")
struct SignatureFileTests {
  private static let hostile: [(name: String, fault: SignatureFile.Fault)] = [
    ("cut-off.sig", .line(2)), ("empty.sig", .notSignatures), ("key-alone.sig", .line(2)),
    ("key-twice.sig", .keyTwice(line: 3)), ("model.sig", .notSignatures), ("newer-version.sig", .newerVersion),
    ("nine-keys.sig", .tooMany), ("no-signature.sig", .none), ("no-version.sig", .newerVersion),
    ("not-base64.sig", .line(2)), ("nul-bytes.sig", .line(2)), ("private-key.sig", .notSignatures),
    ("short-signature.sig", .line(2)), ("small-order-key.sig", .line(2)), ("too-long.sig", .notSignatures),
    ("two-spaces.sig", .line(2)), ("wrong-head.sig", .notSignatures),
  ]

  private static func read(_ text: some Collection<UInt8>) throws -> SignatureFile {
    try Array(text).withUnsafeBytes { try SignatureFile($0) }
  }

  private static func signer(_ seed: UInt64) throws -> Curve25519.Signing.PrivateKey {
    var draws = SplitMix64(seed: seed)
    return try Curve25519.Signing.PrivateKey(rawRepresentation: draws.bytes(32))
  }

  private static func key(_ signer: Curve25519.Signing.PrivateKey) throws -> VerificationKey {
    try VerificationKey(Base64.encoded([UInt8](signer.publicKey.rawRepresentation)))
  }

  private static func line(_ signer: Curve25519.Signing.PrivateKey, _ message: [UInt8]) throws -> SignatureFile.Line {
    SignatureFile.Line(key: try key(signer), signature: [UInt8](try signer.signature(for: Data(message))))
  }

  @Test("Each hostile file is rejected with the error for its fault")
  func hostileFiles() throws {
    let folder = Bundle.module.resourceURL!.appending(path: "Hostile")
    for (name, fault) in Self.hostile {
      let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
      #expect(throws: fault, "\(name)") { try Self.read(bytes) }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == Self.hostile.map(\.name))
  }

  @Test("A written file is read back, also with CRLF line ends, and truncation adds no signatures")
  func roundTrip() throws {
    var file = SignatureFile()
    for seed in 1...8 as ClosedRange<UInt64> { try file.add(Self.line(Self.signer(seed), [1, 2, 3])) }
    let text = Array(file.text.utf8)
    #expect(text.count <= SignatureFile.byteLimit)
    #expect(try Self.read(text) == file)
    #expect(try Self.read(file.text.replacingOccurrences(of: "\n", with: "\r\n").utf8) == file)
    #expect(throws: SignatureFile.Fault.tooMany) { try file.add(Self.line(Self.signer(9), [])) }
    for count in 0..<(text.count - 1) {
      guard let cut = try? Self.read(text[..<count]) else { continue }
      #expect(cut.lines.count < 8 && cut.lines.elementsEqual(file.lines.prefix(cut.lines.count)), "\(count) bytes")
    }
  }

  @Test("A new signature of the same key replaces the old one")
  func signedAnew() throws {
    let signer = try Self.signer(1)
    var file = SignatureFile()
    try file.add(Self.line(signer, [1]))
    try file.add(Self.line(Self.signer(2), [1]))
    try file.add(Self.line(signer, [2]))
    #expect(file.lines.count == 2)
    let key = try Self.key(signer)
    #expect(([2] as [UInt8]).withUnsafeBytes { file.verdict(on: $0, trusting: [key]) } == .signed(by: key))
    #expect(([1] as [UInt8]).withUnsafeBytes { file.verdict(on: $0, trusting: [key]) } == .wrong(key))
  }

  @Test("Only the signature of a trusted key makes a file signed")
  func verdicts() throws {
    let (old, new, stranger) = (try Self.signer(1), try Self.signer(2), try Self.signer(3))
    let (oldKey, newKey, strangerKey) = (try Self.key(old), try Self.key(new), try Self.key(stranger))
    let message: [UInt8] = Array("a model".utf8)
    let other: [UInt8] = Array("another".utf8)
    func verdict(_ lines: [SignatureFile.Line], _ trusted: [VerificationKey]) throws -> SignatureFile.Verdict {
      var file = SignatureFile()
      for line in lines { try file.add(line) }
      return message.withUnsafeBytes { file.verdict(on: $0, trusting: trusted) }
    }
    #expect(try verdict([Self.line(old, message)], [oldKey]) == .signed(by: oldKey))
    #expect(try verdict([Self.line(stranger, message)], [oldKey, newKey]) == .untrusted)
    #expect(try verdict([Self.line(old, other)], [oldKey]) == .wrong(oldKey))
    // During a key change, either signature is enough.
    #expect(try verdict([Self.line(old, message), Self.line(new, message)], [newKey]) == .signed(by: newKey))
    #expect(try verdict([Self.line(old, other), Self.line(new, message)], [oldKey, newKey]) == .signed(by: newKey))
    // Another key's signature under the name of a trusted key.
    let forged = SignatureFile.Line(key: oldKey, signature: try Self.line(stranger, message).signature)
    #expect(try verdict([forged], [oldKey]) == .wrong(oldKey))
    #expect(try verdict([forged, Self.line(stranger, message)], [oldKey]) == .wrong(oldKey))
    #expect(try verdict([Self.line(stranger, message)], []) == .untrusted)
    #expect(strangerKey != oldKey)
  }
}
