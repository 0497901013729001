/// Reads a recording in any accepted format as 16 kHz mono Int16, in chunks.
///
/// There are two readers: ``WaveFileReader`` for boards without audio libraries, and one for all formats of libsndfile.
public protocol RecordingReader: ~Copyable {
  /// Opens a recording.
  ///
  /// - Parameter options: The channel and the gain.
  /// - Throws: `cannotOpen`, or any other ``AudioFileError`` except `decodingFailed`, which may come with the first read.
  init(path: String, _ options: SourceOptions) throws(AudioFileError)

  /// Fills `samples` from the start.
  ///
  /// - Returns: The number of samples written: `samples.count` until the recording ends, then the rest, then 0.
  /// - Throws: Any ``AudioFileError``; `decodingFailed` if the file is damaged. Samples delivered before remain valid.
  mutating func read(into samples: UnsafeMutableBufferPointer<Int16>) throws(AudioFileError) -> Int

  /// The levels of the source so far.
  var levels: SourceLevels { get }

  /// What is unusual about the recording, in words; nil if nothing is. Complete after its end.
  var note: String? { get }

  /// The accepted formats, for messages and help.
  static var acceptedFormats: String { get }

  /// Decodes streams other than raw PCM and WAV; nil if the program has no decoder for them.
  static var openDecoder: StreamDecoderOpener? { get }
}

extension RecordingReader where Self: ~Copyable {
  /// Nil: only raw PCM and WAV.
  public static var openDecoder: StreamDecoderOpener? { nil }

  /// Opens a recording, of which the mean of all channels is read.
  public init(path: String) throws(AudioFileError) { try self.init(path: path, SourceOptions()) }

  /// Reads a whole recording into memory. Intended for short clips.
  ///
  /// - Returns: 16 kHz mono samples; empty if the recording has none.
  /// - Throws: Any ``AudioFileError``.
  public static func readAll(path: String) throws(AudioFileError) -> [Int16] {
    var reader = try Self(path: path)
    var samples: [Int16] = []
    let chunk = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 16_000)
    defer { chunk.deallocate() }
    while true {
      let count = try reader.read(into: chunk)
      if count == 0 { return samples }
      samples.append(contentsOf: UnsafeBufferPointer(rebasing: chunk[..<count]))
    }
  }
}
