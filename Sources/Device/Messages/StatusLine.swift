import CPlatform
import Synchronization

/// The last line of a terminal, which is drawn again and again while messages and detections scroll above it.
///
/// Shown by one thread; ``erase()`` may be called by any, and is by everything that writes to the terminal.
package struct StatusLine {
  /// The terminal's descriptor, and 0 while no line is shown. There is one for the whole program, as there is one terminal.
  private static let shownOn = Atomic<Int32>(0)

  private let descriptor: Int32

  /// - Parameter mayUseOutput: Whether standard output will do where standard error is no terminal.
  /// - Returns: Nil where there is no terminal that can erase a line.
  package init?(mayUseOutput: Bool) {
    let kind = String(cString: platform_environment("TERM"))
    guard !kind.isEmpty && kind != "dumb" else { return nil }
    if platform_is_terminal(2) != 0 {
      descriptor = 2
    } else if mayUseOutput && platform_is_terminal(1) != 0 {
      descriptor = 1
    } else {
      return nil
    }
  }

  /// Characters of a line; 80 where the terminal does not say.
  package var columnCount: Int {
    let columns = Int(platform_terminal_columns(descriptor))
    return columns > 0 ? columns : 80
  }

  /// Shows a text, in place of the one before. The cursor stays at the start of the line, so that whoever writes to the
  /// terminal without asking begins there.
  ///
  /// - Parameter text: Takes less than ``columnCount`` characters; no line end.
  package func show(_ text: String) {
    let bytes = Array(("\r\u{1B}[K" + text + "\r").utf8)
    Self.shownOn.store(descriptor, ordering: .relaxed)
    _ = bytes.withUnsafeBytes { platform_write_all(descriptor, $0.baseAddress, $0.count) }
  }

  /// Takes the line away, if there is one.
  package static func erase() {
    let descriptor = shownOn.exchange(0, ordering: .relaxed)
    guard descriptor > 0 else { return }
    let bytes = Array("\r\u{1B}[K".utf8)
    _ = bytes.withUnsafeBytes { platform_write_all(descriptor, $0.baseAddress, $0.count) }
  }
}
