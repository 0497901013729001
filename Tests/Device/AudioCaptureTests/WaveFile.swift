/// Bytes of a WAV file, written out by hand so that the reader is not checked against its own library.
func waveFile(
  hertz: Int, channels: Int, bitsPerSample: Int, isFloat: Bool = false, data: [UInt8]
) -> [UInt8] {
  func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  let frameBytes = channels * bitsPerSample / 8
  return Array("RIFF".utf8) + little(36 + data.count, 4) + Array("WAVEfmt ".utf8) + little(16, 4)
    + little(isFloat ? 3 : 1, 2) + little(channels, 2) + little(hertz, 4) + little(hertz * frameBytes, 4)
    + little(frameBytes, 2) + little(bitsPerSample, 2) + Array("data".utf8) + little(data.count, 4) + data
}

/// 16-bit little-endian bytes.
func bytes(of samples: [Int16]) -> [UInt8] {
  samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
}

/// 32-bit IEEE little-endian bytes.
func bytes(of samples: [Float]) -> [UInt8] {
  samples.flatMap { sample in (0..<4).map { UInt8(truncatingIfNeeded: sample.bitPattern >> (8 * $0)) } }
}
