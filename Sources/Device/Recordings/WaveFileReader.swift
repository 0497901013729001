import CPlatform
import Messages

/// Reads WAV files with 16 kHz, one channel and 16 bits, without a library.
///
/// Chunks other than `fmt ` and `data` are skipped. If the size of the data chunk is unknown (0 or all ones, as written
/// by programs that stream) or exceeds the file, the samples extend to the end of the file. One thread at a time.
///
/// - Reference: Microsoft, *Multimedia Programming Interface and Data Specifications 1.0*, 1991; WAVEFORMATEXTENSIBLE, 2007.
public struct WaveFileReader: RecordingReader, ~Copyable {
  /// The accepted formats, for messages and help.
  public static var acceptedFormats: String { "WAV of 16 kHz, one channel, 16 bits" }

  // Chunk names, as big-endian numbers.
  private static let riff: UInt32 = 0x5249_4646
  private static let wave: UInt32 = 0x5741_5645
  private static let data: UInt32 = 0x6461_7461
  private static let format: UInt32 = 0x666D_7420

  private let path: String
  private let descriptor: Int32
  /// Bytes of the data chunk that are still unread.
  private var remaining: UInt64
  private var position: Int64 = 0

  /// - Throws: `cannotOpen`, `notAudio`, `unsupportedLayout` or `decodingFailed`.
  public init(path: String) throws(AudioFileError) {
    let descriptor = platform_open_for_reading(path)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, errorNumber: -descriptor) }
    do throws(AudioFileError) {
      remaining = try Self.findData(descriptor, path)
    } catch {
      platform_close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { platform_close(descriptor) }

  /// Fills `samples` from the start and returns the number of samples written; 0 at the end.
  public mutating func read(into samples: UnsafeMutableBufferPointer<Int16>) throws(AudioFileError) -> Int {
    let bytes = UnsafeMutableRawBufferPointer(samples)
    let wanted = Int(min(UInt64(bytes.count), remaining & ~1))
    guard wanted > 0 else { return 0 }
    let got = try Self.readWhole(descriptor, path, bytes.baseAddress!, wanted, after: position)
    remaining -= UInt64(got)
    if got < wanted { remaining = 0 }
    let count = got / 2
    for index in 0..<count { samples[index] = Int16(littleEndian: samples[index]) }
    position += Int64(count)
    return count
  }

  /// Reads up to the first sample. Returns the number of bytes of data.
  private static func findData(_ descriptor: Int32, _ path: String) throws(AudioFileError) -> UInt64 {
    let header = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 8)
    defer { header.deallocate() }
    func read(_ count: Int) throws(AudioFileError) {
      let got = try readWhole(descriptor, path, header.baseAddress!, count, after: 0)
      guard got == count else { throw .notAudio(path: path, reason: "it ends before its first sample") }
    }
    func skip(_ count: UInt64) throws(AudioFileError) {
      var rest = count
      while rest > 0 {
        let step = min(rest, UInt64(header.count))
        try read(Int(step))
        rest -= step
      }
    }
    func field(at offset: Int) -> UInt16 {
      UInt16(littleEndian: header.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
    func size(at offset: Int) -> UInt32 {
      UInt32(littleEndian: header.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    func name(at offset: Int) -> UInt32 { size(at: offset).byteSwapped }

    let got = try readWhole(descriptor, path, header.baseAddress!, 12, after: 0)
    guard got == 12, name(at: 0) == Self.riff, name(at: 8) == Self.wave else {
      throw .notAudio(path: path, reason: "it is not a WAV file")
    }
    var hasFormat = false
    while true {
      try read(8)
      let chunk = name(at: 0)
      let chunkSize = size(at: 4)
      if chunk == Self.data {
        guard hasFormat else { throw .notAudio(path: path, reason: "its samples come before their format") }
        return chunkSize == 0 || chunkSize == .max ? .max : UInt64(chunkSize)
      }
      var unread = UInt64(chunkSize) + UInt64(chunkSize & 1)
      if chunk == Self.format {
        guard chunkSize >= 16, chunkSize <= 40 else {
          throw .notAudio(path: path, reason: "its format chunk has \(chunkSize) bytes")
        }
        try read(Int(unread))
        // Extensible: the actual format is in the first two bytes of a GUID.
        let format = field(at: 0) == 0xFFFE && chunkSize == 40 ? field(at: 24) : field(at: 0)
        let (channels, hertz, bits) = (field(at: 2), size(at: 4), field(at: 14))
        guard format == 1, channels == 1, hertz == 16_000, bits == 16 else {
          let kind = format == 1 ? "integer" : format == 3 ? "floating-point" : "compressed"
          throw .unsupportedLayout(
            path: path, found: "\(kind) samples of \(bits) bits, \(channels) channels, \(hertz) Hz")
        }
        hasFormat = true
        unread = 0
      }
      try skip(unread)
    }
  }

  /// Reads `count` bytes, or fewer at the end of the file.
  private static func readWhole(
    _ descriptor: Int32, _ path: String, _ bytes: UnsafeMutableRawPointer, _ count: Int, after position: Int64
  ) throws(AudioFileError) -> Int {
    var filled = 0
    while filled < count {
      let got = platform_read(descriptor, bytes + filled, count - filled)
      guard got >= 0 else {
        throw .decodingFailed(path: path, atSample: position, reason: systemText(Int32(-got)))
      }
      if got == 0 { break }
      filled += got
    }
    return filled
  }
}
