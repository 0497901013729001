import CPlatform
import Messages

/// Reads a stream of raw PCM or WAV as 16 kHz mono Int16, and other formats if there is a decoder.
///
/// The first bytes decide. A WAV stream has its own layout; anything else that is not recognized (see ``StreamKind``) is
/// raw, and every byte of it is sample data. Several WAV files may follow each other. If the header's size of the samples
/// is 0, `UInt32.max` or beyond the end of the stream, everything up to the end is read, and ``note`` says so.
///
/// Delivers what has arrived without waiting for more. The bytes of an incomplete frame are kept until the rest arrives,
/// and dropped at the end. Unread data stays with the sender. One thread at a time. After the first samples, raw PCM and
/// WAV allocate nothing.
package final class SampleStream {
  /// The result of one read.
  package enum Reading {
    /// The number of samples, at least 1.
    case samples(Int)
    /// What arrived did not complete a sample.
    case nothingYet
    case ended
    /// The system cannot read the stream.
    case failed(errorNumber: Int32)
  }

  /// The name of stdin in messages.
  package static let standardInputName = "standard input"
  private static let bufferBytes = StreamKind.mostBytes
  /// The longest WAV header after which a decoder can take over.
  private static let mostStartBytes = 65_536

  private enum State {
    case recognizing
    case header
    case samples
    case decoding(any StreamDecoder)
    case ended
  }

  private let descriptor: Int32
  private let name: String
  private let options: SourceOptions
  private let acceptsRaw: Bool
  private let cancel: Int32
  private let limitMilliseconds: Int32
  private let openDecoder: StreamDecoderOpener?
  private var state = State.recognizing
  private var isWave = false
  private var header = WaveHeader()
  private var converter: SampleConverter?
  /// Whether a WAV file of another layout follows, once the samples of this one are read.
  private var isChanging = false
  /// Bytes of samples that are left according to the WAV header; nil if it does not say.
  private var leftByteCount: UInt32?
  private let bytes: UnsafeMutableRawBufferPointer
  /// Bytes at the start of `bytes` that were not used yet.
  private var heldByteCount = 0
  /// What was read before the first sample, for a decoder.
  private var start: [UInt8] = []
  /// Samples that ``next(into:)`` has delivered.
  private var position: Int64 = 0
  /// The bytes that the decoder reads.
  private var decodedBytes: ByteStream?
  /// How the end of a WAV stream differs from what its header says; nil if it does not, and before the end.
  package private(set) var note: String?

  /// - Parameters:
  ///   - descriptor: The stream; the caller owns it.
  ///   - name: The name of the stream in messages.
  ///   - acceptsRaw: Whether the stream may be raw PCM.
  ///   - cancel: A descriptor that ends the wait of a decoder when it becomes readable; -1 for none.
  ///   - limitMilliseconds: The time without bytes after which a decoder ends; -1 for none.
  ///   - openDecoder: Opens streams of other formats; nil if there is no decoder for them.
  package init(
    descriptor: Int32, name: String, _ options: SourceOptions, acceptsRaw: Bool = true, cancel: Int32 = -1,
    limitMilliseconds: Int32 = -1, openDecoder: StreamDecoderOpener? = nil
  ) {
    self.descriptor = descriptor
    self.name = name
    self.options = options
    self.acceptsRaw = acceptsRaw
    self.cancel = cancel
    self.limitMilliseconds = limitMilliseconds
    self.openDecoder = openDecoder
    bytes = .allocate(byteCount: Self.bufferBytes, alignment: 16)
  }

  deinit { bytes.deallocate() }

  /// The levels of the source so far.
  package var levels: SourceLevels {
    if case .decoding(let decoder) = state { return decoder.levels }
    return converter?.levels ?? SourceLevels(hertz: 16_000)
  }

  /// What the stream says about itself, such as "WAV, 48000 Hz, channels: 2"; nil for raw PCM and before the first
  /// samples.
  package var format: String? {
    if case .decoding(let decoder) = state { return decoder.format }
    guard isWave, let layout = converter?.layout else { return nil }
    return filled("WAV, % Hz, channels: %", decimal(layout.hertz), decimal(layout.channelCount))
  }

  /// Whether the stream ended because no bytes arrived for a decoder within the limit.
  package var isSilent: Bool { decodedBytes?.isSilent == true }

  /// Whether ``read(into:)`` does not read from the descriptor, or waits for it on its own.
  package var isReady: Bool {
    if case .decoding = state { return true }
    if case .ended = state { return true }
    return isChanging || converter?.hasOutput == true
  }

  /// Reads the next samples: those that are left, or else what one read from the descriptor gives.
  ///
  /// - Throws: Any ``AudioFileError`` except `cannotOpen`.
  package func read(into samples: UnsafeMutableBufferPointer<Int16>) throws(AudioFileError) -> Reading {
    if case .decoding(let decoder) = state {
      let count = try decoder.read(into: samples)
      if count > 0 { return .samples(count) }
      let errorNumber = decodedBytes?.errorNumber ?? 0
      return errorNumber > 0 ? .failed(errorNumber: errorNumber) : .ended
    }
    var count = converter?.produce(into: samples) ?? 0
    if count == 0 {
      if case .ended = state { return .ended }
      if isChanging {
        converter = nil
        isChanging = false
        try use(isWhole: false)
      } else {
        let got = platform_read(descriptor, bytes.baseAddress! + heldByteCount, bytes.count - heldByteCount)
        if got == -Int(platform_error_again) { return .nothingYet }
        guard got >= 0 else { return .failed(errorNumber: Int32(-got)) }
        heldByteCount += got
        try use(isWhole: got == 0)
      }
      count = converter?.produce(into: samples) ?? 0
    }
    return count > 0 ? .samples(count) : .nothingYet
  }

  /// Waits for the next samples.
  ///
  /// - Returns: The number of samples; 0 at the end.
  /// - Throws: Any ``AudioFileError`` except `cannotOpen`.
  package func next(into samples: UnsafeMutableBufferPointer<Int16>) throws(AudioFileError) -> Int {
    while true {
      switch try read(into: samples) {
      case .samples(let count):
        position += Int64(count)
        return count
      case .nothingYet: _ = platform_wait_for_input(descriptor, -1, 100)
      case .ended: return 0
      case .failed(let errorNumber):
        throw .decodingFailed(path: name, atSample: position, reason: systemText(errorNumber))
      }
    }
  }

  /// Uses the held bytes as far as possible.
  ///
  /// - Parameter isWhole: Whether no more bytes follow.
  private func use(isWhole: Bool) throws(AudioFileError) {
    var used = 0
    var goesOn = true
    while goesOn {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[used..<heldByteCount])
      goesOn = false
      switch state {
      case .recognizing:
        switch StreamKind(rest, isWhole: isWhole) {
        case .undecided: return
        case .wave: (state, isWave) = (.header, true)
        case .other(let format): return try decode(rest, or: .undecodable(path: name, format: format))
        case .unknown:
          guard acceptsRaw else { throw .notAudio(path: name, reason: "it is not a WAV file") }
          try begin(options.rawLayout, options.rawChannel)
        }
        goesOn = true
      case .header:
        used += try takeHeader(rest)
        if case .decoding = state { return }
        if header.isAtSamples, let layout = header.layout {
          isChanging = converter.map { $0.layout != layout } ?? false
          if isChanging {
            converter?.finish()
          } else {
            leftByteCount = Self.isUnknown(header.dataByteCount) ? nil : header.dataByteCount
            try begin(layout, options.channel)
            goesOn = true
          }
        } else if isWhole {
          guard converter != nil else { throw .notAudio(path: name, reason: "it ends before its first sample") }
          end()
        }
      case .samples:
        used += convert(rest)
        if leftByteCount == 0 {
          header.resume()
          state = .header
          goesOn = true
        } else if isWhole {
          noteEnd()
          end()
        }
      case .decoding, .ended: break
      }
    }
    heldByteCount -= used
    bytes.baseAddress!.copyMemory(from: bytes.baseAddress! + used, byteCount: heldByteCount)
  }

  private func end() {
    converter?.finish()
    state = .ended
  }

  /// Reads the header of a WAV stream. Hands the stream to a decoder if its samples are of another kind.
  private func takeHeader(_ rest: UnsafeRawBufferPointer) throws(AudioFileError) -> Int {
    let isForDecoder = converter == nil && openDecoder != nil && start.count < Self.mostStartBytes
    if isForDecoder { start.append(contentsOf: rest) }
    do throws(WaveHeader.Fault) {
      return try header.take(rest)
    } catch {
      switch error {
      case .damaged(let reason): throw .notAudio(path: name, reason: reason)
      case .unsupported(let found):
        let failure = AudioFileError.unsupportedLayout(path: name, found: found)
        guard isForDecoder else { throw failure }
        try decode(UnsafeRawBufferPointer(start: nil, count: 0), or: failure)
        return 0
      }
    }
  }

  private func decode(_ rest: UnsafeRawBufferPointer, or failure: AudioFileError) throws(AudioFileError) {
    guard let openDecoder else { throw failure }
    start.append(contentsOf: rest)
    let stream = ByteStream(
      start: start, descriptor: descriptor, cancel: cancel, limitMilliseconds: limitMilliseconds)
    decodedBytes = stream
    start = []
    state = .decoding(try openDecoder(stream, name, options))
  }

  private func begin(_ layout: SampleLayout, _ channel: Int?) throws(AudioFileError) {
    state = .samples
    guard converter == nil else { return }
    if let channel, channel >= layout.channelCount {
      throw .noChannel(path: name, channel: channel, channelCount: layout.channelCount)
    }
    start = []
    var options = options
    options.channel = channel
    converter = SampleConverter(layout, options, blockFrames: Self.bufferBytes / layout.frameBytes)
  }

  /// Converts the whole frames among the bytes. Returns the number of bytes used.
  private func convert(_ rest: UnsafeRawBufferPointer) -> Int {
    guard let converter, let first = rest.baseAddress else { return 0 }
    let usable = min(rest.count, leftByteCount.map { Int(clamping: $0) } ?? .max)
    let frameCount = usable / converter.layout.frameBytes
    converter.supply(first, frameCount: frameCount)
    var used = frameCount * converter.layout.frameBytes
    if let left = leftByteCount {
      // A size that is not one of whole frames.
      if UInt32(usable) == left { used = usable }
      leftByteCount = left - UInt32(used)
    }
    return used
  }

  private static func isUnknown(_ dataByteCount: UInt32) -> Bool { dataByteCount == 0 || dataByteCount == .max }

  private func noteEnd() {
    guard isWave else { return }
    note = Self.note(
      name: name, dataByteCount: header.dataByteCount,
      presentByteCount: Int64(header.dataByteCount) - Int64(leftByteCount ?? 0))
  }

  /// What to say about a WAV file whose samples end with the file; nil if its header is right.
  package static func note(name: String, dataByteCount: UInt32, presentByteCount: Int64) -> String? {
    let state: String
    if isUnknown(dataByteCount) {
      state = "does not give the number of its samples"
    } else if presentByteCount < Int64(dataByteCount) {
      state = filled(
        "has % of the % bytes of samples that its header gives", word(presentByteCount), word(dataByteCount))
    } else {
      return nil
    }
    return filled("% %, like one that was cut off, or a pipe; it was read to its end", name, state)
  }
}
