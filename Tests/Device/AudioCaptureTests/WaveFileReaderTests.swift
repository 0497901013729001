import AudioFiles
import Glibc
import Recordings
import Testing

@Suite("Reading WAV files without a library")
struct WaveFileReaderTests {
  private func readAll(
    _ path: String, options: SourceOptions = SourceOptions(), chunk: Int = 1_000
  ) throws(AudioFileError) -> [Int16] {
    var reader = try WaveFileReader(path: path, options)
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
    "any layout is converted: channels mixed or chosen, 16 to 32 bits and floating point",
    arguments: [(1, 24, false), (2, 16, false), (2, 24, false), (3, 32, false), (1, 32, true), (2, 32, true)])
  func otherLayouts(layout: (channels: Int, bits: Int, isFloat: Bool)) throws {
    // The channel c has the samples of the first, halved c times.
    let data = Self.samples.flatMap { sample -> [UInt8] in
      (0..<layout.channels).flatMap { channel -> [UInt8] in
        let value = Int(sample) >> channel
        if layout.isFloat { return little(Int((Float(value) / 32_768).bitPattern), 4) }
        return little(value << (layout.bits - 16), layout.bits / 8)
      }
    }
    let file = TemporaryFile(
      waveFile(
        hertz: 16_000, channels: layout.channels, bitsPerSample: layout.bits, isFloat: layout.isFloat, data: data))
    var options = SourceOptions()
    for channel in 0..<layout.channels {
      options.channel = channel
      #expect(try readAll(file.path, options: options) == Self.samples.map { $0 >> channel }, "channel \(channel)")
    }
    options.channel = nil
    let mixed = try readAll(file.path, options: options)
    for (sample, result) in zip(Self.samples, mixed) {
      let sum = (0..<layout.channels).reduce(0) { $0 + Int(sample) >> $1 }
      #expect(abs(Double(result) - Double(sum) / Double(layout.channels)) <= 0.51)
    }
    options.channel = layout.channels
    #expect(
      throws: AudioFileError.noChannel(path: file.path, channel: layout.channels, channelCount: layout.channels)
    ) { try readAll(file.path, options: options) }
  }

  @Test("other rates give the same sound at 16 kHz", arguments: [8_000, 11_025, 44_100, 48_000])
  func otherRates(hertz: Int) throws {
    let tone = (0..<hertz).map { Int16(8_000 * sin(2 * Double.pi * 700 * Double($0) / Double(hertz))) }
    let file = TemporaryFile(waveFile(hertz: hertz, channels: 1, bitsPerSample: 16, data: bytes(of: tone)))
    let samples = try readAll(file.path)
    #expect(samples.count == 16_000)
    for index in 200..<15_800 {
      let expected = 8_000 * sin(2 * Double.pi * 700 * Double(index) / 16_000)
      guard abs(Double(samples[index]) - expected) > 20 else { continue }
      Issue.record("sample \(index) is \(samples[index]) for \(expected)")
      break
    }
    for chunk in [1, 160] { #expect(try readAll(file.path, chunk: chunk) == samples, "chunks of \(chunk)") }
  }

  @Test(
    "a layout that cannot be read is rejected with what was found, and how to convert the file",
    arguments: [
      (16_000, 1, 8, 1, "integer samples of 8 bits, 1 channels, 16000 Hz"), (8_000, 1, 8, 7, "compressed samples"),
      (16_000, 1, 64, 3, "floating-point samples of 64 bits"), (22_254, 1, 16, 1, "22254 Hz"),
      (250_000, 1, 16, 1, "250000 Hz"), (16_000, 65, 16, 1, "65 channels"), (16_000, 0, 16, 1, "0 channels"),
    ])
  func unreadableLayouts(layout: (hertz: Int, channels: Int, bits: Int, code: Int, found: String)) {
    var bytes = waveFile(
      hertz: layout.hertz, channels: layout.channels, bitsPerSample: layout.bits,
      data: [UInt8](repeating: 0, count: 520))
    bytes.replaceSubrange(20..<22, with: little(layout.code, 2))
    let file = TemporaryFile(bytes)
    do throws(AudioFileError) {
      _ = try readAll(file.path)
      Issue.record("accepted \(layout)")
    } catch {
      #expect(error.description.contains(layout.found), "\(error.description)")
      #expect(error.description.contains("ffmpeg -i \(file.path) "), "\(error.description)")
    }
  }

  @Test("a file of another format is rejected with its name and how to convert it")
  func otherFormats() {
    let file = TemporaryFile(Array("fLaC\0\0\0\"and so on and so on".utf8), suffix: " of Tom's.flac")
    #expect(throws: AudioFileError.undecodable(path: file.path, format: "FLAC")) { try readAll(file.path) }
    let text = AudioFileError.undecodable(path: file.path, format: "FLAC").description
    let stem = file.path.dropLast(14)
    #expect(text.hasSuffix("convert it: ffmpeg -i '\(stem) of Tom'\\''s.flac' '\(stem) of Tom'\\''s.wav'"), "\(text)")
  }

  @Test("what the header's size of the samples gets wrong is noted")
  func notes() throws {
    func note(_ size: Int?, _ extra: [UInt8] = []) throws -> String? {
      var bytes = waveFile(hertz: 16_000, channels: 1, bitsPerSample: 16, data: bytes(of: Self.samples))
      if let size { bytes.replaceSubrange(40..<44, with: little(size, 4)) }
      let file = TemporaryFile(bytes + extra)
      var notes: [String?] = []
      var reader = try WaveFileReader(path: file.path)
      let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 1_000)
      defer { buffer.deallocate() }
      while try reader.read(into: buffer) > 0 {}
      notes.append(reader.note)
      var full = try AudioFileReader(path: file.path)
      while try full.read(into: buffer) > 0 {}
      notes.append(full.note)
      // Both programs say the same.
      #expect(notes[0] == notes[1])
      return notes[0]
    }
    #expect(try note(nil) == nil)
    #expect(try note(nil, Array("LIST".utf8) + little(4, 4) + [1, 2, 3, 4]) == nil)
    #expect(try note(0)?.contains("does not give the number of its samples") == true)
    #expect(try note(0xFFFF_FFFF)?.contains("does not give the number of its samples") == true)
    #expect(try note(9_999_998)?.contains("has 5000 of the 9999998 bytes of samples") == true)
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
