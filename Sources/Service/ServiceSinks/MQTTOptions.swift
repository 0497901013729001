import CPlatform
import CommandLineOptions
import ListeningService
import Messages

/// How and where detections are published by MQTT.
package struct MQTTOptions: Sendable {
  package static var options: [CommandSyntax.Option] {
    [
      .value("mqtt", "host:port", "Publish detections to this MQTT broker (default: none; port 1883, with TLS 8883)."),
      .value("mqtt-user", "name", "The user name for the broker."),
      .value("mqtt-password-file", "file", "A file whose first line is the password for the broker."),
      .value("mqtt-ca", "file", "Use TLS, and trust these CA certificates (PEM)."),
      .value("mqtt-topic", "prefix", "The prefix of the topics other than Hermes (default: heed)."),
      .value("site", "name", "The site name that hubs receive (default: the host name)."),
    ]
  }

  /// Nil where nothing is to be published.
  package var broker: ServiceEndpoint?
  package var user: String?
  /// UTF-8 as in its file; never told to anybody but the broker.
  package var password: String?
  /// A file of certificates; with it the broker is spoken to by TLS alone.
  package var authorityPath: String?
  package var topicPrefix = "heed"
  /// A topic level.
  package var site: String

  /// Detections that are kept while the broker is away.
  package var queueEventCount = 100
  /// From a failure to the next attempt, doubled each time up to the longest.
  package var firstPauseMilliseconds = 1_000
  package var longestPauseMilliseconds = 30_000
  /// How long a broker may take to accept a connection.
  package var answerMilliseconds = 10_000
  /// How long a connection lasts until the broker counts as back.
  package var steadyMilliseconds = 10_000

  /// The settings without options: nothing is published.
  package init() { site = TopicLevel.level(for: hostName() ?? "heed") }

  /// - Throws: A usage failure, or what is wrong with the password's or the certificates' file.
  package init(_ arguments: CommandArguments) throws(Failure) {
    self.init()
    func usage(_ message: String) -> Failure { .usage(message, command: arguments.commandName) }
    if let site = arguments.text("site") {
      guard TopicLevel.isLevel(site) else {
        throw usage("--site is \"\(site)\"; accepted are names without +, #, / and control characters, such as kitchen")
      }
      self.site = site
    }
    if let prefix = arguments.text("mqtt-topic") {
      let levels = prefix.split(separator: "/", omittingEmptySubsequences: false)
      guard levels.allSatisfy({ TopicLevel.isLevel(String($0)) }), !prefix.hasPrefix("$") else {
        throw usage("--mqtt-topic is \"\(prefix)\"; accepted are topics without + and #, such as heed or home/heed")
      }
      topicPrefix = prefix
    }
    guard let text = arguments.text("mqtt") else {
      for name in ["mqtt-user", "mqtt-password-file", "mqtt-ca", "mqtt-topic"] where arguments.text(name) != nil {
        throw usage("--\(name) is given without --mqtt, which names the broker")
      }
      return
    }
    authorityPath = arguments.text("mqtt-ca")
    let usualPort = authorityPath == nil ? 1_883 : 8_883
    guard let broker = ServiceEndpoint(text) ?? ServiceEndpoint("\(text):\(usualPort)"), broker.port > 0,
      !broker.host.contains("/")
    else {
      throw usage("--mqtt is \(text); accepted are a host and a port, such as 192.168.1.2:1883 or broker.local:8883")
    }
    self.broker = broker
    user = arguments.text("mqtt-user")
    if let path = arguments.text("mqtt-password-file") {
      guard user != nil else { throw usage("--mqtt-password-file is given without --mqtt-user") }
      password = try Self.password(path)
    }
    if let authorityPath { try Self.checkAuthority(authorityPath) }
  }

  /// Looks for a certificate in a file's first megabyte, while somebody is still at the machine.
  private static func checkAuthority(_ path: String) throws(Failure) {
    switch SmallFile.bytes(path, limit: 1 << 20) {
    case .failure(let error):
      throw Failure(
        .noInput, "--mqtt-ca \(path) cannot be read: \(systemText(error.number)); name a file of certificates (PEM)")
    case .success(let bytes):
      let lines = bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      let marks = ["-----BEGIN CERTIFICATE-----", "-----BEGIN TRUSTED CERTIFICATE-----"]
      guard lines.contains(where: { line in marks.contains { line.starts(with: $0.utf8) } }) else {
        throw Failure(.badData, "--mqtt-ca \(path) holds no certificate; name a file of certificates (PEM)")
      }
    }
  }

  /// The first line of a file.
  private static func password(_ path: String) throws(Failure) -> String {
    let bytes: [UInt8]
    switch SmallFile.bytes(path, limit: 65_536) {
    case .failure(let error):
      throw Failure(.noInput, "--mqtt-password-file \(path) cannot be read: \(systemText(error.number))")
    case .success(let content): bytes = content
    }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    guard !line.isEmpty, !line.contains(0), let text = String(validating: line, as: UTF8.self) else {
      throw Failure(.badData, "--mqtt-password-file \(path) holds no password in its first line")
    }
    return text
  }
}
