import Messages
import Recordings

/// Reads a recording, or the stream of stdin for `-`, and passes it on in chunks. Reports what is unusual about it.
///
/// - Parameters:
///   - buffer: Storage for a chunk.
///   - body: Receives each chunk of 16 kHz mono samples, valid during the call.
/// - Throws: A failure if the audio cannot be read or has no samples, or the error of `body`.
func forEachChunk<Reader: RecordingReader & ~Copyable>(
  of path: String, _ kind: Reader.Type, _ options: SourceOptions, buffer: UnsafeMutableBufferPointer<Int16>,
  _ body: (UnsafeBufferPointer<Int16>) throws(Failure) -> Void
) throws(Failure) {
  var isEmpty = true
  let levels: SourceLevels
  let note: String?
  var name = path
  if path == "-" {
    name = SampleStream.standardInputName
    let stream = SampleStream(descriptor: 0, name: name, options, openDecoder: Reader.openDecoder)
    while true {
      let count = try readingAudio { () throws(AudioFileError) in try stream.next(into: buffer) }
      if count == 0 { break }
      isEmpty = false
      try body(UnsafeBufferPointer(rebasing: buffer[..<count]))
    }
    (levels, note) = (stream.levels, stream.note)
  } else {
    var reader = try openRecording(path, options, kind)
    while true {
      let count = try readingAudio { () throws(AudioFileError) in try reader.read(into: buffer) }
      if count == 0 { break }
      isEmpty = false
      try body(UnsafeBufferPointer(rebasing: buffer[..<count]))
    }
    (levels, note) = (reader.levels, reader.note)
  }
  if let note { report(.notice(note)) }
  guard !isEmpty else { throw Failure(.badData, name + " has no samples; record it again") }
  hint(levels, of: name)
}

/// Reports channels that cancel each other, and clipping.
private func hint(_ levels: SourceLevels, of name: String) {
  if levels.isCancelling {
    report(.notice(filled("the channels of % cancel each other when mixed; choose one with --channel 0", name)))
  }
  // A millisecond; less is not heard.
  if levels.clippedCount >= 16 {
    report(
      .notice(
        filled(
          "% clips: % samples at full scale, the first at % s; record it with less gain", name,
          word(levels.clippedCount), fixedPoint(levels.firstClippedSeconds, decimals: 2))))
  }
}

/// Opens a recording; throws a failure if that is not possible.
private func openRecording<Reader: RecordingReader & ~Copyable>(
  _ path: String, _ options: SourceOptions, _ kind: Reader.Type
) throws(Failure) -> Reader {
  do throws(AudioFileError) {
    return try Reader(path: path, options)
  } catch {
    throw Failure(error)
  }
}

extension Failure {
  init(_ error: AudioFileError) {
    if case .cannotOpen = error {
      self.init(.noInput, error.description)
    } else {
      self.init(.badData, error.description)
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
