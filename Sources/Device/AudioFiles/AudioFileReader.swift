import CPlatform
import CSampleRate
import CSndFile
import Recordings

/// Reads recordings of any rate and channel count as 16 kHz mono Int16, in chunks.
///
/// | input                          | processing                                                              |
/// |--------------------------------|-------------------------------------------------------------------------|
/// | 16 kHz, mono, 16-bit PCM       | none; the samples are unchanged                                         |
/// | anything else at 16 kHz        | decoded to float, mean of the channels or one of them, rounded           |
/// | any other rate                 | the same, then a band-limited sinc resampler (121 dB), then rounded      |
///
/// A gain is applied before the samples are rounded. Rounding is to nearest, ties away from zero, and saturates at full
/// scale; NaN becomes silence. The samples do not depend on the chunk size of ``read(into:)``. The buffers take about 200 KB,
/// regardless of the length of the file. One thread at a time.
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
  /// The levels of the source so far.
  public private(set) var levels: SourceLevels

  private let path: String
  private let file: OpaquePointer
  /// What `file` reads, if it is a stream.
  private let virtualFile: VirtualFile?
  private let format: Int
  private let readsIntegers: Bool
  private let channels: Range<Int>
  /// Multiplies the sum of the channels.
  private let gain: Float
  /// Nil if the file has the output rate.
  private let resampler: Resampler?
  /// `[blockFrames, channels]`, in the decoder's layout.
  private let interleaved: UnsafeMutableBufferPointer<Float>
  /// `[blockFrames]`, the mean of the channels.
  private let mono: UnsafeMutableBufferPointer<Float>
  private let resampled: UnsafeMutableBufferPointer<Float>

  /// Opens a recording and determines its format.
  ///
  /// - Throws: `cannotOpen`, `notAudio`, `undecodable`, `noChannel` or `unsupportedRate`.
  public init(path: String, _ options: SourceOptions) throws(AudioFileError) {
    if let wave = WaveStart(path), wave.isUnsized {
      try self.init(VirtualFile(wave.stream, owner: wave), name: path, options)
      return
    }
    let descriptor = platform_open_for_reading(path)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, errorNumber: -descriptor) }
    var info = SF_INFO()
    // The library closes the descriptor, even if it refuses the file.
    guard let file = sf_open_fd(descriptor, Int32(SFM_READ), &info, 1) else {
      let reason = trimmed(sf_strerror(nil))
      if let format = foreignFormat(path) { throw .undecodable(path: path, format: format) }
      throw .notAudio(path: path, reason: "\(reason); accepted formats are \(Self.acceptedFormats)")
    }
    try self.init(file, info, nil, path, options)
  }

  /// Opens a stream and determines its format.
  ///
  /// - Parameter name: The name of the stream in messages.
  /// - Throws: `notAudio`, `noChannel` or `unsupportedRate`.
  init(_ virtualFile: VirtualFile, name: String, _ options: SourceOptions) throws(AudioFileError) {
    var info = SF_INFO()
    guard let file = virtualFile.open(&info) else { throw .notAudio(path: name, reason: trimmed(sf_strerror(nil))) }
    try self.init(file, info, virtualFile, name, options)
  }

  private init(
    _ file: OpaquePointer, _ info: SF_INFO, _ virtualFile: VirtualFile?, _ path: String, _ options: SourceOptions
  ) throws(AudioFileError) {
    let hertz = Int(info.samplerate)
    let count = Int(info.channels)
    guard (1_000...768_000).contains(hertz), count > 0 else {
      sf_close(file)
      throw .unsupportedRate(path: path, hertz: hertz)
    }
    if let channel = options.channel, channel >= count {
      sf_close(file)
      throw .noChannel(path: path, channel: channel, channelCount: count)
    }
    let isPCM16 = Int(info.format) & Int(SF_FORMAT_SUBMASK) == Int(SF_FORMAT_PCM_16)
    let container = Int(info.format) & Int(SF_FORMAT_TYPEMASK)
    virtualFile?.givesWhatIsThere = container == Int(SF_FORMAT_FLAC) || container == Int(SF_FORMAT_OGG)
    let blockFrames = max(64, 16_384 / count)
    self.path = path
    self.file = file
    self.virtualFile = virtualFile
    format = Int(info.format)
    fileHertz = hertz
    fileChannelCount = count
    levels = SourceLevels(hertz: hertz)
    channels = options.channel.map { $0..<($0 + 1) } ?? 0..<count
    gain = Float(options.gain) / Float(channels.count)
    readsIntegers = isPCM16 && count == 1 && hertz == Self.outputHertz && options.gainDecibels == 0
    resampler =
      hertz == Self.outputHertz ? nil : Resampler(fromHertz: hertz, toHertz: Self.outputHertz)
    interleaved = .allocate(capacity: blockFrames * count)
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

  /// What is unusual about a file: a WAV file whose header has the wrong size.
  public var note: String? { WaveStart(path)?.note }

  /// The library's name of the format.
  var formatName: String {
    var description = SF_FORMAT_INFO()
    description.format = Int32(format & Int(SF_FORMAT_TYPEMASK))
    sf_command(nil, Int32(SFC_GET_FORMAT_INFO), &description, Int32(MemoryLayout<SF_FORMAT_INFO>.size))
    return description.name.map { String(cString: $0) } ?? "audio"
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
        levels.add(channel: UnsafeBufferPointer(rebasing: rest[..<max(0, got)]))
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
  private mutating func readBlock(atMost limit: Int) throws(AudioFileError) -> Int {
    let frames = min(limit, mono.count)
    let got = Int(sf_readf_float(file, interleaved.baseAddress!, sf_count_t(frames)))
    if got <= 0 { try checkDecoder() }
    for frame in 0..<max(0, got) {
      var sum: Float = 0
      var power = 0.0
      var peak: Float = 0
      for channel in channels {
        let value = interleaved[frame * fileChannelCount + channel]
        sum += value
        power += Double(value) * Double(value)
        peak = max(peak, value.magnitude)
      }
      mono[frame] = sum * gain
      let scale = gain * Float(channels.count)
      levels.add(
        mix: Double(sum * gain), power: power * Double(scale * scale) / Double(channels.count),
        peak: Double(peak * scale))
    }
    return max(0, got)
  }

  private mutating func read(
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

/// The format of a file that libsndfile does not read, by its first bytes; nil if it is not known.
private func foreignFormat(_ path: String) -> String? {
  let descriptor = platform_open_for_reading(path)
  guard descriptor >= 0 else { return nil }
  defer { platform_close(descriptor) }
  return withUnsafeTemporaryAllocation(byteCount: StreamKind.mostBytes, alignment: 16) { bytes in
    let got = max(0, platform_read(descriptor, bytes.baseAddress, bytes.count))
    guard case .other(let name) = StreamKind(UnsafeRawBufferPointer(rebasing: bytes[..<got]), isWhole: true) else {
      return nil
    }
    return name
  }
}
