import NIOCore
import Synchronization

/// Lines for a person that clients may cause in any number: the first few of a time are passed on, and how many more there
/// were is told at its end, so that nobody outside can push other messages out of a log.
///
/// For any thread.
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
  ///   - lineCount: how many lines are passed on, at most, in each `length`.
  ///   - loop: where the end of a time is waited for.
  ///   - note: takes the lines; called from any thread.
  ///   - rest: says how many more there were.
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

  /// Tells how many lines were not passed on, at the end of the last time.
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
