import DetectionEvents
import Messages
import Testing

@Suite("Terminal text")
struct PlainTextTests {
  @Test("control characters become question marks, and everything else is unchanged")
  func controlCharacters() {
    #expect(withoutControlCharacters("a\u{1B}[31m\u{7}\u{7F}b\r\u{0}") == "a?[31m??b??")
    #expect(withoutControlCharacters("\u{9B}31m\u{80}\u{9F}") == "??31m????")
    let text = "tab\tline\né ß 日本 \u{A0} 🎤 ~"
    #expect(withoutControlCharacters(text) == text)
  }

  @Test("a file name with control characters is safe on a terminal and exact in JSON")
  func fileNames() {
    let event = DetectionEvent(
      source: .file("a\u{1B}[2J.wav"), phrase: "hey computer", startSample: 0, endSample: 16_000, score: 0.5)
    #expect(event.text == "a?[2J.wav  0.00 - 1.00 s  0.500  hey computer")
    #expect(String(decoding: event.json.encoded.prefix(30), as: UTF8.self) == #"{"file":"a\u001b[2J.wav","phra"#)
  }
}
