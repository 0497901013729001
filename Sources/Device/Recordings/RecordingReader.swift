/// Reads a recording in any accepted format as 16 kHz mono Int16, in chunks.
///
/// There are two readers: ``WaveFileReader`` for boards without audio libraries, and one for all formats of libsndfile.
public protocol RecordingReader: ~Copyable {
  /// Opens a recording and determines its format.
  ///
  /// - Throws: Any ``AudioFileError`` except `decodingFailed`.
  init(path: String) throws(AudioFileError)

  /// Fills `samples` from the start.
  ///
  /// - Returns: The number of samples written: `samples.count` until the recording ends, then the rest, then 0.
  /// - Throws: `decodingFailed` if the file is damaged; samples delivered before remain valid.
  mutating func read(into samples: UnsafeMutableBufferPointer<Int16>) throws(AudioFileError) -> Int

  /// The accepted formats, for messages and help.
  static var acceptedFormats: String { get }
}

extension RecordingReader where Self: ~Copyable {
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
