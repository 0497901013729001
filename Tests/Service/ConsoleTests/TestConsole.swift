import AudioCapture
import CommandLineOptions
import Console
import DetectionEvents
import DeviceSetup
import Glibc
import Listening
import ListeningService
import Synchronization

/// A console on a free port of this machine, with a feed and microphones that the test drives.
final class TestConsole: Sendable {
  static let repository: String = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

  /// A folder with the released models alone.
  private static let withoutSpeech: String = {
    let folder = newFolder()
    for name in ["base.cooee", "tiny.cooee", "english.cooee"] {
      precondition(symlink(repository + "/models/" + name, folder + "/" + name) == 0)
    }
    return folder
  }()

  let feed = ServiceFeed()
  let port: Int
  let phrasesPath: String
  let folder: String
  let book: PhraseBook
  private let server: ConsoleServer
  private let chosen: ChosenDevices
  private let told: Messages

  /// Microphones that were asked for.
  final class ChosenDevices: MicrophoneChoosing {
    let names = Mutex<[String]>([])
    func listen(to device: String) { names.withLock { $0.append(device) } }
  }

  final class Messages: Sendable {
    let lines = Mutex<[String]>([])
  }

  /// - Parameters:
  ///   - folder: that of another console, whose files this one uses; nil for new ones.
  ///   - token: the name of the token's file in the folder.
  ///   - proxy: the address of the trusted proxy.
  ///   - hasSpeech: whether there is running speech to try phrases on, which takes a while for each.
  init(
    folder: String? = nil, token: String? = nil, proxy: String? = nil, hasMicrophones: Bool = true,
    model: String = "base",
    hasSpeech: Bool = false,
    limits: ConsoleServer.Limits = ConsoleServer.Limits()
  ) throws {
    let folder = folder ?? Self.newFolder()
    self.folder = folder
    phrasesPath = folder + "/phrases.cooeep"
    let setup = try Self.setup(phrasesPath, model: model, hasSpeech: hasSpeech)
    book = try setup.setup.phraseBook(setup.arguments)
    let (chosen, told) = (ChosenDevices(), Messages())
    (self.chosen, self.told) = (chosen, told)
    let devices = [
      CaptureDevice(name: "plughw:CARD=Seat", description: "Seat"),
      CaptureDevice(name: "plughw:CARD=Door", description: ""),
    ]
    server = try ConsoleServer(
      ConsoleOptions(
        endpoint: ServiceEndpoint(host: "127.0.0.1", port: 0), tokenPath: token.map { folder + "/" + $0 },
        trustedProxy: proxy.flatMap { TrustedProxy($0) }),
      feed: feed, microphones: hasMicrophones ? chosen : nil, phrases: book, version: "1.2.3", limits: limits,
      devices: { devices }, metrics: { "cooee_up 1\n" },
      notice: { message in told.lines.withLock { $0.append(message.line) } })
    port = try server.start()
  }

  deinit { stop() }

  func stop() { server.stop() }

  var chosenDevices: [String] { chosen.names.withLock { $0 } }
  var messages: [String] { told.lines.withLock { $0 } }

  /// The phrases of the file, as another program reads them.
  var texts: [String] { (try? book.read().phrases.map { $0.enrollment.text }) ?? ["(unreadable)"] }

  /// The bytes of the phrase file, as they lie on the disk; set from outside of the console.
  var fileBytes: [UInt8] {
    get {
      guard let file = fopen(phrasesPath, "r") else { return [] }
      defer { fclose(file) }
      var bytes: [UInt8] = []
      while case let byte = getc(file), byte != EOF { bytes.append(UInt8(byte)) }
      return bytes
    }
    set {
      guard let file = fopen(phrasesPath, "w") else { return }
      fwrite(newValue, 1, newValue.count, file)
      fclose(file)
    }
  }

  /// What a program other than the console reads.
  static func setup(_ phrases: String, model: String = "base", hasSpeech: Bool = false) throws -> (
    setup: ListeningSetup, arguments: CommandArguments
  ) {
    let syntax = CommandSyntax("serve", "", "", options: ConsoleOptions.options + ListeningSetup.options)
    let models = (hasSpeech ? repository + "/models" : withoutSpeech) + "/"
    let arguments = try syntax.parse([
      "--phrases", phrases, "--model", models + model + ".cooee", "--language", models + "english.cooee",
    ])
    return (try ListeningSetup(arguments), arguments)
  }

  func ask(
    _ method: String, _ path: String, host: String? = nil, fields: [String] = [], body: [UInt8]? = nil
  ) -> WebAnswer {
    let client = WebClient(port: port)
    var lines = ["\(method) \(path) HTTP/1.1", "Host: \(host ?? "127.0.0.1:\(port)")"] + fields
    if let body { lines.append("Content-Length: \(body.count)") }
    client.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (body ?? []))
    return client.answer(isHead: method == "HEAD")
  }

  func ask(_ method: String, _ path: String, json: String, fields: [String] = []) -> WebAnswer {
    ask(method, path, fields: ["Content-Type: application/json"] + fields, body: Array(json.utf8))
  }

  static func newFolder() -> String {
    var name = Array("/tmp/cooee-console.XXXXXX".utf8CString)
    precondition(mkdtemp(&name) != nil)
    return name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }
}

extension ServiceEvent {
  init(_ phrase: String, score: Float, detected: Bool, milliseconds: Int64 = 1_800_000_000_000) {
    self.init(
      detection: DetectionEvent(
        source: .device("seat"), phrase: phrase, startSample: 16_000, endSample: 32_000, score: score,
        detected: detected),
      milliseconds: milliseconds, threshold: 0.5)
  }
}
