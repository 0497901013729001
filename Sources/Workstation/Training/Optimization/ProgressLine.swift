import CPlatform
import Foundation

/// A progress line on stderr with an estimate of the time left. A terminal redraws it in place; elsewhere it is printed
/// at intervals.
public final class ProgressLine {
  private let label: String
  private var total: Int
  private let started = Date()
  private let startedAt: Int
  private var lastDrawn = Date.distantPast
  private let isTerminal = isatty(2) == 1

  /// - Parameter done: units completed before this run. The estimate excludes them.
  public init(_ label: String, total: Int = 0, done: Int = 0) {
    self.label = label
    self.total = total
    startedAt = done
  }

  /// Shows `done` of a total that becomes known only during the work.
  public func update(_ done: Int, of total: Int) {
    self.total = total
    update(done)
  }

  /// Shows `done` of the total units, with a note, at most twice per second (every 30 s if stderr is not a terminal).
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

  /// Writes to stderr and ignores errors: a failure to print must not end a run of hours.
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
