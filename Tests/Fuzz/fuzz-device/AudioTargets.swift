import AudioFiles
import CFuzzer
import FuzzDriver
import Recordings

extension FuzzTarget {
  /// WAV files, read in pieces of two sizes: both give the same samples or the same error.
  static let wave = FuzzTarget("wave", words: ["RIFF", "WAVE", "fmt ", "data", "LIST"], seeds: waveSeeds()) { bytes in
    guard fuzzer_memory_file(bytes.baseAddress, bytes.count) >= 0 else { fatalError("no file in memory") }
    let path = String(cString: fuzzer_memory_path())
    let whole = samples(WaveFileReader.self, path, pieceSamples: 4_096)
    let pieces = samples(WaveFileReader.self, path, pieceSamples: 7)
    require(
      whole.samples == pieces.samples && whole.failure == pieces.failure, "the size of the pieces changes nothing")
  }

  /// Every format of libsndfile, and conversion to 16 kHz.
  static let audioFile = FuzzTarget(
    "audio-file", words: ["RIFF", "WAVE", "fmt ", "data", "fLaC", "OggS", "OpusHead", "FORM", "AIFF"],
    seeds: waveSeeds()
  ) { bytes in
    guard fuzzer_memory_file(bytes.baseAddress, bytes.count) >= 0 else { fatalError("no file in memory") }
    _ = samples(AudioFileReader.self, String(cString: fuzzer_memory_path()), pieceSamples: 4_096)
  }

  /// Raw samples of a stream: all complete ones arrive, whatever the sizes of the reads.
  static let pcm = FuzzTarget("pcm", seeds: [[7, 1, 0, 2, 0], [1, 0, 0]]) { bytes in
    var choices = InputCursor(bytes)
    let pieceSamples = 1 + Int(choices.byte() % 64)
    let stream = choices.rest()
    let descriptor = fuzzer_memory_file(stream.baseAddress, stream.count)
    guard descriptor >= 0 else { fatalError("no file in memory") }
    guard StreamKind(stream, isWhole: true) == .unknown else { return }
    let reader = SampleStream(descriptor: descriptor, name: "stream", SourceOptions())
    let piece = UnsafeMutableBufferPointer<Int16>.allocate(capacity: pieceSamples)
    defer { piece.deallocate() }
    var index = 0
    while let count = try? reader.next(into: piece), count > 0 {
      for sample in piece[..<count] {
        let expected = Int16(littleEndian: stream.loadUnaligned(fromByteOffset: 2 * index, as: Int16.self))
        require(sample == expected, "sample \(index) is the stream's")
        index += 1
      }
    }
    require(index == stream.count / 2, "every whole sample arrives")
  }

  /// The samples of a file: at most ten seconds, because a few bytes can stand for hours.
  private static func samples<Reader: RecordingReader & ~Copyable>(
    _ kind: Reader.Type, _ path: String, pieceSamples: Int
  ) -> (samples: [Int16], failure: AudioFileError?) {
    let piece = UnsafeMutableBufferPointer<Int16>.allocate(capacity: pieceSamples)
    defer { piece.deallocate() }
    var samples: [Int16] = []
    do throws(AudioFileError) {
      var reader = try Reader(path: path)
      while samples.count < 160_000 {
        let count = try reader.read(into: piece)
        if count == 0 { break }
        samples += piece[..<count]
      }
    } catch {
      return (samples, error)
    }
    return (samples, nil)
  }

  @Sendable private static func waveSeeds() -> [[UInt8]] {
    [(1, 1, 16_000, 16), (1, 2, 16_000, 16), (3, 1, 44_100, 32), (1, 1, 8_000, 24), (7, 1, 8_000, 8)].map { header($0) }
  }

  private static func header(_ format: (code: UInt16, channels: UInt16, hertz: UInt32, bits: UInt16)) -> [UInt8] {
    var bytes: [UInt8] = []
    func append<Value: FixedWidthInteger>(_ value: Value) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    let frameBytes = format.channels * format.bits / 8
    let data = [UInt8](repeating: 0x12, count: 24 * Int(frameBytes))
    bytes += Array("RIFF".utf8)
    append(UInt32(36 + data.count))
    bytes += Array("WAVEfmt ".utf8)
    append(UInt32(16))
    append(format.code)
    append(format.channels)
    append(format.hertz)
    append(format.hertz * UInt32(frameBytes))
    append(frameBytes)
    append(format.bits)
    bytes += Array("data".utf8)
    append(UInt32(data.count))
    return bytes + data
  }
}
