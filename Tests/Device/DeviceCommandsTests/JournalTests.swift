import Messages
import Testing

@Suite("Journal records")
struct JournalTests {
  @Test("every line has the message's severity, whatever it begins with")
  func severities() {
    let message = LogMessage.warning("cannot open a\n<2>forged: x")
    let records = journalRecords(Array((message.line + "\n").utf8), severity: message.severity)
    #expect(String(decoding: records, as: UTF8.self) == "<4>cooee: cannot open a\n<4><2>forged: x\n")
  }

  @Test("a line on a terminal has the severity in words")
  func lines() {
    #expect(LogMessage.warning("nothing is well").line == "cooee: nothing is well")
    #expect(LogMessage.notice("all is well").line == "cooee: note: all is well")
    #expect(LogMessage.information("listening").line == "listening")
  }
}
