import Foundation

/// PocketSphinx's keyword mode in a separate process, which processes the same samples in every round.
///
/// It is the PyPI package `pocketsphinx` with its English model and default settings, used as in its documentation: 1,024
/// samples at a time, with a new utterance after each detection. The process measures its processor time around the loop
/// over the samples, which excludes its start and the transfer of the samples.
final class PocketSphinx {
  /// The package's version.
  let version: String
  /// Processor time of its start: interpreter, package, model and dictionary.
  let startSeconds: Double

  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()

  private static let driver = """
    import sys, time
    try:
        from importlib.metadata import version
        from pocketsphinx import Decoder
    except ImportError as error:
        print("missing", error, flush=True)
        sys.exit(1)
    byte_count, phrase, threshold = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    try:
        decoder = Decoder(keyphrase=phrase, kws_threshold=threshold, lm=None)
        for word in phrase.split():
            if decoder.lookup_word(word) is None:
                raise ValueError(f"its dictionary has no word {word}")
    except Exception as error:
        print("refused", error, flush=True)
        sys.exit(1)
    print("ready", version("pocketsphinx"), time.process_time(), flush=True)
    audio = sys.stdin.buffer.read(byte_count)
    chunks = [audio[start:start + 2048] for start in range(0, byte_count, 2048)]
    for line in sys.stdin.buffer:
        detections = 0
        start = time.process_time()
        decoder.start_utt()
        for chunk in chunks:
            decoder.process_raw(chunk)
            if decoder.hyp() is not None:
                detections += 1
                decoder.end_utt()
                decoder.start_utt()
        decoder.end_utt()
        print("heard", time.process_time() - start, detections, flush=True)
    """

  /// Starts the process and sends it the samples.
  ///
  /// - Parameter interpreter: a Python interpreter with the package.
  init(interpreter: String, phrase: String, threshold: Double, samples: [Int16]) throws {
    let remedy = """
      install it with: python3 -m venv sphinx && sphinx/bin/pip install pocketsphinx; then --pocketsphinx sphinx/bin/python
      """
    // If the process exits early, report an error instead of being killed by SIGPIPE.
    signal(SIGPIPE, SIG_IGN)
    let bytes = samples.withUnsafeBytes { Data($0) }
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [interpreter, "-c", Self.driver, "\(bytes.count)", phrase, "\(threshold)"]
    process.standardInput = input
    process.standardOutput = output
    do {
      try process.run()
    } catch {
      throw failure(69, "cannot start \(interpreter): \(error.localizedDescription); \(remedy)")
    }
    let words = Self.readWords(output)
    switch words.first {
    case "ready" where words.count == 3:
      version = words[1]
      startSeconds = Double(words[2]) ?? .nan
    case "missing":
      throw failure(69, "\(interpreter) does not have the package pocketsphinx; \(remedy)")
    case "refused":
      throw failure(
        65, "PocketSphinx rejects \"\(phrase)\": \(words.dropFirst().joined(separator: " ")); try another --phrase")
    default:
      throw failure(69, "\(interpreter) is not a Python interpreter with the package pocketsphinx; \(remedy)")
    }
    do {
      try input.fileHandleForWriting.write(contentsOf: bytes)
    } catch {
      throw failure(69, "PocketSphinx exited early")
    }
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Processes the samples once.
  ///
  /// - Returns: processor time in seconds, and the number of detections.
  func hear() throws -> (seconds: Double, detectionCount: Int) {
    do {
      try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
    } catch {
      throw failure(69, "PocketSphinx exited early")
    }
    let words = Self.readWords(output)
    guard words.count == 3, words[0] == "heard", let seconds = Double(words[1]), let count = Int(words[2]) else {
      throw failure(69, "PocketSphinx exited early")
    }
    return (seconds, count)
  }

  /// The current memory, including the interpreter and the samples.
  var memory: ResidentMemory? { ResidentMemory(process: "\(process.processIdentifier)") }

  /// The words of the next line; empty at the end.
  private static func readWords(_ pipe: Pipe) -> [String] {
    var line = Data()
    while let byte = try? pipe.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
      line.append(byte)
    }
    return String(decoding: line, as: UTF8.self).split(separator: " ").map(String.init)
  }
}
