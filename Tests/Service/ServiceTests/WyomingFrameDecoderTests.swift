import JSON
import Testing
import Wyoming

@Suite("Wyoming frames")
struct WyomingFrameDecoderTests {
  /// Everything that one decoder makes of pieces.
  private func decode(_ pieces: [ArraySlice<UInt8>]) -> (events: [WyomingEvent], error: WyomingFrameError?) {
    var decoder = WyomingFrameDecoder()
    var events: [WyomingEvent] = []
    do throws(WyomingFrameError) {
      for piece in pieces {
        decoder.append(piece)
        while let event = try decoder.next() { events.append(event) }
      }
    } catch {
      return (events, error)
    }
    return (events, nil)
  }

  private func decode(_ text: String) -> (events: [WyomingEvent], error: WyomingFrameError?) {
    decode([Array(text.utf8)[...]])
  }

  @Test("every split of a stream in two, and single bytes, give the same events")
  func splits() {
    let stream =
      Array(
        #"{"type":"a","data":{"x":1,"y":2},"data_length":7,"payload_length":3,"version":"1"}"#.utf8) + Array("\n".utf8)
      + Array(#"{"x":9}"#.utf8) + [0x0A, 0xFF, 0x00]
      + Array("{\"type\":\"b\"}\n{\"type\":\"c\",\"payload_length\":1}\nz".utf8)
    let expected = [
      WyomingEvent("a", ["x": .number(9), "y": .number(2)], payload: [0x0A, 0xFF, 0x00]), WyomingEvent("b"),
      WyomingEvent("c", payload: [UInt8(ascii: "z")]),
    ]
    for place in 0...stream.count {
      let result = decode([stream[..<place], stream[place...]])
      #expect(result.events == expected && result.error == nil, "split at \(place)")
    }
    #expect(decode(stream.indices.map { stream[$0...$0] }).events == expected)
  }

  @Test(
    "invalid events are rejected, and the error repeats",
    arguments: [
      ("\n", WyomingFrameError.headerIsNotAnObject), ("GET / HTTP/1.1\r\n", .headerIsNotAnObject),
      ("[]\n", .headerIsNotAnObject), ("{\"type\":\"a\"\n", .headerIsNotAnObject),
      ("{\"type\":\"a\"} x\n", .headerIsNotAnObject),
      ("{}\n", .noType), ("{\"type\":7}\n", .noType), ("{\"type\":null}\n", .noType),
      ("{\"type\":\"a\",\"data\":[]}\n", .dataIsNotAnObject(type: "a")),
      ("{\"type\":\"a\",\"data_length\":2}\n[]", .dataIsNotAnObject(type: "a")),
      ("{\"type\":\"a\",\"data_length\":3}\n{}{\"type\":\"b\"}\n", .dataIsNotAnObject(type: "a")),
      ("{\"type\":\"a\",\"data_length\":-1}\n", .lengthIsNoLength(member: "data_length")),
      ("{\"type\":\"a\",\"data_length\":0.5}\n", .lengthIsNoLength(member: "data_length")),
      ("{\"type\":\"a\",\"payload_length\":\"9\"}\n", .lengthIsNoLength(member: "payload_length")),
      ("{\"type\":\"a\",\"payload_length\":true}\n", .lengthIsNoLength(member: "payload_length")),
      ("{\"type\":\"a\",\"payload_length\":1e300}\n", .lengthIsNoLength(member: "payload_length")),
      (
        "{\"type\":\"a\",\"payload_length\":262145}\n",
        .partTooLong(member: "payload_length", bytes: 262_145, limit: 262_144)
      ),
      (
        "{\"type\":\"a\",\"data_length\":9007199254740992}\n",
        .partTooLong(member: "data_length", bytes: 9_007_199_254_740_992, limit: 65_536)
      ),
      (
        "{\"type\":\"\(String(repeating: "a", count: 257))\"}\n", .partTooLong(member: "type", bytes: 257, limit: 256)
      ),
    ])
  func refused(text: String, expected: WyomingFrameError) {
    let good = "{\"type\":\"good\"}\n"
    let result = decode(good + text)
    #expect(result.events == [WyomingEvent("good")])
    #expect(result.error == expected)
    var decoder = WyomingFrameDecoder()
    decoder.append(text.utf8)
    #expect(throws: expected) { _ = try decoder.next() }
    decoder.append(good.utf8)
    #expect(throws: expected) { _ = try decoder.next() }
  }

  @Test("a line may have the limit's length, with or without its end")
  func longLines() {
    let head = "{\"type\":\"a\",\"x\":\""
    func line(_ count: Int) -> String { head + String(repeating: "x", count: count - head.utf8.count - 2) + "\"}" }
    #expect(decode(line(65_536) + "\n").events == [WyomingEvent("a")])
    #expect(decode(line(65_537) + "\n").error == .headerTooLong(limit: 65_536))
    #expect(decode(String(repeating: " ", count: 65_537)).error == .headerTooLong(limit: 65_536))
    #expect(decode(String(repeating: " ", count: 65_536)).error == nil)
  }

  @Test("nesting beyond the limit is rejected")
  func nesting() {
    let deep = String(repeating: "[", count: 30_000)
    #expect(decode("{\"type\":\"a\",\"x\":\(deep)}\n").error == .headerIsNotAnObject)
    let allowed = String(repeating: "[", count: 31) + String(repeating: "]", count: 31)
    #expect(decode("{\"type\":\"a\",\"x\":\(allowed)}\n").events == [WyomingEvent("a")])
    #expect(decode("{\"type\":\"a\",\"x\":[\(allowed)]}\n").error == .headerIsNotAnObject)
  }

  @Test("random damage gives events or an error, and never crashes")
  func randomDamage() {
    var state: UInt64 = 17
    func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let event = WyomingEvent("audio-chunk", ["rate": .number(16_000), "t": .text("é\n\"")], payload: [1, 2, 3, 4])
    let whole = event.encoded + event.encoded
    var errors = 0
    for _ in 0..<20_000 {
      var bytes = whole
      for _ in 0...draw(3) { bytes[draw(bytes.count)] = UInt8(draw(256)) }
      let result = decode([bytes[...]])
      #expect(result.events.count <= 2)
      if result.error != nil { errors += 1 }
    }
    #expect(errors > 5_000)
  }

  @Test(
    "JSON is parsed as in RFC 8259",
    arguments: [
      ("\"\\u0041\\n\\ud83d\\ude00\\/\"", JSONValue.text("A\n😀/")), ("\"\\ud83d!\"", .text("\u{FFFD}!")),
      (" -0.5e+1 ", .number(-5)), ("[1,{\"a\":null}]", .array([.number(1), .object(["a": .null])])),
      ("{\"a\":1,\"a\":2}", .object(["a": .number(2)])), ("false", .truth(false)),
    ])
  func json(text: String, value: JSONValue) {
    #expect(JSONValue(text.utf8) == value)
    #expect(JSONValue(value.encoded) == value)
  }

  @Test(
    "invalid JSON is rejected",
    arguments: [
      "", "01", "+1", "1.", ".5", "1e", "NaN", "tru", "\"\u{1}\"", "\"a", "\"\\x\"", "\"\\u00g0\"", "[1,]", "{\"a\"}",
      "{a:1}", "1 2",
      "1e999", "[", "{\"a\":1,}",
    ])
  func noJSON(text: String) { #expect(JSONValue(text.utf8) == nil) }

  @Test("member names have up to 256 bytes")
  func longNames() {
    let name = String(repeating: "é", count: 128)
    #expect(JSONValue("{\"\(name)\":1}".utf8)?[name] == .number(1))
    #expect(JSONValue("{\"\(name)a\":1}".utf8) == nil)
    #expect(JSONValue("[\"\(name)a\"]".utf8) == .array([.text(name + "a")]))
  }

  @Test("text with many noncanonical combining marks is parsed fast, wherever it is")
  func combiningMarks() {
    // Compared in its canonical form, it takes half a minute.
    let marks = "a" + String(repeating: "\u{301}\u{323}", count: 64_000)
    let texts = ["{\"\(marks)\":1}", "{\"a\":{\"\(marks)\":1}}", "[\"\(marks)\"]", "{\"a\":\"\(marks)\"}"]
    var limits = WyomingFrameDecoder.Limits()
    limits.dataBytes = 1_048_576
    let clock = ContinuousClock()
    let time = clock.measure {
      for (index, text) in texts.enumerated() {
        var decoder = WyomingFrameDecoder(limits: limits)
        decoder.append("{\"type\":\"a\",\"data_length\":\(text.utf8.count)}\n".utf8)
        decoder.append(text.utf8)
        let event = try? decoder.next()
        #expect((event != nil) == (index == 3))
      }
    }
    #expect(time < .seconds(5), "\(time)")
  }

  @Test("invalid UTF-8 is not JSON")
  func notUTF8() { #expect(JSONValue([0x22, 0xC3, 0x28, 0x22]) == nil) }
}
