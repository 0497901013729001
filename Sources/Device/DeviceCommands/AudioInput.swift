import Messages
import Recordings

/// Reads a recording, or raw PCM from stdin for `-`, and passes it on in chunks.
///
/// - Parameters:
///   - buffer: Storage for a chunk.
///   - body: Receives each chunk of 16 kHz mono samples, valid during the call.
/// - Returns: The number of samples, never 0.
/// - Throws: A failure if the audio cannot be read or has no samples, or the error of `body`.
func forEachChunk<Reader: RecordingReader & ~Copyable>(
  of path: String, _ kind: Reader.Type, buffer: UnsafeMutableBufferPointer<Int16>,
  _ body: (UnsafeBufferPointer<Int16>) throws(Failure) -> Void
) throws(Failure) -> Int64 {
  var total: Int64 = 0
  if path == "-" {
    var reader = PCMReader(descriptor: 0, name: "standard input")
    while true {
      let count = try readingAudio { () throws(AudioFileError) in try reader.read(into: buffer) }
      if count == 0 { break }
      total += Int64(count)
      try body(UnsafeBufferPointer(rebasing: buffer[..<count]))
    }
  } else {
    var reader = try openRecording(path, kind)
    while true {
      let count = try readingAudio { () throws(AudioFileError) in try reader.read(into: buffer) }
      if count == 0 { break }
      total += Int64(count)
      try body(UnsafeBufferPointer(rebasing: buffer[..<count]))
    }
  }
  guard total > 0 else {
    throw Failure(.badData, "\(path == "-" ? "standard input" : path) has no samples; record it again")
  }
  return total
}

/// Opens a recording; throws a failure if that is not possible.
private func openRecording<Reader: RecordingReader & ~Copyable>(
  _ path: String, _ kind: Reader.Type
) throws(Failure) -> Reader {
  do throws(AudioFileError) {
    return try Reader(path: path)
  } catch {
    throw Failure(error)
  }
}

extension Failure {
  init(_ error: AudioFileError) {
    switch error {
    case .cannotOpen: self.init(.noInput, error.description)
    case .notAudio, .unsupportedLayout, .unsupportedRate, .decodingFailed: self.init(.badData, error.description)
    }
  }
}

private func readingAudio(_ read: () throws(AudioFileError) -> Int) throws(Failure) -> Int {
  do throws(AudioFileError) {
    return try read()
  } catch {
    throw Failure(error)
  }
}
