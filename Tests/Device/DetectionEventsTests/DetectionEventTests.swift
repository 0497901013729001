import DetectionEvents
import Glibc
import Messages
import Testing

@Suite("Detections as text")
struct DetectionEventTests {
  private let event = DetectionEvent(
    source: .file("kitchen \"1\".wav"), phrase: "hey computer", startSample: 19_752, endSample: 33_601,
    score: 0.987_654_3, detected: true)

  @Test("a detection is one JSON object with times in seconds")
  func detectionAsJSON() {
    #expect(
      String(decoding: event.json.encoded, as: UTF8.self)
        == #"{"file":"kitchen \"1\".wav","phrase":"hey computer","start":1.2345,"end":2.1000625,"#
        + #""score":0.9876543,"detected":true}"#)
  }

  @Test("a device replaces the file")
  func deviceAsJSON() {
    var heard = event
    heard.source = .device("default")
    heard.detected = false
    let text = String(decoding: heard.json.encoded, as: UTF8.self)
    #expect(text.hasPrefix(#"{"device":"default","phrase""#))
    #expect(text.hasSuffix(#""detected":false}"#))
  }

  @Test("the name of a microphone is a field after the device, and begins the text")
  func namedMicrophone() {
    var heard = event
    heard.source = .device("hw:1", microphone: "kitchen")
    let json = String(decoding: heard.json.encoded, as: UTF8.self)
    #expect(json.hasPrefix(#"{"device":"hw:1","microphone":"kitchen","phrase""#))
    #expect(heard.text == "kitchen  1.23 - 2.10 s  0.988  hey computer")
  }

  @Test("the text has rounded numbers")
  func detectionAsText() {
    #expect(event.text == #"kitchen "1".wav  1.23 - 2.10 s  0.988  hey computer"#)
    #expect(fixedPoint(0.996, decimals: 2) == "1.00")
    #expect(fixedPoint(-0.001, decimals: 2) == "0.00")
    #expect(fixedPoint(-2.5, decimals: 1) == "-2.5")
    #expect(fixedPoint(7, decimals: 0) == "7")
    #expect(fixedPoint(0.05, decimals: 3) == "0.050")
  }

  @Test("lines are complete and in order, at once or in blocks", arguments: [true, false])
  func linesComeOutInOrder(flushesEachLine: Bool) throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let lines = (0..<100).map { "line \($0)" }
    var writer = LineWriter(descriptor: ends[1], flushesEachLine: flushesEachLine)
    for line in lines { try writer.write(line.utf8) }
    try writer.flush()
    close(ends[1])
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = read(ends[0], &bytes, bytes.count)
    close(ends[0])
    #expect(String(decoding: bytes[..<count], as: UTF8.self) == lines.map { $0 + "\n" }.joined())
  }

  @Test("a full disk is an error")
  func fullDiskIsAnError() {
    let full = open("/dev/full", O_WRONLY)
    defer { close(full) }
    var writer = LineWriter(descriptor: full, flushesEachLine: true)
    do throws(LineWriterError) {
      try writer.write("lost".utf8)
      Issue.record("a line was written to a full disk")
    } catch {
      #expect(error == LineWriterError(errorNumber: ENOSPC))
    }
  }
}
