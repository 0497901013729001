import Messages

/// Why a recording or a stream cannot be read. Every case contains the path, or the name of the stream.
public enum AudioFileError: Error, Equatable, Sendable {
  /// The file cannot be opened; `errorNumber` is the errno.
  case cannotOpen(path: String, errorNumber: Int32)
  /// The file is not in a supported audio format; `reason` is the decoder's message.
  case notAudio(path: String, reason: String)
  /// The file is in a format that this program cannot decode; `format` is its name.
  case undecodable(path: String, format: String)
  /// The WAV file has a sample layout that ``WaveFileReader`` does not support; `found` describes it.
  case unsupportedLayout(path: String, found: String)
  /// The sample rate cannot be converted to 16 kHz.
  case unsupportedRate(path: String, hertz: Int)
  /// The selected channel does not exist.
  case noChannel(path: String, channel: Int, channelCount: Int)
  /// Decoding failed after `atSample` samples of output (at 16 kHz). `reason` is the decoder's message.
  case decodingFailed(path: String, atSample: Int64, reason: String)
}

extension AudioFileError: CustomStringConvertible {
  /// What is wrong with which file, and what to do, in one line.
  public var description: String {
    switch self {
    case .cannotOpen(let path, let errorNumber):
      return filled("cannot open %: %", path, systemText(errorNumber))
    case .notAudio(let path, let reason):
      return filled("% is not audio that can be read: %", path, reason)
    case .undecodable(let path, let format):
      return filled("% is %, which this program cannot decode; %", path, format, Self.conversion(of: path))
    case .unsupportedLayout(let path, let found):
      return filled("% has %; %", path, found, Self.conversion(of: path))
    case .unsupportedRate(let path, let hertz):
      return filled(
        "% has a sample rate of % Hz, which cannot be converted to 16000 Hz; %",
        [
          path, decimal(hertz), Self.conversion(of: path),
        ])
    case .noChannel(let path, let channel, let channelCount):
      return filled(
        "% has no channel %: it has %, and they count from 0", path, decimal(channel), decimal(channelCount))
    case .decodingFailed(let path, let atSample, let reason):
      return filled(
        "% cannot be read beyond % s (%); the file is damaged", path,
        fixedPoint(Double(atSample) / 16_000, decimals: 3),
        reason)
    }
  }

  /// The command that makes a WAV file of a recording, or decodes a stream.
  private static func conversion(of path: String) -> String {
    let colon = path.utf8.firstIndex(of: UInt8(ascii: ":")) ?? path.endIndex
    if path == SampleStream.standardInputName || path[colon...].hasPrefix("://") {
      return "decode it before: ffmpeg -i INPUT -f wav -"
    }
    var stem = path[...]
    if let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")), !path[dot...].utf8.contains(UInt8(ascii: "/")) {
      stem = path[..<dot]
    }
    let name = String(stem) + ".wav"
    return filled(
      "convert it: ffmpeg -i % %", shellQuoted(path), shellQuoted(name == path ? String(stem) + "-pcm.wav" : name))
  }
}
