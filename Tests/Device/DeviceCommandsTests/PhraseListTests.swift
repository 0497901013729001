import DeviceCommands
import DeviceSetup
import Testing

@Suite("Lists of phrases")
struct PhraseListTests {
  private func list(_ text: String) -> PhraseList {
    PhraseList(Array(text.utf8), name: "list.txt", defaults: EnrollmentRequest(""))
  }

  /// The phrase and its options, as a line of Cooee's own form.
  private func written(_ request: EnrollmentRequest) -> String {
    var text = request.text
    if let spoken = request.spoken { text = "\(spoken); label=\(request.text)" }
    if let threshold = request.threshold { text += "; threshold=\(threshold)" }
    if request.falseAlarmsPerHour != 0.1 { text += "; false-alarms=\(request.falseAlarmsPerHour)" }
    for way in (request.pronunciation ?? "").split(separator: "\n") { text += "; pronunciation=\(way)" }
    return text
  }

  @Test("each line is a phrase with its options; blank lines and comments are skipped")
  func lines() {
    let list = list(
      """
      \u{FEFF}# Phrases of the kitchen
      hey computer

        lights out ; threshold = 0.7 \r
      hey moxie\tpronunciation=HH EY . M AA K S IY\tfalse-alarms=0.5\tsounds-like=hey mok-see
      #hey nobody
      good morning; threshold=1; false-alarms=2;
      """)
    #expect(list.problems.isEmpty)
    #expect(list.entries.map(\.lineNumber) == [2, 4, 5, 7])
    #expect(
      list.entries.map { written($0.request) } == [
        "hey computer", "lights out; threshold=0.7",
        "hey moxie; false-alarms=0.5; pronunciation=HH EY . M AA K S IY; pronunciation=\"hey mok-see\"",
        "good morning; threshold=1.0; false-alarms=2.0",
      ])
    #expect(list.summary == "list.txt has 4 phrases")
  }

  @Test("a label is the text, and the phrase is its pronunciation unless there is another")
  func labels() {
    let list = list("hey computer; label=Kitchen\nhey moxie; label=Moxie; pronunciation=M AA K S IY\n")
    #expect(
      list.entries.map { written($0.request) } == [
        "hey computer; label=Kitchen", "Moxie; pronunciation=M AA K S IY",
      ])
  }

  @Test("a line without a threshold has that of the command line")
  func defaults() {
    var defaults = EnrollmentRequest("")
    defaults.threshold = 0.4
    let list = PhraseList(
      Array("one way\ntwo ways; threshold=0.6\nthree ways; false-alarms=1".utf8), name: "-", defaults: defaults)
    #expect(list.entries.map(\.request.threshold) == [0.4, 0.6, nil])
  }

  @Test(
    "keyword lists of sherpa-onnx give phrases, labels and phonemes, but no thresholds",
    arguments: [
      ("▁HE LL O ▁WORLD", "hello world"), ("▁HE LL O ▁WORLD :1.5 #0.35", "hello world"),
      ("▁LI GHT ▁UP :2 @LIGHT_UP", "light up; label=LIGHT_UP"),
      ("▁LI GHT ▁UP @LIGHT_UP #0.2", "light up; label=LIGHT_UP"),
      ("HELLO WORLD :1.5 #0.35 @hello", "hello world; label=hello"),
      ("HEY Siri #0.1", "HEY Siri"),
      ("L AY1 T AH1 P @LIGHT_UP", "LIGHT_UP; pronunciation=L AY1 T AH1 P"),
    ])
  func sherpa(line: String, expected: String) {
    let list = list(line)
    #expect(list.problems.isEmpty)
    #expect(list.entries.map { written($0.request) } == [expected])
    #expect(list.summary.contains("1 in the form of sherpa-onnx"))
    let hasScore = line.contains(":") || line.contains("#")
    #expect(list.summary.contains("are not used (line 1)") == hasScore)
  }

  @Test("keyphrase lists of PocketSphinx give phrases, but no thresholds")
  func pocketSphinx() {
    let list = list("oh mighty computer /1e-40/\nhello world/1e-30/\nhello moon /1e-30/\nother phrase\nhi /there/\n")
    #expect(
      list.entries.map { written($0.request) } == [
        "oh mighty computer", "hello world", "hello moon", "other phrase", "hi /there/",
      ])
    #expect(list.summary.contains("and 3 in that of PocketSphinx"))
    #expect(list.summary.contains("are not used (line 1, 2, 3)"))
  }

  @Test(
    "signs within a phrase are no labels or thresholds",
    arguments: ["channel #5", "meet me @ five", "ratio 3:1", "@home"])
  func signs(line: String) {
    #expect(list(line).entries.map { written($0.request) } == [line])
  }

  @Test(
    "a bad line is reported with its number and what is wrong, and the others are read",
    arguments: [
      ("hey; treshold=0.5", "no option \"treshold\"; did you mean threshold?"),
      ("hey; volume=3", "no option \"volume\"; the options are label, threshold"),
      ("hey; threshold=1.5", "threshold is 1.5"),
      ("hey; threshold=high", "threshold is high; it accepts values from 0 to 1"),
      ("hey; false-alarms=0", "values above 0"),
      ("hey; threshold", "\"threshold\" has no value"), ("hey; threshold=", "has no value"),
      ("hey; HH EY", "\"HH EY\" has no value"), ("; threshold=0.5", "no phrase"),
      ("hey; threshold=0.5; threshold=0.6", "threshold is given twice"),
      ("hey; label=a; label=b", "label is given twice"),
      ("HH EY1 :1.5", "need a name; add @name"), ("x iǎo ài @小爱", "not English words"), ("hey %", "not UTF-8"),
    ])
  func problems(line: String, reason: String) {
    // "%" stands for a byte that is not UTF-8.
    let bytes = "good morning\n\(line)\ngood night".utf8.map { $0 == UInt8(ascii: "%") ? 0xFF : $0 }
    let list = PhraseList(bytes, name: "list.txt", defaults: EnrollmentRequest(""))
    #expect(list.problems.map(\.lineNumber) == [2])
    #expect(list.problems.first?.message.contains(reason) == true, "\(list.problems)")
    #expect(list.entries.map(\.request.text) == ["good morning", "good night"])
  }
}
