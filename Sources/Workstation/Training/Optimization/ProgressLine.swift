import CPlatform
import Foundation

/// A progress line on standard error with an estimate of the time left: redrawn in place on a terminal, printed now and then
/// where it is not one.
public final class ProgressLine {
  private let label: String
  private var total: Int
  private let started = Date()
  private let startedAt: Int
  private var lastDrawn = Date.distantPast
  private let isTerminal = isatty(2) == 1

  /// - Parameter done: units that were done before this run, which do not count for the estimate.
  public init(_ label: String, total: Int = 0, done: Int = 0) {
    self.label = label
    self.total = total
    startedAt = done
  }

  /// The same for work whose total is known only once it is under way.
  public func update(_ done: Int, of total: Int) {
    self.total = total
    update(done)
  }

  /// Shows `done` of the total units, with a note; draws at most twice a second (every 30 s off a terminal).
  public func update(_ done: Int, note: @autoclosure () -> String = "") {
    let now = Date()
    let isLast = done >= total
    guard isLast || now.timeIntervalSince(lastDrawn) > (isTerminal ? 0.5 : 30) else { return }
    lastDrawn = now
    let elapsed = now.timeIntervalSince(started)
    let advanced = done - startedAt
    let left = advanced > 0 ? elapsed / Double(advanced) * Double(total - done) : 0
    let width = 24
    let filled = total > 0 ? min(width, width * done / total) : width
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    let time = isLast ? "took \(Self.clock(elapsed))" : "\(Self.clock(left)) left"
    let text = "\(label) \(bar) \(done)/\(total) \(time) \(note())"
    Self.tell(isTerminal ? "\r\u{1B}[K\(text)" + (isLast ? "\n" : "") : text + "\n")
  }

  /// Writes on standard error; a run of hours does not end because its messages cannot be written.
  public static func tell(_ text: String) {
    let bytes = Array(text.utf8)
    _ = platform_write_all(2, bytes, bytes.count)
  }

  static func clock(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    let minutes = whole / 60
    return minutes >= 60
      ? "\(minutes / 60) h \(minutes % 60) min" : minutes > 0 ? "\(minutes) min \(whole % 60) s" : "\(whole) s"
  }
}
