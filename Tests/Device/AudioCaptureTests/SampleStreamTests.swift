import AudioFiles
import CSndFile
import Glibc
import Recordings
import Testing

/// A pipe with bytes in it, as many as fit at a time.
final class Pipe {
  private(set) var output: Int32 = -1
  private var input: Int32 = -1

  init() {
    var ends: [Int32] = [0, 0]
    precondition(pipe(&ends) == 0, "no pipe can be made")
    (output, input) = (ends[0], ends[1])
    // The size is 64 KB; more than the tests write before they read.
    _ = fcntl(input, F_SETFL, O_NONBLOCK)
  }

  deinit {
    close(output)
    end()
  }

  /// Writes as many of the bytes as fit.
  func write(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.withUnsafeBytes { max(0, Glibc.write(input, $0.baseAddress, $0.count)) }
  }

  func end() {
    if input >= 0 { close(input) }
    input = -1
  }
}

@Suite("Streams of any format")
struct SampleStreamTests {
  private static let samples: [Int16] = (0..<9_000).map { Int16(truncatingIfNeeded: $0 &* 7_919) }

  private func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// What a reader hears of a stream that arrives in pieces.
  private func hear(
    _ bytes: [UInt8], piece: Int = 65_536, options: SourceOptions = SourceOptions(), acceptsRaw: Bool = true,
    buffer size: Int = 1_000
  ) throws -> (samples: [Int16], note: String?, format: String?) {
    let pipe = Pipe()
    let stream = SampleStream(
      descriptor: pipe.output, name: "standard input", options, acceptsRaw: acceptsRaw)
    let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: size)
    defer { buffer.deallocate() }
    var rest = bytes[...]
    var samples: [Int16] = []
    while true {
      rest = rest.dropFirst(pipe.write(rest.prefix(piece)))
      if rest.isEmpty { pipe.end() }
      switch try stream.read(into: buffer) {
      case .samples(let count): samples += buffer[..<count]
      case .nothingYet: break
      case .ended: return (samples, stream.note, stream.format)
      case .failed(let errorNumber):
        Issue.record("errno \(errorNumber)")
        return (samples, nil, nil)
      }
    }
  }

  /// What a reader hears of a file that a program sends through a pipe.
  private func hear(decoding path: String, _ options: SourceOptions = SourceOptions()) throws -> (
    samples: [Int16], format: String?
  ) {
    let sender = try #require(popen("cat \(path)", "r"))
    defer { pclose(sender) }
    let stream = SampleStream(
      descriptor: fileno(sender), name: "standard input", options, openDecoder: AudioFileReader.openDecoder)
    let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 320)
    defer { buffer.deallocate() }
    var samples: [Int16] = []
    while true {
      let count = try stream.next(into: buffer)
      if count == 0 { return (samples, stream.format) }
      samples += buffer[..<count]
    }
  }

  private func wave(_ samples: [Int16], size: Int? = nil, hertz: Int = 16_000, channels: Int = 1) -> [UInt8] {
    var file = waveFile(hertz: hertz, channels: channels, bitsPerSample: 16, data: bytes(of: samples))
    if let size { file.replaceSubrange(40..<44, with: little(size, 4)) }
    return file
  }

  @Test(
    "raw samples arrive as they are, whatever they begin with and however they are split",
    arguments: [1, 7, 160, 4_096])
  func rawSamples(piece: Int) throws {
    for start in ["", "RIFF....WAVf", "fLa", "OggX........", "ID3\u{9}........", "\0\0\0\0ftyp....", "RIFF"] {
      let bytes = Array(start.utf8) + bytes(of: Self.samples)
      let expected = (0..<(bytes.count / 2)).map {
        Int16(bitPattern: UInt16(bytes[2 * $0]) | UInt16(bytes[2 * $0 + 1]) << 8)
      }
      let heard = try hear(bytes, piece: piece)
      #expect(heard.samples == expected, "\(start)")
      #expect(heard.note == nil && heard.format == nil)
    }
  }

  @Test("fewer bytes than a signature has are samples, too", arguments: 0..<14)
  func fewBytes(count: Int) throws {
    let bytes = Array(bytes(of: Self.samples)[..<count])
    #expect(try hear(bytes).samples == Array(Self.samples[..<(count / 2)]))
  }

  @Test("a WAV stream is recognized and decoded, however it is split", arguments: [1, 3, 44, 160, 4_096])
  func waveStream(piece: Int) throws {
    let heard = try hear(wave(Self.samples), piece: piece, buffer: 100)
    #expect(heard.samples == Self.samples)
    #expect(heard.note == nil)
    #expect(heard.format == "WAV, 16000 Hz, channels: 1")
  }

  // 0x8000_0000 is the size that arecord writes into a pipe.
  @Test(
    "a WAV stream without a size is read to its end, with a note",
    arguments: [0, 0xFFFF_FFFF, 0x7FFF_FFF0, 0x8000_0000])
  func unknownSize(size: Int) throws {
    let heard = try hear(wave(Self.samples, size: size))
    #expect(heard.samples == Self.samples)
    #expect(heard.note?.contains("it was read to its end") == true)
  }

  @Test("WAV files that follow each other are all read, also with other chunks between and another layout after")
  func severalFiles() throws {
    let list = Array("LIST".utf8) + little(5, 4) + [1, 2, 3, 4, 5, 0]
    let first = Array(Self.samples[..<3_000])
    let stereo = Self.samples.flatMap { [$0, $0] }
    let all = wave(first) + list + wave(Self.samples) + wave(stereo, channels: 2) + wave(first, size: 0)
    for piece in [1, 100, 65_536] {
      let heard = try hear(all, piece: piece)
      #expect(heard.samples == first + Self.samples + Self.samples + first, "\(piece)")
    }
  }

  @Test("the layout of raw samples is that of the options; a WAV stream has its own")
  func layouts() throws {
    var options = SourceOptions()
    options.rawLayout = SampleLayout(format: .int32, channelCount: 2, hertz: 16_000)
    options.rawChannel = 1
    let raw = Self.samples.flatMap { little(77 << 16, 4) + little(Int($0) << 16, 4) }
    #expect(try hear(raw, piece: 13, options: options).samples == Self.samples)
    #expect(try hear(wave(Self.samples), options: options).samples == Self.samples)
    options.channel = 1
    #expect(try hear(wave(Self.samples.flatMap { [5, $0] }, channels: 2), options: options).samples == Self.samples)
    #expect(throws: AudioFileError.noChannel(path: "standard input", channel: 1, channelCount: 1)) {
      try hear(wave(Self.samples), options: options)
    }
  }

  @Test("without a decoder, other formats are rejected with their name and what to do")
  func noDecoder() {
    let failure = AudioFileError.undecodable(path: "standard input", format: "Ogg")
    #expect(throws: failure) { try hear(Array("OggS\0\u{2}and so on".utf8)) }
    #expect(failure.description.hasSuffix("decode it before: ffmpeg -i INPUT -f wav -"), "\(failure.description)")
    #expect(throws: AudioFileError.notAudio(path: "standard input", reason: "it is not a WAV file")) {
      try hear(bytes(of: Self.samples), acceptsRaw: false)
    }
    #expect(throws: AudioFileError.notAudio(path: "standard input", reason: "it ends before its first sample")) {
      try hear(Array(wave(Self.samples)[..<43]))
    }
  }

  @Test(
    "libsndfile decodes a stream while it arrives, to the same samples as from a file",
    arguments: [
      (SF_FORMAT_FLAC, SF_FORMAT_PCM_16, 44_100, 2, "FLAC"), (SF_FORMAT_OGG, SF_FORMAT_VORBIS, 44_100, 2, "OGG"),
      (SF_FORMAT_OGG, SF_FORMAT_OPUS, 48_000, 1, "OGG"),
      (SF_FORMAT_MPEG, SF_FORMAT_MPEG_LAYER_III, 44_100, 2, "MPEG"),
      (SF_FORMAT_AIFF, SF_FORMAT_PCM_24, 48_000, 2, "AIFF"), (SF_FORMAT_CAF, SF_FORMAT_PCM_16, 16_000, 1, "CAF"),
      (SF_FORMAT_AU, SF_FORMAT_PCM_16, 16_000, 1, "AU"), (SF_FORMAT_WAV, SF_FORMAT_ULAW, 8_000, 1, "WAV"),
      (SF_FORMAT_WAV, SF_FORMAT_PCM_U8, 22_254, 1, "WAV"), (SF_FORMAT_RF64, SF_FORMAT_PCM_16, 48_000, 2, "RF64"),
    ])
  func decodedStreams(format: (container: Int, subtype: Int, hertz: Int, channels: Int, name: String)) throws {
    let file = try encodedFile(format.container, format.subtype, hertz: format.hertz, channels: format.channels)
    var options = SourceOptions()
    for channel in format.channels > 1 ? [nil, 1] : [nil] {
      options.channel = channel
      var reader = try AudioFileReader(path: file.path, options)
      let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 200_000)
      defer { buffer.deallocate() }
      let expected = Array(buffer[..<(try reader.read(into: buffer))])
      let heard = try hear(decoding: file.path, options)
      #expect(heard.format?.hasPrefix(format.name) == true, "\(String(describing: heard.format))")
      // Of a stream, an Ogg decoder does not know the exact end.
      #expect(heard.samples.count >= expected.count && heard.samples.count - expected.count < 2_000)
      #expect(Array(heard.samples.prefix(expected.count)) == expected)
    }
  }

  @Test("an MP3 stream whose ID3 tag has a large picture is decoded")
  func taggedMP3() throws {
    let file = try encodedFile(SF_FORMAT_MPEG, SF_FORMAT_MPEG_LAYER_III, hertz: 44_100, channels: 1)
    let plain = try hear(decoding: file.path)
    // 300,000 bytes, with seven bits in each byte of the size.
    let size = 300_000
    let tag =
      Array("ID3\u{4}\0\0".utf8) + [21, 14, 7, 0].map { UInt8(size >> $0 & 0x7F) }
      + [UInt8](repeating: 0xFF, count: size)
    let whole = TemporaryFile(tag + contents(of: file.path), suffix: ".mp3")
    let tagged = try hear(decoding: whole.path)
    #expect(!plain.samples.isEmpty && tagged.samples == plain.samples)
  }

  @Test("a stream of noise after a signature is rejected and ends")
  func damagedStreams() {
    for start in ["fLaC\0\0\0\"", "OggS\0\u{2}\0\0", "ID3\u{4}\0\0\0\0", "FORM\0\0\0\u{9}AIFF", "caff\0\u{1}\0\0"] {
      let bytes = Array(start.utf8) + bytes(of: Self.samples)
      let file = TemporaryFile(bytes, suffix: ".audio")
      #expect(throws: AudioFileError.self, "\(start)") { try hear(decoding: file.path) }
    }
  }
}
