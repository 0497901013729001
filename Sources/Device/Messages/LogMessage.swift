import CPlatform

/// A message for the user and its severity.
package struct LogMessage: Equatable, Sendable {
  /// The raw values are those of syslog and `journalctl -p`.
  package enum Severity: Int, Sendable {
    case warning = 4
    case notice = 5
    case information = 6
  }

  package var severity: Severity
  /// What happened and, if possible, what to do, without a full stop.
  package var text: String

  /// A problem that needs attention.
  package static func warning(_ text: String) -> LogMessage { LogMessage(severity: .warning, text: text) }
  /// Something worth noting that is not a problem.
  package static func notice(_ text: String) -> LogMessage { LogMessage(severity: .notice, text: text) }
  /// Output that a user expects.
  package static func information(_ text: String) -> LogMessage { LogMessage(severity: .information, text: text) }

  /// The message as a line for a terminal, without a newline.
  package var line: String {
    switch severity {
    case .warning: "cooee: " + text
    case .notice: "cooee: note: " + text
    case .information: text
    }
  }
}

/// Prints a message on stderr. In systemd's journal, each of its lines begins with the severity.
///
/// Control characters, which may come from input, become question marks. The message is dropped if it cannot be written
/// within 200 ms, because listening must continue.
package func report(_ message: LogMessage) {
  StatusLine.erase()
  var line = Array((message.line + "\n").utf8)
  replaceControlCharacters(&line)
  if platform_is_journal(2) != 0 { line = journalRecords(line, severity: message.severity) }
  _ = line.withUnsafeBytes { platform_write_soon(2, $0.baseAddress, $0.count, 200) }
}

/// The lines, each with the severity before it, so that text in a message cannot set its own severity.
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
