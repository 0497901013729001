import CSndFile
import Recordings

extension AudioFileReader {
  /// Decodes streams of every format of libsndfile.
  public static var openDecoder: StreamDecoderOpener? {
    { stream, name, options throws(AudioFileError) in try StreamedRecording(stream, name: name, options) }
  }
}

/// A stream that libsndfile decodes while it arrives.
private final class StreamedRecording: StreamDecoder {
  private let stream: ByteStream
  private var reader: AudioFileReader
  let format: String

  init(_ stream: ByteStream, name: String, _ options: SourceOptions) throws(AudioFileError) {
    self.stream = stream
    reader = try AudioFileReader(VirtualFile(stream), name: name, options)
    format = "\(reader.formatName), \(reader.fileHertz) Hz, channels: \(reader.fileChannelCount)"
  }

  var levels: SourceLevels { reader.levels }

  func read(into samples: UnsafeMutableBufferPointer<Int16>) throws(AudioFileError) -> Int {
    do throws(AudioFileError) {
      return try reader.read(into: samples)
    } catch {
      // A decoder that is interrupted in the middle of a frame calls that an error.
      if stream.isInterrupted { return 0 }
      throw error
    }
  }
}
