import CPlatform
import Messages

/// Reads raw 16 kHz mono signed 16-bit little-endian samples from a file descriptor, such as stdin.
///
/// Returns what has arrived without waiting for a full buffer, for live streams through a pipe. One thread at a time;
/// no allocation after `init`.
public struct PCMReader: ~Copyable {
  /// Samples delivered so far.
  public private(set) var position: Int64 = 0
  private let descriptor: Int32
  private let name: String
  /// The first byte of a sample whose second byte has not arrived.
  private var halfSample: UInt8?

  /// - Parameters:
  ///   - descriptor: The file descriptor, which the caller owns; 0 is stdin.
  ///   - name: The name of the stream in errors.
  public init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// Waits for samples and writes them to the start of `samples`.
  ///
  /// - Returns: The number of samples; 0 at the end of the stream. A single byte at the end is dropped.
  /// - Throws: `decodingFailed` with the system's message.
  public mutating func read(into samples: UnsafeMutableBufferPointer<Int16>) throws(AudioFileError) -> Int {
    precondition(!samples.isEmpty)
    let bytes = UnsafeMutableRawBufferPointer(samples)
    while true {
      var filled = 0
      if let first = halfSample {
        bytes[0] = first
        filled = 1
      }
      let got = platform_read(descriptor, bytes.baseAddress! + filled, bytes.count - filled)
      guard got >= 0 else {
        throw .decodingFailed(path: name, atSample: position, reason: systemText(Int32(-got)))
      }
      if got == 0 { return 0 }
      filled += got
      halfSample = filled % 2 == 1 ? bytes[filled - 1] : nil
      let count = filled / 2
      if count == 0 { continue }
      for index in 0..<count { samples[index] = Int16(littleEndian: samples[index]) }
      position += Int64(count)
      return count
    }
  }
}
