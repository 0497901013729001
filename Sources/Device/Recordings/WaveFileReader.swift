import CPlatform

/// Reads WAV files without a library: integers of 16, 24 or 32 bits and 32-bit floating-point numbers, of any rate that
/// ``RateConverter`` accepts.
///
/// See ``SampleStream`` for files whose header has the wrong size. One thread at a time.
public struct WaveFileReader: RecordingReader, ~Copyable {
  /// The accepted formats, for messages and help.
  public static var acceptedFormats: String { "WAV of any rate and channel count" }

  private let descriptor: Int32
  private let stream: SampleStream

  /// - Throws: `cannotOpen`.
  public init(path: String, _ options: SourceOptions) throws(AudioFileError) {
    let descriptor = platform_open_for_reading(path)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, errorNumber: -descriptor) }
    self.descriptor = descriptor
    stream = SampleStream(descriptor: descriptor, name: path, options, acceptsRaw: false)
  }

  deinit { platform_close(descriptor) }

  /// Fills `samples` from the start and returns the number of samples written; 0 at the end.
  ///
  /// - Throws: Any ``AudioFileError`` except `cannotOpen`.
  public mutating func read(into samples: UnsafeMutableBufferPointer<Int16>) throws(AudioFileError) -> Int {
    var filled = 0
    while filled < samples.count {
      let count = try stream.next(into: UnsafeMutableBufferPointer(rebasing: samples[filled...]))
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// The levels of the source so far.
  public var levels: SourceLevels { stream.levels }
  /// What is unusual about the file, after its end.
  public var note: String? { stream.note }
}
