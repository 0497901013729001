import AudioFiles
import Glibc
import Recordings
import SeededRandom
import Testing

@Suite("Reading recordings")
struct AudioFileReaderTests {
  @Test("16 kHz mono 16-bit samples are unchanged")
  func integersAreUntouched() throws {
    let samples: [Int16] = [0, 1, -1, 32_767, -32_768, 12_345, -20_001]
    let file = TemporaryFile(waveFile(hertz: 16_000, channels: 1, bitsPerSample: 16, data: bytes(of: samples)))
    #expect(try AudioFileReader.readAll(path: file.path) == samples)
  }

  @Test("float samples are rounded to nearest and saturate, and NaN becomes silence")
  func floatsRoundAndSaturate() throws {
    let unit = Float(1) / 32_768
    let floats: [Float] = [0, 0.4 * unit, 0.5 * unit, -0.5 * unit, 1.6 * unit, 1, -1, 7, -7, .nan, .infinity]
    let file = TemporaryFile(
      waveFile(hertz: 16_000, channels: 1, bitsPerSample: 32, isFloat: true, data: bytes(of: floats)))
    let expected: [Int16] = [0, 0, 1, -1, 2, 32_767, -32_768, 32_767, -32_768, 0, 32_767]
    #expect(try AudioFileReader.readAll(path: file.path) == expected)
  }

  @Test("the channels are averaged", arguments: [2, 3, 6])
  func channelsAreAveraged(channels: Int) throws {
    let frames = 1_000
    var generator = SplitMix64(seed: 11)
    let samples = (0..<frames * channels).map { _ in Int16(truncatingIfNeeded: generator.next()) }
    let file = TemporaryFile(
      waveFile(hertz: 16_000, channels: channels, bitsPerSample: 16, data: bytes(of: samples)))
    let mixed = try AudioFileReader.readAll(path: file.path)
    #expect(mixed.count == frames)
    for frame in 0..<mixed.count {
      let sum = (0..<channels).reduce(0) { $0 + Int(samples[frame * channels + $1]) }
      let mean = Double(sum) / Double(channels)
      #expect(abs(Double(mixed[frame]) - mean) <= 0.51, "frame \(frame) of seed 11")
    }
  }

  @Test(
    "a tone keeps its frequency, phase and level at any sample rate",
    arguments: [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
  func toneSurvivesConversion(hertz: Int) throws {
    let seconds = 1.0
    let input = (0..<Int(seconds * Double(hertz))).map {
      Float(0.5 * sin(2 * Double.pi * 1_000 * Double($0) / Double(hertz)))
    }
    let file = TemporaryFile(
      waveFile(hertz: hertz, channels: 1, bitsPerSample: 32, isFloat: true, data: bytes(of: input)))
    let output = try AudioFileReader.readAll(path: file.path)
    #expect(abs(output.count - 16_000) <= 2)
    var worst = 0.0
    // The filter rings at both ends, where the tone is cut.
    for index in 2_000..<14_000 {
      let expected = 16_384 * sin(2 * Double.pi * 1_000 * Double(index) / 16_000)
      worst = max(worst, abs(Double(output[index]) - expected))
    }
    #expect(worst < 8, "largest difference of \(worst) in 16,384")
  }

  @Test("a tone above the new Nyquist frequency is removed")
  func aliasesAreRemoved() throws {
    let input = (0..<48_000).map { Float(0.5 * sin(2 * Double.pi * 12_000 * Double($0) / 48_000)) }
    let file = TemporaryFile(
      waveFile(hertz: 48_000, channels: 1, bitsPerSample: 32, isFloat: true, data: bytes(of: input)))
    let output = try AudioFileReader.readAll(path: file.path)
    #expect(output[2_000..<14_000].allSatisfy { abs(Int($0)) <= 2 })
  }

  @Test("the chunk size does not affect the samples", arguments: [(16_000, 1), (16_000, 2), (44_100, 2), (8_000, 1)])
  func chunkingChangesNothing(format: (hertz: Int, channels: Int)) throws {
    var generator = SplitMix64(seed: 5)
    let samples = (0..<30_000 * format.channels).map { _ in Int16(truncatingIfNeeded: generator.next() >> 2) }
    let file = TemporaryFile(
      waveFile(hertz: format.hertz, channels: format.channels, bitsPerSample: 16, data: bytes(of: samples)))
    let whole = try AudioFileReader.readAll(path: file.path)
    for size in [1, 7, 160, 4_096] {
      var reader = try AudioFileReader(path: file.path)
      let chunk = UnsafeMutableBufferPointer<Int16>.allocate(capacity: size)
      defer { chunk.deallocate() }
      var pieces: [Int16] = []
      while true {
        let count = try reader.read(into: chunk)
        if count == 0 { break }
        pieces.append(contentsOf: chunk[..<count])
      }
      #expect(pieces == whole, "chunks of \(size)")
      #expect(reader.position == Int64(whole.count))
    }
  }

  @Test("a recording without samples is empty, which is not an error")
  func emptyRecording() throws {
    for hertz in [16_000, 44_100] {
      let file = TemporaryFile(waveFile(hertz: hertz, channels: 1, bitsPerSample: 16, data: []))
      #expect(try AudioFileReader.readAll(path: file.path).isEmpty)
    }
  }

  @Test("a missing file, a folder and a text file give different errors")
  func unreadableFilesAreNamed() {
    #expect(throws: AudioFileError.cannotOpen(path: "/nonexistent/a.wav", errorNumber: ENOENT)) {
      try AudioFileReader.readAll(path: "/nonexistent/a.wav")
    }
    #expect(throws: AudioFileError.cannotOpen(path: "/tmp", errorNumber: EISDIR)) {
      try AudioFileReader.readAll(path: "/tmp")
    }
    let text = TemporaryFile(Array("This is a letter, not a recording.\n".utf8), suffix: ".txt")
    do {
      _ = try AudioFileReader.readAll(path: text.path)
      Issue.record("a text file was read as audio")
    } catch {
      guard case .notAudio(let path, _) = error else {
        Issue.record("another error: \(error)")
        return
      }
      #expect(path == text.path)
    }
    let empty = TemporaryFile([])
    #expect(throws: AudioFileError.self) { try AudioFileReader.readAll(path: empty.path) }
  }

  @Test("a sample rate that cannot be converted is rejected, and the error contains it")
  func absurdRateIsRefused() {
    for hertz in [7, 999, 2_000_000] {
      let file = TemporaryFile(
        waveFile(hertz: hertz, channels: 1, bitsPerSample: 16, data: bytes(of: [1, 2, 3] as [Int16])))
      #expect(throws: AudioFileError.unsupportedRate(path: file.path, hertz: hertz)) {
        try AudioFileReader.readAll(path: file.path)
      }
    }
  }
}
