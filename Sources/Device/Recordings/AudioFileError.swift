import Messages

/// Why a recording cannot be read. Every case contains the path.
public enum AudioFileError: Error, Equatable, Sendable {
  /// The file cannot be opened; `errorNumber` is the errno.
  case cannotOpen(path: String, errorNumber: Int32)
  /// The file is not in a supported audio format; `reason` is the decoder's message.
  case notAudio(path: String, reason: String)
  /// The WAV file has a sample layout that ``WaveFileReader`` does not support; `found` describes it.
  case unsupportedLayout(path: String, found: String)
  /// The sample rate cannot be converted to 16 kHz.
  case unsupportedRate(path: String, hertz: Int)
  /// Decoding failed after `atSample` samples of output (at 16 kHz). `reason` is the decoder's message.
  case decodingFailed(path: String, atSample: Int64, reason: String)
}

extension AudioFileError: CustomStringConvertible {
  /// What is wrong with which file, and what to do, in one line.
  public var description: String {
    switch self {
    case .cannotOpen(let path, let errorNumber):
      return "cannot open \(path): \(systemText(errorNumber))"
    case .notAudio(let path, let reason):
      return "\(path) is not audio that can be read: \(reason)"
    case .unsupportedLayout(let path, let found):
      return "\(path) has \(found); only 16 kHz, one channel, 16 bits are accepted: convert it, for example with "
        + "sox \(path) -r 16000 -c 1 -b 16 converted.wav"
    case .unsupportedRate(let path, let hertz):
      return "\(path) has a sample rate of \(hertz) Hz; accepted rates are 1000 to 768000 Hz"
    case .decodingFailed(let path, let atSample, let reason):
      return "\(path) cannot be read beyond \(Double(atSample) / 16_000) s (\(reason)); the file is damaged"
    }
  }
}
