import CPlatform
import Synchronization

/// The last line of a terminal, which is redrawn while messages and detections scroll above it.
///
/// One thread shows it. Any thread may call ``erase()``, and everything that writes to the terminal does.
package struct StatusLine {
  /// The terminal's descriptor; 0 while no line is shown. It is global because the program has one terminal.
  private static let shownOn = Atomic<Int32>(0)

  private let descriptor: Int32

  /// - Parameter mayUseOutput: Whether to use stdout if stderr is not a terminal.
  /// - Returns: Nil if there is no terminal that can erase a line.
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

  /// The width of a line in characters; 80 if the terminal does not report it.
  package var columnCount: Int {
    let columns = Int(platform_terminal_columns(descriptor))
    return columns > 0 ? columns : 80
  }

  /// Shows a text in place of the previous one. The cursor stays at the start of the line, so that other output
  /// overwrites it.
  ///
  /// - Parameter text: Fewer than ``columnCount`` characters, without a newline.
  package func show(_ text: String) {
    let bytes = Array(("\r\u{1B}[K" + text + "\r").utf8)
    Self.shownOn.store(descriptor, ordering: .relaxed)
    _ = bytes.withUnsafeBytes { platform_write_all(descriptor, $0.baseAddress, $0.count) }
  }

  /// Removes the line if one is shown.
  package static func erase() {
    let descriptor = shownOn.exchange(0, ordering: .relaxed)
    guard descriptor > 0 else { return }
    let bytes = Array("\r\u{1B}[K".utf8)
    _ = bytes.withUnsafeBytes { platform_write_all(descriptor, $0.baseAddress, $0.count) }
  }
}
