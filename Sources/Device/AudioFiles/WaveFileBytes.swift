/// A WAV file with 16-bit mono samples at 16 kHz.
package enum WaveFileBytes {
  /// The length of the header.
  package static let headerByteCount = 44

  /// The bytes of the file: a header of 44 bytes, then the samples, little-endian.
  ///
  /// - Precondition: There are fewer than 2³⁰ samples.
  package static func encoded(_ samples: [Int16]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(headerByteCount + 2 * samples.count)
    func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    let dataByteCount = UInt32(2 * samples.count)
    bytes += "RIFF".utf8
    append(UInt32(headerByteCount - 8) + dataByteCount)
    bytes += "WAVEfmt ".utf8
    append(UInt32(16))
    append(UInt16(1))  // PCM
    append(UInt16(1))  // channels
    append(UInt32(16_000))  // samples per second
    append(UInt32(32_000))  // bytes per second
    append(UInt16(2))  // bytes per frame
    append(UInt16(16))  // bits per sample
    bytes += "data".utf8
    append(dataByteCount)
    for sample in samples { append(sample) }
    return bytes
  }
}
