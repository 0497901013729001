import JSON
import Testing

@Suite("JSON objects")
struct JSONObjectTests {
  private func text(_ build: (inout JSONObject) -> Void) -> String {
    var object = JSONObject()
    build(&object)
    return String(decoding: object.encoded, as: UTF8.self)
  }

  @Test("members keep the order in which they were added")
  func membersKeepTheirOrder() {
    let object = text {
      $0.add("phrase", "hey computer")
      $0.add("count", 3)
      $0.add("detected", true)
      $0.addNull("score")
      $0.add("places", ["a", "b"])
      $0.add("microphone", JSONObject())
    }
    let members = #""phrase":"hey computer","count":3,"detected":true,"score":null,"places":["a","b"],"microphone":{}"#
    #expect(object == "{\(members)}")
    #expect(text { _ in } == "{}")
  }

  @Test("only quotation marks, backslashes and control characters are escaped")
  func stringsAreEscaped() {
    #expect(text { $0.add("s", "a\"b\\c/d") } == #"{"s":"a\"b\\c/d"}"#)
    #expect(text { $0.add("s", "\u{8}\t\n\u{c}\r\u{0}\u{1f}\u{7f}") } == #"{"s":"\b\t\n\f\r\u0000\u001f"# + "\u{7f}\"}")
    #expect(text { $0.add("s", "größe 語 🎤") } == "{\"s\":\"größe 語 🎤\"}")
    for scalar in 0..<0x20 {
      let encoded = text { $0.add("s", String(UnicodeScalar(UInt8(scalar)))) }
      #expect(encoded.utf8.allSatisfy { $0 >= 0x20 }, "control character \(scalar) is written raw")
    }
  }

  @Test("numbers are read back exactly, and NaN and infinity become null")
  func numbersAreExact() {
    for score in [Float(0), 1, 0.1, 0.987_654_3, 1.000_000_1, 3.4e-8, .leastNonzeroMagnitude] {
      let encoded = text { $0.add("n", score) }
      let digits = encoded.dropFirst(5).dropLast()
      #expect(Float(digits) == score, "\(encoded)")
    }
    for seconds in [0, 0.000_062_5, 12.345_687_5, 86_400.125] {
      let encoded = text { $0.add("n", seconds) }
      #expect(Double(encoded.dropFirst(5).dropLast()) == seconds, "\(encoded)")
    }
    #expect(text { $0.add("n", Float.nan) } == #"{"n":null}"#)
    #expect(text { $0.add("n", -Double.infinity) } == #"{"n":null}"#)
  }
}
