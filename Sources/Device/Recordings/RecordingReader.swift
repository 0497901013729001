/// Reads a recording as 16 kHz mono Int16, a chunk at a time, whatever the file holds.
///
/// Two kinds exist: one for WAV files alone, on boards without libraries for audio files, and one for every format of libsndfile.
public protocol RecordingReader: ~Copyable {
  /// Opens a recording and finds out its format.
  ///
  /// - Throws: any ``AudioFileError`` but `decodingFailed`.
  init(path: String) throws(AudioFileError)

  /// Fills `samples` from its start.
  ///
  /// - Returns: The count of samples written: `samples.count` until the recording ends, then what is left, then 0.
  /// - Throws: `decodingFailed` when the file is damaged; samples given before stay good.
  mutating func read(into samples: UnsafeMutableBufferPointer<Int16>) throws(AudioFileError) -> Int

  /// The formats that are read, for a person.
  static var acceptedFormats: String { get }
}

extension RecordingReader where Self: ~Copyable {
  /// Reads a whole recording into memory, for clips.
  ///
  /// - Returns: 16 kHz mono samples; empty when the recording has none.
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
