import CPlatform
import CSampleRate
import CSndFile
import Recordings

/// Reads recordings of any rate and channel count as 16 kHz mono Int16, in chunks.
///
/// | input                          | processing                                                              |
/// |--------------------------------|-------------------------------------------------------------------------|
/// | 16 kHz, mono, 16-bit PCM       | none; the samples are unchanged                                         |
/// | anything else at 16 kHz        | decoded to float, mean of the channels, rounded                         |
/// | any other rate                 | the same, then a band-limited sinc resampler (121 dB), then rounded      |
///
/// Rounding is to nearest, ties away from zero, and saturates at full scale; NaN becomes silence. The samples do not
/// depend on the chunk size of ``read(into:)``. The buffers take about 200 KB, regardless of the length of the file.
/// One thread at a time.
public struct AudioFileReader: RecordingReader, ~Copyable {
  /// The accepted formats, for messages and help.
  public static var acceptedFormats: String { "WAV, FLAC, Ogg Opus, Ogg Vorbis and MP3 of any rate and channel count" }

  /// The sample rate of the output.
  public static let outputHertz = 16_000

  /// The sample rate of the file.
  public let fileHertz: Int
  /// The number of channels of the file.
  public let fileChannelCount: Int
  /// Samples delivered so far.
  public private(set) var position: Int64 = 0

  private let path: String
  private let file: OpaquePointer
  private let readsIntegers: Bool
  /// Nil if the file has the output rate.
  private let resampler: Resampler?
  /// `[blockFrames, channels]`, in the decoder's layout.
  private let interleaved: UnsafeMutableBufferPointer<Float>
  /// `[blockFrames]`, the mean of the channels.
  private let mono: UnsafeMutableBufferPointer<Float>
  private let resampled: UnsafeMutableBufferPointer<Float>

  /// Opens a recording and determines its format.
  ///
  /// - Throws: `cannotOpen`, `notAudio` or `unsupportedRate`.
  public init(path: String) throws(AudioFileError) {
    let descriptor = platform_open_for_reading(path)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, errorNumber: -descriptor) }
    var info = SF_INFO()
    // The library closes the descriptor, even if it refuses the file.
    guard let file = sf_open_fd(descriptor, Int32(SFM_READ), &info, 1) else {
      let reason = trimmed(sf_strerror(nil))
      throw .notAudio(path: path, reason: "\(reason); accepted formats are \(Self.acceptedFormats)")
    }
    let hertz = Int(info.samplerate)
    let channels = Int(info.channels)
    guard (1_000...768_000).contains(hertz), channels > 0 else {
      sf_close(file)
      throw .unsupportedRate(path: path, hertz: hertz)
    }
    let isPCM16 = Int(info.format) & Int(SF_FORMAT_SUBMASK) == Int(SF_FORMAT_PCM_16)
    let blockFrames = max(64, 16_384 / channels)
    self.path = path
    self.file = file
    fileHertz = hertz
    fileChannelCount = channels
    readsIntegers = isPCM16 && channels == 1 && hertz == Self.outputHertz
    resampler =
      hertz == Self.outputHertz ? nil : Resampler(fromHertz: hertz, toHertz: Self.outputHertz)
    interleaved = .allocate(capacity: blockFrames * channels)
    mono = .allocate(capacity: blockFrames)
    resampled = .allocate(capacity: 4_096)
    interleaved.initialize(repeating: 0)
    mono.initialize(repeating: 0)
    resampled.initialize(repeating: 0)
  }

  deinit {
    sf_close(file)
    interleaved.deallocate()
    mono.deallocate()
    resampled.deallocate()
  }

  /// Fills `samples` from the start.
  ///
  /// - Returns: The number of samples written: `samples.count` until the recording ends, then the rest, then 0.
  /// - Throws: `decodingFailed` if the file is damaged; samples delivered before remain valid.
  public mutating func read(into samples: UnsafeMutableBufferPointer<Int16>) throws(AudioFileError) -> Int {
    var filled = 0
    while filled < samples.count {
      let rest = UnsafeMutableBufferPointer(rebasing: samples[filled...])
      let got: Int
      if readsIntegers {
        got = Int(sf_readf_short(file, rest.baseAddress!, sf_count_t(rest.count)))
        if got <= 0 { try checkDecoder() }
      } else if let resampler {
        got = try read(through: resampler, into: rest)
      } else {
        got = try readBlock(atMost: rest.count)
        for index in 0..<got { rest[index] = roundedSample(mono[index]) }
      }
      if got <= 0 { break }
      filled += got
      position += Int64(got)
    }
    return filled
  }

  /// Decodes up to `limit` frames into `mono`. Returns the number of frames; 0 at the end.
  private func readBlock(atMost limit: Int) throws(AudioFileError) -> Int {
    let frames = min(limit, mono.count)
    if fileChannelCount == 1 {
      let got = Int(sf_readf_float(file, mono.baseAddress!, sf_count_t(frames)))
      if got <= 0 { try checkDecoder() }
      return max(0, got)
    }
    let got = Int(sf_readf_float(file, interleaved.baseAddress!, sf_count_t(frames)))
    if got <= 0 { try checkDecoder() }
    guard got > 0 else { return 0 }
    let gain = 1 / Float(fileChannelCount)
    for frame in 0..<got {
      var sum: Float = 0
      for channel in 0..<fileChannelCount { sum += interleaved[frame * fileChannelCount + channel] }
      mono[frame] = sum * gain
    }
    return got
  }

  private func read(
    through resampler: Resampler, into samples: UnsafeMutableBufferPointer<Int16>
  ) throws(AudioFileError) -> Int {
    while true {
      if resampler.needsInput {
        let count = try readBlock(atMost: mono.count)
        resampler.supply(UnsafeBufferPointer(rebasing: mono[..<count]))
      }
      let room = UnsafeMutableBufferPointer(rebasing: resampled[..<min(samples.count, resampled.count)])
      let made = resampler.produce(into: room)
      for index in 0..<made { samples[index] = roundedSample(room[index]) }
      if made > 0 || resampler.isFinished { return made }
    }
  }

  private func checkDecoder() throws(AudioFileError) {
    guard sf_error(file) != 0 else { return }
    throw .decodingFailed(path: path, atSample: position, reason: trimmed(sf_strerror(file)))
  }
}

/// `round(x · 32768)` to nearest, ties away from zero, saturated to Int16; 0 for NaN.
@inline(__always)
package func roundedSample(_ value: Float) -> Int16 {
  value == value ? roundedSample(steps: value * 32_768) : 0
}

/// The library's message without the full stop and newline at the end of some of its messages.
private func trimmed(_ text: UnsafePointer<CChar>?) -> String {
  guard let text else { return "no reason given" }
  var message = String(cString: text)
  while let last = message.last, last == "." || last == "\n" || last == " " { message.removeLast() }
  return message
}
