import NIOCore
import Synchronization

/// Limits the messages that clients can cause: passes on the first few in each interval, and reports at its end how
/// many more there were. This keeps clients from displacing other messages in a log.
///
/// Any thread may use it.
final class RateLimitedLog: Sendable {
  private struct Interval {
    var end = NIODeadline.distantPast
    var toldCount = 0
    var untoldCount = 0
    var isLast = false
  }

  private let lineCount: Int
  private let length: TimeAmount
  private let loop: any EventLoop
  private let rest: @Sendable (Int) -> String
  private let note: @Sendable (String) -> Void
  private let interval = Mutex(Interval())

  /// - Parameters:
  ///   - lineCount: The most messages to pass on in each interval of `length`.
  ///   - loop: Schedules the end of the interval.
  ///   - note: Receives the messages; called from any thread.
  ///   - rest: Makes the message about how many more there were.
  init(
    _ lineCount: Int, every length: TimeAmount, on loop: any EventLoop, note: @escaping @Sendable (String) -> Void,
    rest: @escaping @Sendable (Int) -> String
  ) {
    self.lineCount = lineCount
    self.length = length
    self.loop = loop
    self.rest = rest
    self.note = note
  }

  /// Passes the message on, or counts it.
  func tell(_ line: @autoclosure () -> String) {
    let now = NIODeadline.now()
    let (isTold, end) = interval.withLock { interval -> (Bool, NIODeadline?) in
      if now >= interval.end {
        interval.end = now + length
        interval.toldCount = 0
      }
      guard interval.toldCount >= lineCount else {
        interval.toldCount += 1
        return (true, nil)
      }
      interval.untoldCount += 1
      return (false, interval.untoldCount == 1 && !interval.isLast ? interval.end : nil)
    }
    if isTold { note(line()) }
    if let end { loop.scheduleTask(deadline: end) { [self] in tellRest() } }
  }

  /// Reports the messages that were only counted, and ends the last interval.
  func finish() {
    interval.withLock { $0.isLast = true }
    tellRest()
  }

  private func tellRest() {
    let count = interval.withLock { interval in
      defer { interval.untoldCount = 0 }
      return interval.untoldCount
    }
    if count > 0 { note(rest(count)) }
  }
}
