import NIOCore

/// Work on an event loop that goes on a piece at a time: a piece, what has come from the network, the next one's piece.
///
/// An event loop runs tasks for as long as any is due before it looks at the network again. Work that went on in tasks of its
/// own would keep everybody waiting who is not at work yet. Used on its event loop only.
final class EventLoopTurns: @unchecked Sendable {
  /// Long enough that the next piece is not due at once, and short beside a piece.
  private static let pause = TimeAmount.microseconds(50)

  private let loop: any EventLoop
  private var waiting = CircularBuffer<() -> Void>()
  private var isScheduled = false

  init(on loop: any EventLoop) { self.loop = loop }

  /// Does a piece once those that wait already had their turn.
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
