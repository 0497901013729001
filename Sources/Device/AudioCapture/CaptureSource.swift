import CPlatform

/// What one read gave.
public enum CaptureReading: Equatable, Sendable {
  /// This many samples.
  case samples(Int)
  /// Nothing within the time to wait.
  case nothingYet
  /// The stream ended, or ``CaptureThread/stop()`` was called, and everything was read. A sound card never ends by itself.
  case ended
}

/// What a source lost so far, since it was opened.
package struct CaptureLosses: Equatable {
  /// Times that a card's buffer overran.
  package var overrunCount = 0
  /// Times that the machine was suspended.
  package var suspendCount = 0
  /// Samples of real time for which none was given.
  package var lostSampleCount: Int64 = 0
}

/// An open source of 16 kHz Int16 samples, whatever it is. One thread at a time.
enum CaptureSource {
  case card(Microphone)
  case stream(PCMStream)

  /// Gives what has arrived, waiting for it at most as long as given.
  ///
  /// - Throws: `disconnected`, `closed` or `silent`: the source is to be opened again.
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

  /// When the last sample given was recorded, by the monotonic clock in nanoseconds.
  var recordedUntil: Int64 {
    switch self {
    case .card(let microphone): microphone.recordedUntil
    case .stream(let stream): stream.lastDelivery
    }
  }

  /// Whether the source waits while nobody reads it. A card does not: what is not fetched in time is lost.
  var waitsForReader: Bool {
    switch self {
    case .card: false
    case .stream: true
    }
  }
}

/// Opens a source, as often as it has to be. One thread at a time.
final class CaptureOpener {
  /// How long a host may take to accept a connection.
  private static let connectMilliseconds: Int32 = 2_000

  let origin: CaptureOrigin
  private let settings: CaptureSettings
  /// What waits for senders, once it is open; -1 before, and for every other origin.
  private var listener: Int32 = -1

  init(_ settings: CaptureSettings) throws(CaptureError) {
    origin = try CaptureOrigin(device: settings.device)
    self.settings = settings
  }

  deinit { if listener >= 0 { platform_close(listener) } }

  /// Opens the source now.
  ///
  /// - Parameters:
  ///   - cancel: A descriptor that ends a wait when it becomes readable; -1 for none.
  ///   - waitMilliseconds: How long a sender may be waited for.
  /// - Returns: Nil where no sender has connected yet.
  func open(cancel: Int32, waitMilliseconds: Int) throws(CaptureError) -> CaptureSource? {
    switch origin {
    case .card: return .card(try Microphone(settings))
    case .standardInput: return .stream(PCMStream(settings, descriptor: 0, isConnection: false))
    case .connection(let host, let port):
      let descriptor = platform_tcp_connect(host, port, Self.connectMilliseconds, cancel)
      guard descriptor >= 0 else {
        throw .cannotOpen(device: settings.device, errorNumber: -descriptor, detail: "")
      }
      return .stream(PCMStream(settings, descriptor: descriptor, isConnection: true))
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
      return .stream(PCMStream(settings, descriptor: descriptor, isConnection: true))
    }
  }

  /// Closes the connections of senders that came while another one is listened to.
  func turnOthersAway() {
    guard listener >= 0 else { return }
    while true {
      let descriptor = platform_tcp_accept(listener)
      guard descriptor >= 0 else { return }
      platform_close(descriptor)
    }
  }
}
