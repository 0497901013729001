import CPlatform
import Recordings

/// The result of one read from a source.
public enum CaptureReading: Equatable, Sendable {
  /// The number of samples.
  case samples(Int)
  /// No samples arrived in time.
  case nothingYet
  /// The stream ended or ``CaptureThread/stop()`` was called, and all samples were read. A sound card never ends.
  case ended
}

/// The losses of a source since it was opened.
package struct CaptureLosses: Equatable {
  /// The number of overruns of the card's buffer.
  package var overrunCount = 0
  /// The number of times the machine was suspended.
  package var suspendCount = 0
  /// The samples of real time that were lost.
  package var lostSampleCount: Int64 = 0
}

/// An open source of 16 kHz Int16 samples. One thread at a time.
enum CaptureSource {
  case card(Microphone)
  case stream(PCMStream)

  /// Reads the samples that have arrived. If there are none, waits up to `waitMilliseconds`.
  ///
  /// - Throws: `disconnected`, `closed`, `silent` or `badStream`; the source must then be opened again.
  func read(
    into samples: UnsafeMutableBufferPointer<Int16>, waitMilliseconds: Int
  ) throws(CaptureError) -> CaptureReading {
    switch self {
    case .card(let microphone): try microphone.read(into: samples, waitMilliseconds: waitMilliseconds)
    case .stream(let stream): try stream.read(into: samples, waitMilliseconds: waitMilliseconds)
    }
  }

  var losses: CaptureLosses {
    switch self {
    case .card(let microphone): microphone.losses
    case .stream: CaptureLosses()
    }
  }

  /// The time when the last delivered sample was recorded, in nanoseconds of the monotonic clock.
  var recordedUntil: Int64 {
    switch self {
    case .card(let microphone): microphone.recordedUntil
    case .stream(let stream): stream.lastDelivery
    }
  }

  /// Whether the source pauses when it is not read. A card does not: it loses samples.
  var waitsForReader: Bool {
    switch self {
    case .card: false
    case .stream: true
    }
  }
}

/// Opens a source, repeatedly if necessary. One thread at a time.
final class CaptureOpener {
  /// The time limit for connecting to a host.
  private static let connectMilliseconds: Int32 = 2_000

  let origin: CaptureOrigin
  private let settings: CaptureSettings
  private let openDecoder: StreamDecoderOpener?
  /// The listening socket; -1 before it is opened and for other origins.
  private var listener: Int32 = -1

  init(_ settings: CaptureSettings, _ openDecoder: StreamDecoderOpener?) throws(CaptureError) {
    origin = try CaptureOrigin(device: settings.device)
    self.settings = settings
    self.openDecoder = openDecoder
  }

  deinit { if listener >= 0 { platform_close(listener) } }

  /// Opens the source now.
  ///
  /// - Parameters:
  ///   - cancel: A descriptor that ends the wait when it becomes readable; -1 for none.
  ///   - waitMilliseconds: How long to wait for a sender.
  /// - Returns: Nil if no sender has connected yet.
  func open(cancel: Int32, waitMilliseconds: Int) throws(CaptureError) -> CaptureSource? {
    switch origin {
    case .card: return .card(try Microphone(settings))
    case .standardInput: return stream(0, isConnection: false, cancel)
    case .connection(let host, let port):
      let descriptor = platform_tcp_connect(host, port, Self.connectMilliseconds, cancel)
      guard descriptor >= 0 else {
        throw .cannotOpen(device: settings.device, errorNumber: -descriptor, detail: "")
      }
      return stream(descriptor, isConnection: true, cancel)
    case .sender(let address, let port):
      if listener < 0 {
        let opened = platform_tcp_listen(address, port)
        guard opened >= 0 else { throw .cannotOpen(device: settings.device, errorNumber: -opened, detail: "") }
        listener = opened
      }
      if waitMilliseconds > 0 { _ = platform_wait_for_input(listener, cancel, Int32(waitMilliseconds)) }
      let descriptor = platform_tcp_accept(listener)
      if descriptor == -platform_error_again { return nil }
      guard descriptor >= 0 else {
        throw .cannotOpen(device: settings.device, errorNumber: -descriptor, detail: "")
      }
      return stream(descriptor, isConnection: true, cancel)
    }
  }

  private func stream(_ descriptor: Int32, isConnection: Bool, _ cancel: Int32) -> CaptureSource {
    .stream(
      PCMStream(
        settings, descriptor: descriptor, isConnection: isConnection, cancel: cancel, openDecoder: openDecoder))
  }

  /// Closes connections of senders that arrive while another one is connected.
  func turnOthersAway() {
    guard listener >= 0 else { return }
    while true {
      let descriptor = platform_tcp_accept(listener)
      guard descriptor >= 0 else { return }
      platform_close(descriptor)
    }
  }
}
