import Messages

/// Why a recording could not be read. Every case names the file, so that a message made from it can be acted on.
public enum AudioFileError: Error, Equatable, Sendable {
  /// The file could not be opened; `errorNumber` is the system's errno (2 is "no such file").
  case cannotOpen(path: String, errorNumber: Int32)
  /// The file opened, but is in no audio format that the reader knows. `reason` is why, in the decoder's own words.
  case notAudio(path: String, reason: String)
  /// The file is a WAV file of another sample layout than the plain reader takes. `found` names what it has.
  case unsupportedLayout(path: String, found: String)
  /// The sample rate is outside what can be converted to 16 kHz.
  case unsupportedRate(path: String, hertz: Int)
  /// Decoding stopped after `atSample` samples of output (16 kHz). `reason` is the decoder's own text.
  case decodingFailed(path: String, atSample: Int64, reason: String)
}

extension AudioFileError: CustomStringConvertible {
  /// What went wrong with which file and what to do, in one line for a person.
  public var description: String {
    switch self {
    case .cannotOpen(let path, let errorNumber):
      return "cannot open \(path): \(systemText(errorNumber))"
    case .notAudio(let path, let reason):
      return "\(path) is not audio that can be read: \(reason)"
    case .unsupportedLayout(let path, let found):
      return "\(path) has \(found); accepted are 16 kHz, one channel, 16 bits: convert it, for example with "
        + "sox \(path) -r 16000 -c 1 -b 16 converted.wav"
    case .unsupportedRate(let path, let hertz):
      return "\(path) has a sample rate of \(hertz) Hz; accepted are 1000 to 768000 Hz"
    case .decodingFailed(let path, let atSample, let reason):
      return "\(path) cannot be read any further after \(Double(atSample) / 16_000) s (\(reason)); the file is damaged"
    }
  }
}
