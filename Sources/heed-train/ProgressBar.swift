import Foundation

/// A line on stderr that tells how far a task is and how long it has to go.
///
/// On a terminal the line is drawn anew; elsewhere a line is written at every tenth of the way.
struct ProgressBar {
  private let unit: String
  private let start = Date()
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var lastTenth = 0

  /// - Parameter unit: what is counted, in the plural.
  init(unit: String) { self.unit = unit }

  /// Shows that `done` of `total` are finished.
  mutating func update(_ done: Int, of total: Int) {
    guard done > 0, total > 0 else { return }
    let elapsed = Date().timeIntervalSince(start)
    let left = elapsed / Double(done) * Double(total - done)
    let tenth = done * 10 / total
    let text = "\(done) of \(total) \(unit), \(Self.clock(left)) left"
    if isTerminal {
      let filled = done * 30 / total
      let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
      write("\r\u{1B}[K[\(bar)] \(text)")
    } else if tenth > lastTenth {
      lastTenth = tenth
      write(text + "\n")
    }
  }

  /// Empties the line, so that something else can be written.
  func clear() {
    if isTerminal { write("\r\u{1B}[K") }
  }

  private static func clock(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.up))
    return whole >= 3_600
      ? String(format: "%d:%02d:%02d", whole / 3_600, whole / 60 % 60, whole % 60)
      : String(format: "%d:%02d", whole / 60, whole % 60)
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
