import Messages

/// Reads the header of a WAV stream, as its bytes arrive.
///
/// Chunks other than `fmt ` and `data` are skipped, and so is everything between the samples of one WAV file and the
/// next, if several follow each other. Accepts integers of 16 to 32 bits and 32-bit floating-point numbers, in up to 64
/// channels. One thread at a time; no allocation except for messages.
///
/// - Reference: Microsoft, *Multimedia Programming Interface and Data Specifications 1.0*, 1991; WAVEFORMATEXTENSIBLE, 2007.
package struct WaveHeader {
  /// Why the stream cannot be read.
  package enum Fault: Error {
    /// It is not a WAV file; the text says why.
    case damaged(String)
    /// The samples are of another kind, which the text describes.
    case unsupported(String)
  }

  // Chunk names, as little-endian numbers.
  private static let riff: UInt32 = 0x4646_4952
  private static let wave: UInt32 = 0x4556_4157
  private static let data: UInt32 = 0x6174_6164
  private static let format: UInt32 = 0x2074_6D66
  private static let mostFormatBytes: UInt32 = 40

  /// The layout of the samples, once it is known.
  package private(set) var layout: SampleLayout?
  /// The size of the samples in bytes according to the header; `UInt32.max` and 0 if the writer did not know it.
  package private(set) var dataByteCount: UInt32 = 0
  /// Whether the next byte is the first one of the samples.
  package private(set) var isAtSamples = false

  /// The bytes of the part that is being read: a chunk's name and size, or a format.
  private var part: [UInt8] = []
  private var wantedCount = 12
  private var skippedCount: UInt64 = 0
  private var isInFormat = false
  /// The bytes of the format chunk beyond those that are read.
  private var formatRest: UInt64 = 0

  package init() { part.reserveCapacity(Int(Self.mostFormatBytes)) }

  /// Continues after the samples, which have been read to their end.
  package mutating func resume() {
    isAtSamples = false
    skippedCount = UInt64(dataByteCount & 1)
  }

  /// Takes bytes up to the samples.
  ///
  /// - Returns: The number of bytes taken; fewer than `bytes.count` only if ``isAtSamples``.
  package mutating func take(_ bytes: UnsafeRawBufferPointer) throws(Fault) -> Int {
    var taken = 0
    while taken < bytes.count, !isAtSamples {
      if skippedCount > 0 {
        let step = min(skippedCount, UInt64(bytes.count - taken))
        skippedCount -= step
        taken += Int(step)
        continue
      }
      part.append(bytes[taken])
      taken += 1
      guard part.count == wantedCount else { continue }
      if isInFormat { try readFormat() } else { try readChunk() }
      part.removeAll(keepingCapacity: true)
    }
    return taken
  }

  private func half(_ offset: Int) -> Int { Int(part[offset]) | Int(part[offset + 1]) << 8 }
  private func word(_ offset: Int) -> UInt32 { UInt32(half(offset)) | UInt32(half(offset + 2)) << 16 }

  private mutating func readChunk() throws(Fault) {
    let (name, size) = (word(0), word(4))
    if wantedCount == 12 {
      guard name == Self.riff, word(8) == Self.wave else { throw .damaged("it is not a WAV file") }
      wantedCount = 8
      return
    }
    switch name {
    case Self.riff:
      // The next file: its kind follows.
      layout = nil
      skippedCount = 4
    case Self.data:
      guard layout != nil else { throw .damaged("its samples come before their format") }
      dataByteCount = size
      isAtSamples = true
    case Self.format:
      guard size >= 16 else { throw .damaged(filled("its format chunk has % bytes", decimal(Int(size)))) }
      isInFormat = true
      wantedCount = Int(min(size, Self.mostFormatBytes))
      formatRest = UInt64(size) + UInt64(size & 1) - UInt64(wantedCount)
    default: skippedCount = UInt64(size) + UInt64(size & 1)
    }
  }

  private mutating func readFormat() throws(Fault) {
    // Extensible: the actual format is in the first two bytes of a GUID.
    let code = half(0) == 0xFFFE && part.count == 40 ? half(24) : half(0)
    let (channels, hertz, frameBytes, bits) = (half(2), Int(clamping: word(4)), half(12), half(14))
    // Samples fill their bytes from the top, so their size matters and not how many bits of it are used.
    let sampleBytes = channels > 0 && frameBytes % channels == 0 ? frameBytes / channels : 0
    let format: SampleFormat? =
      switch (code, sampleBytes) {
      case (1, 2): .int16
      case (1, 3): .packedInt24
      case (1, 4): .int32
      case (3, 4): .float32
      default: nil
      }
    guard let format, (1...64).contains(channels) else {
      let kind = code == 1 ? "integer" : code == 3 ? "floating-point" : "compressed"
      throw .unsupported(
        filled("% samples of % bits, % channels, % Hz", [kind, decimal(bits), decimal(channels), decimal(hertz)]))
    }
    guard RateConverter.accepts(hertz: hertz) else {
      throw .unsupported(filled("% Hz; accepted are %", decimal(hertz), RateConverter.acceptedRates.description))
    }
    layout = SampleLayout(format: format, channelCount: channels, hertz: hertz)
    skippedCount = formatRest
    isInFormat = false
    wantedCount = 8
  }
}
