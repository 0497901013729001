import CommandLineOptions
import ListeningService
import Messages
import ServiceSinks
import Testing

@Suite("Options of event sinks")
struct SinkOptionsTests {
  private static let syntax = CommandSyntax(
    "serve", "", "",
    options: MQTTOptions.options + WebhookOptions.options + VoiceAssistantOptions.options + RecordingOptions.options
      + MetricsOptions.options)

  private func mqtt(_ words: String...) throws -> MQTTOptions { try MQTTOptions(Self.syntax.parse(words)) }

  /// The exit status and the message with which words are refused.
  private func refusal(_ words: [String]) -> (code: Int32, message: String)? {
    do {
      let arguments = try Self.syntax.parse(words)
      _ = try MQTTOptions(arguments)
      _ = try WebhookOptions(arguments, configured: nil)
      _ = try VoiceAssistantOptions(arguments, configured: nil)
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
      (["--webhook", "https://hub/x"], "the URL of --webhook begins with https://"),
      (["--webhook", ""], "the URL of --webhook does not begin with http://"),
      (["--webhook", "http://hub", "--webhook-seconds", "0"], "0.1 to 60"),
      (["--webhook-seconds", "2"], "--webhook-seconds needs --webhook"),
      (["--voice-assistant", ""], "--voice-assistant is "), (["--voice-assistant", "hub:0"], "hub:0"),
      (["--voice-assistant", "ws://hub:6055"], "ws://hub:6055"), (["--voice-assistant", "unix:/run/a"], "unix:/run/a"),
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

  @Test(
    "the command line overrides the webhook and the voice assistant of the configuration, whose errors have code 65")
  func configured() throws {
    func webhook(_ words: [String], _ configured: String?) throws -> WebhookOptions {
      try WebhookOptions(Self.syntax.parse(words), configured: configured)
    }
    func assistant(_ words: [String], _ configured: String?) throws -> ServiceEndpoint? {
      try VoiceAssistantOptions(Self.syntax.parse(words), configured: configured).endpoint
    }
    #expect(try webhook([], nil).url == nil && webhook([], nil).limitMilliseconds == 5_000)
    #expect(try webhook([], "http://hub/a").url == WebhookURL("http://hub/a"))
    #expect(try webhook(["--webhook", "http://hub/b"], "ftp://x").url == WebhookURL("http://hub/b"))
    #expect(try webhook(["--webhook-seconds", "0.25"], "http://hub/a").limitMilliseconds == 250)
    #expect(try assistant([], nil) == nil)
    #expect(try assistant([], "kitchen.local") == ServiceEndpoint(host: "kitchen.local", port: 6_055))
    #expect(try assistant(["--voice-assistant", "[::1]:7"], "ws://x") == ServiceEndpoint(host: "::1", port: 7))
    #expect(try assistant([], "[::1]") == ServiceEndpoint(host: "::1", port: 6_055))
    let badURL = #expect(throws: Failure.self) { try webhook([], "https://hub/s3cr3t") }
    #expect(
      badURL?.code == .badData && badURL?.message.hasPrefix("the URL of webhook in the configuration begins") == true)
    let badAddress = #expect(throws: Failure.self) { try assistant([], "hub:") }
    #expect(
      badAddress?.code == .badData && badAddress?.message.contains("voice_assistant in the configuration") == true)
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
