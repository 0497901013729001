import DetectionEvents
import Foundation
import ListeningService
import Messages
import Synchronization

/// A folder of one test, removed with it.
final class SinkFolder: Sendable {
  /// Certifies nobody; for what needs a file of certificates.
  static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBfjCCASWgAwIBAgIUESXwjJOi2cN79pjgxH0L9Wcz/+gwCgYIKoZIzj0EAwIw
    FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTE0MjczMVoYDzIxMjYxMTAx
    MTQyNzMxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
    PQMBBwNCAASDRCKHL9EJ56ktGLMNt+Zo7X3LUkq2SGHCmbp2EMjKKcuR3RlySc/p
    cPucPl/AFWJ4Z8BMcb8l9gB819zdL2z5o1MwUTAdBgNVHQ4EFgQUopaZBnZk/XGg
    Puhv3mPU20Z8bTcwHwYDVR0jBBgwFoAUopaZBnZk/XGgPuhv3mPU20Z8bTcwDwYD
    VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiAev1W5FOZUiYitLjwz6WWW
    TmkRspbzsY2LaCiqah9sTAIgBCzbhGnaF9HCa+4wo69uqTJJi6eajDLrCw8j8qFB
    2Mk=
    -----END CERTIFICATE-----

    """

  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "cooee-sinks-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and gives its path.
  func write(_ name: String, _ bytes: some Collection<UInt8>) -> String {
    let file = "\(path)/\(name)"
    precondition(FileManager.default.createFile(atPath: file, contents: Data(bytes)), "\(file) cannot be written")
    return file
  }

  func write(_ name: String, _ text: String) -> String { write(name, Array(text.utf8)) }
}

/// What a sink told.
final class SinkNotes: Sendable {
  private let notes = Mutex<[LogMessage]>([])

  var all: [LogMessage] { notes.withLock { $0 } }
  var add: @Sendable (LogMessage) -> Void {
    { [self] note in notes.withLock { $0.append(note) } }
  }

  func count(of part: String) -> Int { all.filter { $0.text.contains(part) }.count }
}

/// Waits until a condition holds, at most so long.
func waits(seconds: Int = 15, until condition: () -> Bool) -> Bool {
  for _ in 0..<seconds * 100 {
    if condition() { return true }
    usleep(10_000)
  }
  return condition()
}

/// A detection of the samples of this range.
func serviceEvent(
  _ phrase: String = "hey computer", _ samples: Range<Int64> = 16_000..<32_000, milliseconds: Int64 = 1_767_323_045_678
) -> ServiceEvent {
  ServiceEvent(
    detection: DetectionEvent(
      source: .device("test"), phrase: phrase, startSample: samples.lowerBound, endSample: samples.upperBound,
      score: 0.75),
    milliseconds: milliseconds, threshold: 0.25)
}
