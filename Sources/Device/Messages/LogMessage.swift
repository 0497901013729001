import CPlatform

/// One message for the person who runs the program, and how serious it is.
package struct LogMessage: Equatable, Sendable {
  /// Raw values are syslog's, which `journalctl -p` takes.
  package enum Severity: Int, Sendable {
    case warning = 4
    case notice = 5
    case information = 6
  }

  package var severity: Severity
  /// What happened and, where something can be done about it, what to do; no full stop at the end.
  package var text: String

  package static func warning(_ text: String) -> LogMessage { LogMessage(severity: .warning, text: text) }
  package static func notice(_ text: String) -> LogMessage { LogMessage(severity: .notice, text: text) }
  package static func information(_ text: String) -> LogMessage { LogMessage(severity: .information, text: text) }

  /// The message as a line on a terminal, without the line end.
  package var line: String {
    switch severity {
    case .warning: "heed: " + text
    case .notice: "heed: note: " + text
    case .information: text
    }
  }
}

/// Prints a message on standard error, with its severity before each of its lines where that is systemd's journal.
///
/// Control characters, which messages may repeat from outside, become question marks. A message that cannot be written
/// within 200 ms is dropped: listening goes on.
package func report(_ message: LogMessage) {
  StatusLine.erase()
  var line = Array((message.line + "\n").utf8)
  replaceControlCharacters(&line)
  if platform_is_journal(2) != 0 { line = journalRecords(line, severity: message.severity) }
  _ = line.withUnsafeBytes { platform_write_soon(2, $0.baseAddress, $0.count, 200) }
}

/// Lines with the severity before each, so that text within a message cannot give itself another.
package func journalRecords(_ lines: [UInt8], severity: LogMessage.Severity) -> [UInt8] {
  var records: [UInt8] = []
  var begins = true
  for byte in lines {
    if begins { records += "<\(severity.rawValue)>".utf8 }
    records.append(byte)
    begins = byte == UInt8(ascii: "\n")
  }
  return records
}
