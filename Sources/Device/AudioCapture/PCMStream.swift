import CPlatform
import Recordings

/// A stream of samples from a connection or stdin, read without waiting longer than asked; see ``SampleStream``.
///
/// One thread at a time.
final class PCMStream {
  /// The time when the last read delivered samples.
  private(set) var lastDelivery: Int64

  private let settings: CaptureSettings
  private let descriptor: Int32
  private let isConnection: Bool
  private let stream: SampleStream
  private var toldFormat = false

  /// - Parameters:
  ///   - isConnection: Whether the descriptor is a nonblocking connection, which this object closes and which can be
  ///     opened again. Otherwise the caller owns the descriptor, and its end is the end of the stream.
  ///   - cancel: A descriptor that ends a decoder's wait when it becomes readable.
  init(
    _ settings: CaptureSettings, descriptor: Int32, isConnection: Bool, cancel: Int32, openDecoder: StreamDecoderOpener?
  ) {
    self.settings = settings
    self.descriptor = descriptor
    self.isConnection = isConnection
    stream = SampleStream(
      descriptor: descriptor, name: isConnection ? settings.device : SampleStream.standardInputName,
      settings.sourceOptions, cancel: cancel,
      limitMilliseconds: isConnection ? Int32(settings.silenceLimitMilliseconds) : -1, openDecoder: openDecoder)
    lastDelivery = platform_monotonic_nanoseconds()
  }

  deinit { if isConnection { platform_close(descriptor) } }

  /// What is unusual about the stream's end, such as a wrong size in its header.
  var note: String? { stream.note }

  /// Takes the format of a stream that gives one, in a sentence, once it is known.
  func takeFormat() -> String? {
    guard !toldFormat, let format = stream.format else { return nil }
    toldFormat = true
    return CaptureOrigin.subject(of: settings.device) + " is " + format
  }

  /// Reads the samples that have arrived. If there are none, waits up to `waitMilliseconds`.
  ///
  /// - Throws: `disconnected` or `badStream`; for a connection also `closed` and `silent`.
  func read(
    into samples: UnsafeMutableBufferPointer<Int16>, waitMilliseconds: Int
  ) throws(CaptureError) -> CaptureReading {
    if !stream.isReady {
      let ready = platform_wait_for_input(descriptor, -1, Int32(waitMilliseconds))
      guard ready >= 0 else { throw .disconnected(device: settings.device, errorNumber: -ready) }
      guard ready > 0 else { return try nothing() }
    }
    let reading: SampleStream.Reading
    do throws(AudioFileError) {
      reading = try stream.read(
        into: UnsafeMutableBufferPointer(rebasing: samples[..<min(settings.chunkSamples, samples.count)]))
    } catch {
      throw .badStream(error)
    }
    switch reading {
    case .samples(let count):
      lastDelivery = platform_monotonic_nanoseconds()
      return .samples(count)
    case .nothingYet: return try nothing()
    case .failed(let errorNumber): throw .disconnected(device: settings.device, errorNumber: errorNumber)
    case .ended:
      if stream.isSilent { throw .silent(device: settings.device, milliseconds: settings.silenceLimitMilliseconds) }
      if isConnection { throw .closed(device: settings.device) }
      return .ended
    }
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
