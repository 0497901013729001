import CPlatform

/// Raw 16 kHz PCM from a connection or standard input, one channel of it or the mean of all, as Int16.
///
/// Gives what has arrived without waiting for a full buffer; the bytes of a frame that is not whole yet are kept until the
/// rest comes. What is not read stays with the sender. Whatever the bytes mean, they are taken for samples. One thread
/// at a time; nothing is allocated after `init`.
final class PCMStream {
  /// When the last read gave samples.
  private(set) var lastDelivery: Int64

  private let settings: CaptureSettings
  private let descriptor: Int32
  private let isConnection: Bool
  private let selection: ChannelSelection
  /// `[chunkSamples + 1]` frames.
  private let frames: UnsafeMutableRawBufferPointer
  /// Bytes at the start of `frames` that were read and are no whole frame.
  private var keptByteCount = 0

  /// - Parameter isConnection: Whether the descriptor never blocks, is closed with the stream, and can be opened again where
  ///   it ends; else it stays the caller's, and its end is the end.
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

  /// Gives what has arrived, waiting for it at most as long as given.
  ///
  /// - Throws: `disconnected`, and of a connection `closed` and `silent`.
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

  /// A connection that says nothing for long has lost its other side; who writes into a pipe may take all the time.
  private func nothing() throws(CaptureError) -> CaptureReading {
    let quiet = (platform_monotonic_nanoseconds() - lastDelivery) / 1_000_000
    if isConnection && quiet > Int64(settings.silenceLimitMilliseconds) {
      throw .silent(device: settings.device, milliseconds: Int(quiet))
    }
    return .nothingYet
  }
}
