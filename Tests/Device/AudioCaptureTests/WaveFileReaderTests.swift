import Recordings
import Testing

@Suite("Reading WAV files without a library")
struct WaveFileReaderTests {
  private func readAll(_ path: String, chunk: Int = 1_000) throws(AudioFileError) -> [Int16] {
    var reader = try WaveFileReader(path: path)
    let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: chunk)
    defer { buffer.deallocate() }
    var all: [Int16] = []
    while true {
      let count = try reader.read(into: buffer)
      if count == 0 { return all }
      all.append(contentsOf: buffer[..<count])
    }
  }

  private func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static let samples: [Int16] = (0..<2_500).map { Int16(truncatingIfNeeded: $0 &* 7_919) }

  @Test("samples are unchanged for any read size", arguments: [1, 7, 160, 4_096])
  func chunks(chunk: Int) throws {
    let file = TemporaryFile(
      waveFile(hertz: 16_000, channels: 1, bitsPerSample: 16, data: bytes(of: Self.samples)))
    #expect(try readAll(file.path, chunk: chunk) == Self.samples)
  }

  @Test("unknown chunks are skipped, including the padding of odd sizes")
  func unknownChunks() throws {
    let file = waveFile(hertz: 16_000, channels: 1, bitsPerSample: 16, data: bytes(of: Self.samples))
    let list = Array("LIST".utf8) + little(5, 4) + [1, 2, 3, 4, 5, 0]
    let long = Array("junk".utf8) + little(10_000, 4) + [UInt8](repeating: 0x64, count: 10_000)
    let more = TemporaryFile(Array(file[..<12]) + list + Array(file[12..<36]) + long + list + Array(file[36...]))
    #expect(try readAll(more.path) == Self.samples)
  }

  @Test("the extensible header is equivalent to the plain one")
  func extensible() throws {
    let data = bytes(of: Self.samples)
    let head = little(0xFFFE, 2) + little(1, 2) + little(16_000, 4) + little(32_000, 4) + little(2, 2) + little(16, 2)
    let tail = little(22, 2) + little(16, 2) + little(4, 4) + little(1, 2) + [UInt8](repeating: 9, count: 14)
    let file = TemporaryFile(
      Array("RIFF".utf8) + little(60 + data.count, 4) + Array("WAVEfmt ".utf8) + little(40, 4) + head + tail
        + Array("data".utf8) + little(data.count, 4) + data)
    #expect(try readAll(file.path) == Self.samples)
  }

  @Test(
    "an unknown or too large size gives the samples in the file", arguments: [0, 0xFFFF_FFFF, 9_999_998])
  func sizes(size: Int) throws {
    var file = waveFile(hertz: 16_000, channels: 1, bitsPerSample: 16, data: bytes(of: Self.samples))
    file.replaceSubrange(40..<44, with: little(size, 4))
    let lying = TemporaryFile(file)
    #expect(try readAll(lying.path) == Self.samples)
  }

  @Test("data after the samples is ignored")
  func trailingChunk() throws {
    let file = waveFile(hertz: 16_000, channels: 1, bitsPerSample: 16, data: bytes(of: Self.samples))
    let longer = TemporaryFile(file + Array("LIST".utf8) + little(4, 4) + [1, 2, 3, 4])
    #expect(try readAll(longer.path) == Self.samples)
  }

  @Test(
    "another sample layout is rejected with the found and the accepted one",
    arguments: [(48_000, 1, 16, false), (16_000, 2, 16, false), (16_000, 1, 24, false), (16_000, 1, 32, true)])
  func otherLayouts(layout: (hertz: Int, channels: Int, bits: Int, isFloat: Bool)) {
    let file = TemporaryFile(
      waveFile(
        hertz: layout.hertz, channels: layout.channels, bitsPerSample: layout.bits, isFloat: layout.isFloat,
        data: [UInt8](repeating: 0, count: 96)))
    do throws(AudioFileError) {
      _ = try readAll(file.path)
      Issue.record("accepted \(layout)")
    } catch {
      for part in [file.path, "\(layout.hertz) Hz", "\(layout.bits) bits", "\(layout.channels) channels"] {
        #expect(error.description.contains(part), "\(error.description)")
      }
    }
  }

  @Test("every prefix of a file is read or rejected, and yields only samples that it contains")
  func prefixes() {
    let data = bytes(of: Array(Self.samples[..<20]))
    let file = waveFile(hertz: 16_000, channels: 1, bitsPerSample: 16, data: data)
    for length in 0..<file.count {
      let prefix = TemporaryFile(Array(file[..<length]))
      do throws(AudioFileError) {
        let samples = try readAll(prefix.path)
        #expect(length >= 44 && samples == Array(Self.samples[..<((length - 44) / 2)]), "prefix of \(length) bytes")
      } catch {
        #expect(length < 44, "prefix of \(length) bytes: \(error.description)")
      }
    }
  }

  @Test("errors for a missing file and a folder contain the path")
  func notFiles() {
    for path in ["/nonexistent/a.wav", "/tmp"] {
      do throws(AudioFileError) {
        _ = try readAll(path)
        Issue.record("\(path) was read")
      } catch {
        #expect(error.description.contains(path), "\(error.description)")
      }
    }
  }
}
