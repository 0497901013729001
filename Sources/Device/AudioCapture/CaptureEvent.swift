import CPlatform

/// An event that capture threads signal and one thread waits for. Several captures can share one.
public final class CaptureEvent: Sendable {
  let descriptor: Int32

  /// - Throws: `noThread` if the system has no descriptor left.
  public init() throws(CaptureError) {
    let opened = platform_event_make()
    guard opened >= 0 else { throw .noThread(errorNumber: -opened) }
    descriptor = opened
  }

  deinit { platform_close(descriptor) }

  func signal() { platform_event_signal(descriptor) }

  /// Waits until the event is signaled, a signal arrives, or the time is over.
  public func wait(milliseconds: Int) { _ = platform_event_wait(descriptor, Int32(milliseconds)) }
}
