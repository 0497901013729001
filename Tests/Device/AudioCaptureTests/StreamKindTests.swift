import Recordings
import SeededRandom
import Testing

@Suite("Recognizing formats by their first bytes")
struct StreamKindTests {
  private func kind(_ bytes: [UInt8], isWhole: Bool = true) -> StreamKind {
    bytes.withUnsafeBytes { StreamKind($0, isWhole: isWhole) }
  }

  /// An MP3 frame of 128 kbit/s and 44,100 Hz: 144 · 128,000 / 44,100 = 417 bytes.
  private static let mp3Frame: [UInt8] = [0xFF, 0xFB, 0x90, 0x64] + [UInt8](repeating: 0x55, count: 413)
  /// An ADTS frame of 200 bytes.
  private static let aacFrame: [UInt8] =
    [0xFF, 0xF1, 0x50, 0x80, UInt8(200 >> 3), UInt8(200 & 7) << 5 | 0x1F, 0xFC] + [UInt8](repeating: 0x33, count: 193)

  @Test(
    "signatures of containers are recognized",
    arguments: [
      ("fLaC\0\0\0\"....", "FLAC"), ("OggS\0\u{2}......", "Ogg"), ("FORM....AIFF", "AIFF"), ("FORM....AIFC", "AIFF"),
      ("RF64....WAVE", "RF64"), (".snd........", "AU"), ("caff\0\u{1}......", "CAF"), ("#!AMR\n......", "AMR"),
      ("#!AMR-WB\n...", "AMR"), ("\0\0\0\u{20}ftypM4A ", "MPEG-4 (m4a, mp4)"),
      ("\0\0\0\u{18}ftyp3gp4", "MPEG-4 (m4a, mp4)"), ("ID3\u{4}\0\0......", "MP3"), ("wvpk........", "WavPack"),
      ("RIFF....AVI ", "AVI"), ("riff\u{2E}.......", "Wave64"),
    ])
  func signatures(text: String, name: String) {
    #expect(kind(Array(text.utf8)) == .other(name: name))
  }

  @Test("WebM and WMA, whose signatures are no text, are recognized")
  func binarySignatures() {
    #expect(kind([0x1A, 0x45, 0xDF, 0xA3] + [UInt8](repeating: 0, count: 12)) == .other(name: "WebM or Matroska"))
    #expect(kind([0x30, 0x26, 0xB2, 0x75] + [UInt8](repeating: 0, count: 12)) == .other(name: "WMA"))
    #expect(kind(Array("RIFF....WAVEfmt ".utf8)) == .wave)
  }

  @Test("MP3 and AAC need two frames in a row, and more bytes until both are there")
  func frames() {
    for (frame, name) in [(Self.mp3Frame, "MP3"), (Self.aacFrame, "AAC")] {
      #expect(kind(frame + frame) == .other(name: name))
      #expect(kind(frame + frame, isWhole: false) == .other(name: name))
      #expect(kind(Array(frame[..<50]), isWhole: false) == .undecided)
      #expect(kind(Array(frame[..<50])) == .unknown)
      #expect(kind(frame + [UInt8](repeating: 7, count: 400), isWhole: false) == .unknown)
    }
  }

  @Test("fewer than twelve bytes are undecided, and raw samples if no more come")
  func short() {
    for count in 0..<12 {
      let bytes = Array(Array("RIFF....WAVE".utf8)[..<count])
      #expect(kind(bytes, isWhole: false) == .undecided)
      #expect(kind(bytes) == .unknown)
    }
  }

  @Test("raw samples are not mistaken: silence, constants, ramps, noise and text")
  func rawSamples() {
    #expect(kind([UInt8](repeating: 0, count: 4_096), isWhole: false) == .unknown)
    for value in Int(Int16.min)...Int(Int16.max) {
      let sample = [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
      let constant = Array(repeating: sample, count: 2_048).flatMap { $0 }
      guard kind(constant) == .unknown else {
        Issue.record("the constant \(value) is \(kind(constant))")
        break
      }
    }
    let seed: UInt64 = 77
    var draws = SplitMix64(seed: seed)
    for draw in 0..<20_000 {
      var bytes = (0..<512).flatMap { _ in
        withUnsafeBytes(of: draws.next()) { Array($0) }
      }
      // The beginnings that MP3 and AAC frames have.
      if draw % 2 == 0 { (bytes[0], bytes[1]) = (0xFF, draw % 4 == 0 ? 0xFB : 0xF1) }
      guard kind(bytes) == .unknown else {
        Issue.record("seed \(seed), draw \(draw) is \(kind(bytes))")
        break
      }
    }
    #expect(kind(Array("This is a letter, not a recording.".utf8)) == .unknown)
  }
}
