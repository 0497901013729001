import Messages
import Testing

@Suite("Records of the journal")
struct JournalTests {
  @Test("each line has the message's priority, whatever it begins with")
  func priorities() {
    let message = "heed: cannot open a\n<2>forged: x"
    #expect(journalPriority(of: message) == 4)
    let records = journalRecords(Array((message + "\n").utf8), priority: 4)
    #expect(String(decoding: records, as: UTF8.self) == "<4>heed: cannot open a\n<4><2>forged: x\n")
  }
}
