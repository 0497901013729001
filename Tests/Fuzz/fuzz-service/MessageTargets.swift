import FuzzDriver
import JSON
import ListeningService
import ServiceSinks

/// Words of JSON, for all targets that read JSON.
let jsonWords = [
  "{\"", "\":", "},", "\"\\ud83d\\ude00\"", "\\u0000", "null", "true", "false", "1e-7", "-0.5", "9007199254740993",
  "[[",
]

extension FuzzTarget {
  /// JSON texts: a value that was read can be written and read again, and is then written as the same bytes.
  static let json = FuzzTarget(
    "json", mostBytes: 1_024, words: jsonWords,
    seeds: [
      #"{"a":[1,2.5e3,-0,true,false,null],"b":{"é":"\u00e9\ud83d\ude00\n"}}"#, "[[[[]]]]", "0",
    ].map { Array($0.utf8) }
  ) { bytes in
    guard let value = JSONValue(bytes) else { return }
    let encoded = value.encoded
    guard let again = JSONValue(encoded) else { fatalError("broken promise: written values are JSON") }
    require(again == value, "a written value is read as the same value")
    require(again.encoded == encoded, "the same value is written as the same bytes")
    _ = (value["a"]?.text, value["a"]?.integer)
  }

  /// Messages of a broker on the topics of toggles.
  static let mqtt = FuzzTarget(
    "mqtt", mostBytes: 1_024, words: jsonWords + ["siteId", "reason", "default", "\n"],
    seeds: [
      "0{\"siteId\":\"default\",\"reason\":\"ttsSay\"}\n1{\"siteId\":\"default\",\"reason\":\"ttsSay\"}\n", "0{}\n1{}",
    ].map { Array($0.utf8) }
  ) { bytes in
    var toggles = HermesToggles(site: "default")
    var input = InputCursor(bytes)
    while !input.isAtEnd {
      let isOn = input.byte() & 1 == 1
      let topic = isOn ? HermesMessages.toggleOnTopic : HermesMessages.toggleOffTopic
      let wasPaused = toggles.isPaused
      let outcome = toggles.receive(topic: topic, payload: input.line())
      switch outcome {
      case .paused: require(!isOn && !wasPaused && toggles.isPaused, "a pause begins with a toggleOff")
      case .resumed: require(isOn && wasPaused && !toggles.isPaused, "a pause ends with a toggleOn")
      case .unchanged, .malformed: require(wasPaused == toggles.isPaused, "nothing changes unless it is reported")
      }
    }
    let level = TopicLevel.level(for: bytes.text)
    require(TopicLevel.isLevel(level), "any phrase has a level of a topic")
  }

  /// Typed addresses: an address that was read can be written and read again.
  static let endpoint = FuzzTarget(
    "endpoint", mostBytes: 160, words: ["tcp://", "unix:", "unix:///", "[::1]", ":10400", "localhost"],
    seeds: ["127.0.0.1:10400", "tcp://[::1]:1", "unix:/run/cooee.sock"].map { Array($0.utf8) }
  ) { bytes in
    guard let endpoint = ServiceEndpoint(bytes.text) else { return }
    require((0...65_535).contains(endpoint.port), "a port is in 0…65,535")
    require(ServiceEndpoint(endpoint.description) == endpoint, "an address can be written and read again")
  }
}
