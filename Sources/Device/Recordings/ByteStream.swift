import CPlatform

/// The bytes of a stream for a decoder: those that were read to recognize it, and then those of a descriptor.
///
/// One thread at a time.
public final class ByteStream {
  private let start: [UInt8]
  private var startIndex = 0
  private let descriptor: Int32
  private let cancel: Int32
  private let limitMilliseconds: Int32
  /// Whether the stream was ended from outside: it was canceled, or a signal stops the program.
  package private(set) var isInterrupted = false
  /// The errno that ended the stream; 0 at its end.
  package private(set) var errorNumber: Int32 = 0
  /// Whether the stream ended because no bytes arrived within the limit.
  package private(set) var isSilent = false

  /// - Parameters:
  ///   - start: The first bytes.
  ///   - descriptor: The rest of the stream; the caller owns it.
  ///   - cancel: A descriptor that ends the stream when it becomes readable; -1 for none.
  ///   - limitMilliseconds: The time without bytes after which the stream ends; -1 for none.
  package init(start: [UInt8], descriptor: Int32, cancel: Int32, limitMilliseconds: Int32) {
    self.start = start
    self.descriptor = descriptor
    self.cancel = cancel
    self.limitMilliseconds = limitMilliseconds
  }

  /// Reads the next bytes, and waits for the first of them.
  ///
  /// - Returns: The number of bytes; 0 at the end.
  package func read(into bytes: UnsafeMutableRawBufferPointer) -> Int {
    if startIndex < start.count {
      let count = min(bytes.count, start.count - startIndex)
      for index in 0..<count { bytes[index] = start[startIndex + index] }
      startIndex += count
      return count
    }
    let begin = platform_monotonic_nanoseconds()
    while true {
      // In steps, because a signal that stops the program may arrive between the check and the wait.
      let ready = platform_wait_for_input(descriptor, cancel, 200)
      if ready > 0 {
        let got = platform_read(descriptor, bytes.baseAddress, bytes.count)
        if got >= 0 { return got }
        if got != -Int(platform_error_again) {
          errorNumber = Int32(-got)
          return 0
        }
      } else if ready < 0 {
        errorNumber = -ready
        return 0
      }
      if platform_stop_signal() != 0 || cancel >= 0 && platform_wait_for_input(cancel, -1, 0) > 0 {
        isInterrupted = true
        return 0
      }
      let waited = (platform_monotonic_nanoseconds() - begin) / 1_000_000
      if limitMilliseconds >= 0, waited > Int64(limitMilliseconds) {
        isSilent = true
        return 0
      }
    }
  }
}

/// Decodes a stream of a format that ``SampleStream`` does not.
public protocol StreamDecoder: AnyObject {
  /// Fills `samples` with the next 16 kHz mono samples, and waits for them.
  ///
  /// - Returns: The number of samples; fewer than `samples.count` only at the end.
  func read(into samples: UnsafeMutableBufferPointer<Int16>) throws(AudioFileError) -> Int

  /// The levels so far.
  var levels: SourceLevels { get }
  /// The format in words.
  var format: String { get }
}

/// Creates the decoder of a stream.
///
/// The name of the stream is for messages.
public typealias StreamDecoderOpener =
  @Sendable (ByteStream, _ name: String, SourceOptions) throws(AudioFileError) ->
  any StreamDecoder
