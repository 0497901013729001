import NIOCore

/// Shares an event loop among long-running work: each worker runs one piece, then the loop handles network input, and
/// then the next worker runs.
///
/// An event loop runs all tasks that are due before it polls the network again, so long-running work in its own tasks
/// would block the other clients. Use it only on its event loop.
final class EventLoopTurns: @unchecked Sendable {
  /// Long enough that the next piece is not due at once, and short compared with a piece.
  private static let pause = TimeAmount.microseconds(50)

  private let loop: any EventLoop
  private var waiting = CircularBuffer<() -> Void>()
  private var isScheduled = false

  init(on loop: any EventLoop) { self.loop = loop }

  /// Runs a piece of work after those that are already waiting.
  func wait(_ piece: @escaping () -> Void) {
    waiting.append(piece)
    if !isScheduled { schedule() }
  }

  private func schedule() {
    isScheduled = true
    loop.assumeIsolated().scheduleTask(in: Self.pause) { [self] in
      waiting.removeFirst()()
      isScheduled = false
      if !waiting.isEmpty { schedule() }
    }
  }
}
