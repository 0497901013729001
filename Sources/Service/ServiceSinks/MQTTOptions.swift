import CPlatform
import CommandLineOptions
import ListeningService
import Messages

/// The settings for publishing detections by MQTT.
package struct MQTTOptions: Sendable {
  package static var options: [CommandSyntax.Option] {
    [
      .value("mqtt", "host:port", "Publish detections to this MQTT broker (default: none; port 1883, with TLS 8883)."),
      .value("mqtt-user", "name", "The user name for the broker."),
      .value("mqtt-password-file", "file", "A file whose first line is the password for the broker."),
      .value("mqtt-ca", "file", "Use TLS, and trust these CA certificates (PEM)."),
      .value("mqtt-topic", "prefix", "The prefix of the topics other than Hermes (default: cooee)."),
      .value("site", "name", "The site name that hubs receive (default: the host name)."),
    ]
  }

  /// The broker; nil to publish nothing.
  package var broker: ServiceEndpoint?
  /// The user name at the broker, if any.
  package var user: String?
  /// The password in UTF-8; sent only to the broker.
  package var password: String?
  /// A PEM file of certificate authorities; if set, the connection uses TLS.
  package var authorityPath: String?
  /// The first levels of the plain topics.
  package var topicPrefix = "cooee"
  /// The site's name, which is a valid topic level.
  package var site: String

  /// The most detections to keep while the broker is unavailable.
  package var queueEventCount = 100
  /// The pause before a retry, doubled with each failure up to the longest.
  package var firstPauseMilliseconds = 1_000
  package var longestPauseMilliseconds = 30_000
  /// How long the broker may take to accept the connection.
  package var answerMilliseconds = 10_000
  /// How long a connection must last before it counts as restored.
  package var steadyMilliseconds = 10_000

  /// Creates the default settings, which publish nothing.
  package init() { site = TopicLevel.level(for: hostName() ?? "cooee") }

  /// - Throws: `usage`, or a failure if the password or certificate file cannot be used.
  package init(_ arguments: CommandArguments) throws(Failure) {
    self.init()
    func usage(_ message: String) -> Failure { .usage(message, command: arguments.commandName) }
    if let site = arguments.text("site") {
      guard TopicLevel.isLevel(site) else {
        throw usage("--site is \"\(site)\"; it accepts names without +, #, / and control characters, such as kitchen")
      }
      self.site = site
    }
    if let prefix = arguments.text("mqtt-topic") {
      let levels = prefix.split(separator: "/", omittingEmptySubsequences: false)
      guard levels.allSatisfy({ TopicLevel.isLevel(String($0)) }), !prefix.hasPrefix("$") else {
        throw usage("--mqtt-topic is \"\(prefix)\"; it accepts topics without + and #, such as cooee or home/cooee")
      }
      topicPrefix = prefix
    }
    guard let text = arguments.text("mqtt") else {
      for name in ["mqtt-user", "mqtt-password-file", "mqtt-ca", "mqtt-topic"] where arguments.text(name) != nil {
        throw usage("--\(name) needs --mqtt, which names the broker")
      }
      return
    }
    authorityPath = arguments.text("mqtt-ca")
    let usualPort = authorityPath == nil ? 1_883 : 8_883
    guard let broker = ServiceEndpoint(text) ?? ServiceEndpoint("\(text):\(usualPort)"), broker.port > 0,
      !broker.host.contains("/")
    else {
      throw usage("--mqtt is \(text); it accepts a host and a port, such as 192.168.1.2:1883 or broker.local:8883")
    }
    self.broker = broker
    user = arguments.text("mqtt-user")
    if let path = arguments.text("mqtt-password-file") {
      guard user != nil else { throw usage("--mqtt-password-file needs --mqtt-user") }
      password = try Self.password(path)
    }
    if let authorityPath { try Self.checkAuthority(authorityPath) }
  }

  /// Checks at the start that the first megabyte of a file contains a certificate.
  private static func checkAuthority(_ path: String) throws(Failure) {
    switch SmallFile.bytes(path, limit: 1 << 20) {
    case .failure(let error):
      throw Failure(
        .noInput, "--mqtt-ca \(path) cannot be read: \(systemText(error.number)); name a PEM file with certificates")
    case .success(let bytes):
      let lines = bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      let marks = ["-----BEGIN CERTIFICATE-----", "-----BEGIN TRUSTED CERTIFICATE-----"]
      guard lines.contains(where: { line in marks.contains { line.starts(with: $0.utf8) } }) else {
        throw Failure(.badData, "--mqtt-ca \(path) contains no certificate; name a PEM file with certificates")
      }
    }
  }

  /// Reads the first line of a file.
  private static func password(_ path: String) throws(Failure) -> String {
    let bytes: [UInt8]
    switch SmallFile.bytes(path, limit: 65_536) {
    case .failure(let error):
      throw Failure(.noInput, "--mqtt-password-file \(path) cannot be read: \(systemText(error.number))")
    case .success(let content): bytes = content
    }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    guard !line.isEmpty, !line.contains(0), let text = String(validating: line, as: UTF8.self) else {
      throw Failure(.badData, "--mqtt-password-file \(path) has no password on its first line")
    }
    return text
  }
}
