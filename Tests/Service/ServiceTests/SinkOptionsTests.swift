import CommandLineOptions
import ListeningService
import Messages
import ServiceSinks
import Testing

@Suite("Options of event sinks")
struct SinkOptionsTests {
  private static let syntax = CommandSyntax(
    "serve", "", "", options: MQTTOptions.options + RecordingOptions.options + MetricsOptions.options)

  private func mqtt(_ words: String...) throws -> MQTTOptions { try MQTTOptions(Self.syntax.parse(words)) }

  /// The exit status and the message with which words are refused.
  private func refusal(_ words: [String]) -> (code: Int32, message: String)? {
    do {
      let arguments = try Self.syntax.parse(words)
      _ = try MQTTOptions(arguments)
      _ = try RecordingOptions(arguments)
      _ = try MetricsOptions(arguments)
      return nil
    } catch {
      return (error.code.rawValue, error.message)
    }
  }

  @Test(
    "a wrong command line is rejected with code 64 and the reason",
    arguments: [
      (["--mqtt", ""], "--mqtt is "), (["--mqtt", "hub:0"], "--mqtt is hub:0"), (["--mqtt", "hub:65536"], "hub:65536"),
      (["--mqtt", "hub:x"], "hub:x"), (["--mqtt", "hub:-1"], "hub:-1"), (["--mqtt", "unix:/run/a"], "unix:/run/a"),
      (["--mqtt", "mqtt://hub:1883"], "mqtt://hub:1883"), (["--mqtt", "::1"], "::1"),
      (["--mqtt-user", "me"], "--mqtt-user needs --mqtt"),
      (["--mqtt-ca", "/x"], "--mqtt-ca needs --mqtt"),
      (["--mqtt-topic", "x"], "--mqtt-topic needs --mqtt"),
      (["--mqtt-password-file", "/x"], "--mqtt-password-file needs --mqtt"),
      (["--mqtt", "hub", "--mqtt-password-file", "/x"], "--mqtt-password-file needs --mqtt-user"),
      (["--site", ""], "--site is \"\""), (["--site", "a/b"], "a/b"), (["--site", "\u{9B}"], "--site"),
      (["--mqtt", "hub", "--mqtt-topic", "a/#"], "a/#"), (["--mqtt", "hub", "--mqtt-topic", "$SYS/a"], "$SYS/a"),
      (["--mqtt", "hub", "--mqtt-topic", "a//b"], "a//b"), (["--mqtt", "hub", "--mqtt-topic", ""], "--mqtt-topic"),
      (["--keep-audio", ""], "--keep-audio is empty"), (["--keep-audio-seconds", "2"], "needs --keep-audio"),
      (["--keep-audio-megabytes", "5"], "needs --keep-audio"),
      (["--keep-audio", "a", "--keep-audio-megabytes", "1"], "2 to 1000000"),
      (["--keep-audio", "a", "--keep-audio-megabytes", "2.5"], "2.5"),
      (["--keep-audio", "a", "--keep-audio-seconds", "0.4"], "0.5 to 30"),
      (["--keep-audio", "a", "--keep-audio-seconds", "nan"], "nan"), (["--metrics-file", "/x/metrics.txt"], ".prom"),
    ])
  func usage(words: [String], part: String) {
    let refused = refusal(words)
    #expect(refused?.code == 64 && refused?.message.contains(part) == true, "\(words): \(String(describing: refused))")
  }

  @Test("missing or foreign files have codes 66 and 65, and their path is reported")
  func files() throws {
    let folder = try SinkFolder()
    let empty = folder.write("empty", "")
    let line = folder.write("line", "\nsecond")
    let bytes = folder.write("bytes", [0xFF, 0xFE, 0x0A])
    let zero = folder.write("zero", [0x61, 0, 0x62])
    let text = folder.write("text", "this is no certificate")
    let cases: [([String], Int32, String)] = [
      (["--mqtt-user", "me", "--mqtt-password-file", folder.path + "/none"], 66, folder.path + "/none"),
      (["--mqtt-user", "me", "--mqtt-password-file", folder.path], 66, folder.path),
      (["--mqtt-user", "me", "--mqtt-password-file", empty], 65, empty),
      (["--mqtt-user", "me", "--mqtt-password-file", line], 65, line),
      (["--mqtt-user", "me", "--mqtt-password-file", bytes], 65, bytes),
      (["--mqtt-user", "me", "--mqtt-password-file", zero], 65, zero),
      (["--mqtt-ca", folder.path + "/none"], 66, folder.path + "/none"), (["--mqtt-ca", folder.path], 66, folder.path),
      (["--mqtt-ca", text], 65, "contains no certificate"), (["--mqtt-ca", empty], 65, empty),
    ]
    for (words, code, part) in cases {
      let refused = refusal(["--mqtt", "hub"] + words)
      #expect(
        refused?.code == code && refused?.message.contains(part) == true, "\(words): \(String(describing: refused))")
    }
  }

  @Test("brokers have the standard port, which TLS changes, unless another is given")
  func ports() throws {
    let folder = try SinkFolder()
    let authority = folder.write("ca.pem", SinkFolder.certificate)
    #expect(try mqtt("--mqtt", "hub").broker == ServiceEndpoint(host: "hub", port: 1_883))
    #expect(try mqtt("--mqtt", "hub", "--mqtt-ca", authority).broker == ServiceEndpoint(host: "hub", port: 8_883))
    #expect(
      try mqtt("--mqtt", "hub:65535", "--mqtt-ca", authority).broker == ServiceEndpoint(host: "hub", port: 65_535))
    #expect(try mqtt("--mqtt", "[::1]").broker == ServiceEndpoint(host: "::1", port: 1_883))
    #expect(try mqtt("--site", "hall").broker == nil)
  }

  @Test("the password is the exact first line, with either kind of line end")
  func password() throws {
    let folder = try SinkFolder()
    for (content, password) in [(" pässword \r\nx", " pässword "), ("a", "a"), ("a\n", "a")] {
      let path = folder.write("password", content)
      let options = try mqtt("--mqtt", "hub", "--mqtt-user", "me", "--mqtt-password-file", path)
      #expect(options.user == "me" && options.password == password)
    }
  }
}
