import AudioFiles

/// Converts the chunks of a stream to 16 kHz mono, in pieces.
///
/// | input            | processing                                                     |
/// |------------------|----------------------------------------------------------------|
/// | 16 kHz, mono     | none; the samples are unchanged                                |
/// | more channels    | mean of the channels, rounded                                  |
/// | any other rate   | the same, then a band-limited sinc resampler, then rounded     |
///
/// Recordings are converted in the same way by ``AudioFiles/AudioFileReader``. The samples do not depend on the chunk
/// size. One thread at a time.
final class ChunkConverter {
  /// The number of frames supplied so far.
  private(set) var frameCount: Int64 = 0
  let format: ChunkFormat

  private var chunk: [UInt8] = []
  /// The index of the next byte in the chunk.
  private var position = 0
  private let resampler: Resampler?
  /// `[blockFrames]`, the mean of the channels, −1…1.
  private let mono: UnsafeMutableBufferPointer<Float>
  private let resampled: UnsafeMutableBufferPointer<Float>

  init(_ format: ChunkFormat) {
    self.format = format
    resampler = format.hertz == 16_000 ? nil : Resampler(fromHertz: format.hertz, toHertz: 16_000)
    mono = .allocate(capacity: 4_096)
    mono.initialize(repeating: 0)
    resampled = .allocate(capacity: 4_096)
    resampled.initialize(repeating: 0)
  }

  deinit {
    mono.deallocate()
    resampled.deallocate()
  }

  /// Supplies the next chunk: signed 16-bit little-endian samples, `[frames, channels]`.
  ///
  /// - Precondition: The previous chunk was read to its end, and this one consists of whole frames.
  func supply(_ chunk: [UInt8]) {
    precondition(position == self.chunk.count && chunk.count % format.frameBytes == 0)
    self.chunk = chunk
    position = 0
    frameCount += Int64(chunk.count / format.frameBytes)
  }

  /// Writes 16 kHz mono samples to the start of `samples`.
  ///
  /// - Returns: The number of samples; 0 if another chunk is needed.
  func read(into samples: UnsafeMutableBufferPointer<Int16>) -> Int {
    guard let resampler else {
      let count = fillMono(atMost: samples.count)
      for index in 0..<count { samples[index] = roundedSample(mono[index]) }
      return count
    }
    while true {
      if resampler.needsInput {
        let count = fillMono(atMost: mono.count)
        guard count > 0 else { return 0 }
        resampler.supply(UnsafeBufferPointer(rebasing: mono[..<count]))
      }
      let made = produce(resampler, into: samples)
      if made > 0 { return made }
    }
  }

  /// Ends the stream and returns the samples left in the resampler. Call this after the last chunk was read to its end.
  ///
  /// - Returns: The number of samples; 0 at the end.
  func readRest(into samples: UnsafeMutableBufferPointer<Int16>) -> Int {
    guard let resampler else { return 0 }
    if resampler.needsInput { resampler.supply(UnsafeBufferPointer(start: nil, count: 0)) }
    return produce(resampler, into: samples)
  }

  private func produce(_ resampler: Resampler, into samples: UnsafeMutableBufferPointer<Int16>) -> Int {
    let room = UnsafeMutableBufferPointer(rebasing: resampled[..<min(samples.count, resampled.count)])
    let made = resampler.produce(into: room)
    for index in 0..<made { samples[index] = roundedSample(room[index]) }
    return made
  }

  /// Decodes frames from the chunk into `mono`. Returns their number.
  private func fillMono(atMost limit: Int) -> Int {
    let channels = format.channelCount
    let count = min(limit, mono.count, (chunk.count - position) / format.frameBytes)
    let gain = 1 / Float(channels)
    chunk.withUnsafeBytes { bytes in
      for frame in 0..<count {
        var sum: Float = 0
        for channel in 0..<channels {
          let offset = position + (frame * channels + channel) * 2
          let sample = Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int16.self))
          sum += Float(sample) / 32_768
        }
        mono[frame] = sum * gain
      }
    }
    position += count * format.frameBytes
    return count
  }
}

/// The format of a stream's samples, which are always two bytes wide.
struct ChunkFormat: Equatable, Sendable {
  static let acceptedHertz = 8_000...48_000
  static let acceptedChannelCounts = 1...64

  let hertz: Int
  let channelCount: Int

  var frameBytes: Int { 2 * channelCount }

  /// Reads `rate`, `width` and `channels` of an event.
  ///
  /// - Throws: An error if one of them is missing or not accepted.
  init(_ event: WyomingEvent) throws(WyomingSessionError) {
    hertz = try Self.member("rate", of: event, in: Self.acceptedHertz)
    _ = try Self.member("width", of: event, in: 2...2)
    channelCount = try Self.member("channels", of: event, in: Self.acceptedChannelCounts)
  }

  private static func member(
    _ name: String, of event: WyomingEvent, in accepted: ClosedRange<Int>
  ) throws(WyomingSessionError) -> Int {
    guard let value = event[name]?.integer, accepted.contains(value) else {
      throw .format(event: event.type, member: name, accepted: accepted)
    }
    return value
  }
}
