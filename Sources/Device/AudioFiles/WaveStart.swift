import CPlatform
import Recordings

/// The start of a WAV file, up to its first sample, for files whose header is wrong.
final class WaveStart {
  private static let blockBytes = 4_096

  private let path: String
  private let descriptor: Int32
  private let header: WaveHeader
  /// What was read: the header, and some bytes of samples.
  private let bytes: [UInt8]
  private let headerByteCount: Int

  /// Reads the header. Nil if the file cannot be read, or is no WAV file that ``WaveHeader`` understands.
  init?(_ path: String) {
    let descriptor = platform_open_for_reading(path)
    guard descriptor >= 0 else { return nil }
    self.descriptor = descriptor
    self.path = path
    var header = WaveHeader()
    var bytes: [UInt8] = []
    var taken = 0
    while !header.isAtSamples {
      var block = [UInt8](repeating: 0, count: Self.blockBytes)
      let got = block.withUnsafeMutableBytes { platform_read(descriptor, $0.baseAddress, $0.count) }
      let used =
        got > 0 ? block.withUnsafeBytes { try? header.take(UnsafeRawBufferPointer(rebasing: $0[..<got])) } : nil
      guard let used else {
        platform_close(descriptor)
        return nil
      }
      bytes += block[..<got]
      taken += used
    }
    self.header = header
    self.bytes = bytes
    headerByteCount = taken
  }

  deinit { platform_close(descriptor) }

  /// Whether the header gives no samples, although there may be some. libsndfile believes it.
  var isUnsized: Bool { header.dataByteCount == 0 }

  /// The file as a stream whose header gives as many samples as fit into it. Valid while this object exists.
  var stream: ByteStream {
    var start = bytes
    for index in (headerByteCount - 4)..<headerByteCount { start[index] = 0xFF }
    return ByteStream(start: start, descriptor: descriptor, cancel: -1, limitMilliseconds: -1)
  }

  /// What to say about a file that ends before its header says, or whose header does not say; nil if all is well.
  var note: String? {
    var stamp = platform_stamp()
    guard platform_file_stamp(path, &stamp) == 0 else { return nil }
    return SampleStream.note(
      name: path, dataByteCount: header.dataByteCount, presentByteCount: stamp.byte_count - Int64(headerByteCount))
  }
}
