/// What a stream or a file is, by its first bytes.
package enum StreamKind: Equatable {
  /// More bytes are needed.
  case undecided
  /// Nothing that is known: raw samples, or no audio.
  case unknown
  case wave
  /// Audio or video of another kind; `name` is what people call it.
  case other(name: String)

  /// The most bytes that are ever needed.
  package static let mostBytes = 4_096

  /// Recognizes the kind.
  ///
  /// Four bytes or more must be those of the format. MP3 and AAC have no such beginning: two frames in a row must be
  /// valid. Raw samples are practically never mistaken for anything.
  ///
  /// - Parameter isWhole: Whether no more bytes follow.
  package init(_ bytes: UnsafeRawBufferPointer, isWhole: Bool) {
    guard bytes.count >= 12 else {
      self = isWhole ? .unknown : .undecided
      return
    }
    func word(_ offset: Int) -> UInt32 {
      UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    let first = word(0)
    if first == 0x5249_4646, word(8) == 0x5741_5645 {
      self = .wave
      return
    }
    if let name = Self.name(first, word(4), word(8)) {
      self = .other(name: name)
      return
    }
    self = .unknown
    guard let (length, name) = Self.frame(bytes, at: 0), length + 8 <= Self.mostBytes else { return }
    guard length + 8 <= bytes.count else {
      if !isWhole { self = .undecided }
      return
    }
    // The same version, layer and rate.
    if Self.frame(bytes, at: length) != nil, word(length) & 0xFFFE_0C00 == first & 0xFFFE_0C00 {
      self = .other(name: name)
    }
  }

  private static func name(_ first: UInt32, _ second: UInt32, _ third: UInt32) -> String? {
    switch first {
    case 0x664C_6143: "FLAC"
    case 0x4F67_6753: "Ogg"
    case 0x5249_4646 where third == 0x4156_4920: "AVI"
    case 0x464F_524D where third & 0xFFFF_FF00 == 0x4149_4600: "AIFF"
    case 0x5246_3634, 0x4257_3634: "RF64"
    case 0x7269_6666: "Wave64"
    case 0x2E73_6E64: "AU"
    case 0x6361_6666: "CAF"
    case 0x1A45_DFA3: "WebM or Matroska"
    case 0x2321_414D: "AMR"
    case 0x3026_B275: "WMA"
    case 0x7776_706B: "WavPack"
    // ID3, with a version from 2 to 4.
    case 0x4944_3302...0x4944_3304: "MP3"
    default: (8..<0x1000).contains(first) && second == 0x6674_7970 ? "MPEG-4 (m4a, mp4)" : nil
    }
  }

  /// The length in bytes of the MP3 or AAC frame that begins at an offset, and the format's name; nil if none begins
  /// there.
  ///
  /// - Reference: ISO/IEC 11172-3, 2.4.1.3 (layer III with a known bit rate); ISO/IEC 13818-7, 6.2 (ADTS).
  private static func frame(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> (length: Int, name: String)? {
    func byte(_ index: Int) -> Int { Int(bytes[offset + index]) }
    guard byte(0) == 0xFF else { return nil }
    if byte(1) & 0xF6 == 0xF0 {
      let length = (byte(3) & 3) << 11 | byte(4) << 3 | byte(5) >> 5
      return length > 7 && byte(2) >> 2 & 15 < 13 ? (length, "AAC") : nil
    }
    let version = byte(1) >> 3 & 3
    let (bitRate, rate) = (byte(2) >> 4, byte(2) >> 2 & 3)
    guard byte(1) & 0xE6 == 0xE2, version != 1, bitRate > 0, bitRate < 15, rate < 3 else { return nil }
    // Thousands of bits a second: steps that double in size every four rates, of version 1 and of the others.
    let kilobits =
      version == 3
      ? bitRate < 5 ? 24 + 8 * bitRate : (4 + (bitRate - 1) & 3) << (3 + (bitRate - 1) >> 2)
      : bitRate < 9 ? 8 * bitRate : 16 * bitRate - 64
    let hertz = (rate == 0 ? 44_100 : rate == 1 ? 48_000 : 32_000) >> (version == 3 ? 0 : version == 2 ? 1 : 2)
    return ((version == 3 ? 144_000 : 72_000) * kilobits / hertz + byte(2) >> 1 & 1, "MP3")
  }
}
