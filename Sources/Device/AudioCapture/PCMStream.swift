import CPlatform

/// Raw 16 kHz PCM from a connection or stdin, converted to Int16 samples of one channel or of the mean of all channels.
///
/// Returns what has arrived without waiting for a full buffer. The bytes of an incomplete frame are kept until the rest
/// arrives. Unread data stays with the sender. All bytes are treated as samples. One thread at a time; no allocation
/// after `init`.
final class PCMStream {
  /// The time when the last read delivered samples.
  private(set) var lastDelivery: Int64

  private let settings: CaptureSettings
  private let descriptor: Int32
  private let isConnection: Bool
  private let selection: ChannelSelection
  /// `[chunkSamples + 1]` frames.
  private let frames: UnsafeMutableRawBufferPointer
  /// Bytes of an incomplete frame at the start of `frames`.
  private var keptByteCount = 0

  /// - Parameter isConnection: Whether the descriptor is a nonblocking connection, which this object closes and which
  ///   can be opened again. Otherwise the caller owns the descriptor, and its end is the end of the stream.
  init(_ settings: CaptureSettings, descriptor: Int32, isConnection: Bool) {
    precondition(settings.hasChannel)
    self.settings = settings
    self.descriptor = descriptor
    self.isConnection = isConnection
    selection = ChannelSelection(
      format: settings.format, channelCount: settings.channelCount, channel: settings.channel)
    frames = .allocate(byteCount: (settings.chunkSamples + 1) * selection.frameBytes, alignment: 16)
    lastDelivery = platform_monotonic_nanoseconds()
  }

  deinit {
    if isConnection { platform_close(descriptor) }
    frames.deallocate()
  }

  /// Reads the samples that have arrived. If there are none, waits up to `waitMilliseconds`.
  ///
  /// - Throws: `disconnected`; for a connection also `closed` and `silent`.
  func read(
    into samples: UnsafeMutableBufferPointer<Int16>, waitMilliseconds: Int
  ) throws(CaptureError) -> CaptureReading {
    let ready = platform_wait_for_input(descriptor, -1, Int32(waitMilliseconds))
    guard ready >= 0 else { throw .disconnected(device: settings.device, errorNumber: -ready) }
    guard ready > 0 else { return try nothing() }
    let wanted = min(settings.chunkSamples, samples.count) * selection.frameBytes
    let got = platform_read(descriptor, frames.baseAddress! + keptByteCount, wanted - keptByteCount)
    if got == -Int(platform_error_again) { return try nothing() }
    guard got >= 0 else { throw .disconnected(device: settings.device, errorNumber: Int32(-got)) }
    guard got > 0 else {
      if isConnection { throw .closed(device: settings.device) }
      return .ended
    }
    let byteCount = keptByteCount + got
    let count = byteCount / selection.frameBytes
    selection.convert(frames.baseAddress!, frameCount: count, into: samples.baseAddress!)
    keptByteCount = byteCount % selection.frameBytes
    for index in 0..<keptByteCount { frames[index] = frames[count * selection.frameBytes + index] }
    guard count > 0 else { return .nothingYet }
    lastDelivery = platform_monotonic_nanoseconds()
    return .samples(count)
  }

  /// Treats a connection without data as lost after the limit. A pipe has no limit.
  private func nothing() throws(CaptureError) -> CaptureReading {
    let quiet = (platform_monotonic_nanoseconds() - lastDelivery) / 1_000_000
    if isConnection && quiet > Int64(settings.silenceLimitMilliseconds) {
      throw .silent(device: settings.device, milliseconds: Int(quiet))
    }
    return .nothingYet
  }
}
