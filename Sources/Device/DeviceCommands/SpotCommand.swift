import CommandLineOptions
import DetectionEvents
import DeviceSetup
import Int8Kernels
import KeywordSpotting
import Listening
import Messages
import Recordings

struct SpotCommand {
  static func syntax(_ acceptedFormats: String) -> CommandSyntax {
    CommandSyntax(
      "spot", "Find enrolled phrases in recordings.",
      """
      Reads \(acceptedFormats). - reads raw 16 kHz mono signed 16-bit
      little-endian PCM from standard input, which may be live. Prints each detection on one line: file, start and end in
      seconds, score, phrase.

      A file that cannot be read is reported on stderr, and the remaining files are still searched. The exit status is
      that of the first failure. Finding no phrase is not an error.

      Examples:
        cooee spot --phrases phrases.cooeep kitchen.wav hall.wav
        cooee spot --phrases phrases.cooeep --json *.wav
        cooee spot --phrases phrases.cooeep --candidates --json kitchen.wav
        arecord -q -f S16_LE -r 16000 -c 1 -t raw | cooee spot --phrases phrases.cooeep -
      """,
      operand: CommandSyntax.Operand(name: "file", isRepeated: true, help: "Recordings; - is standard input."),
      options: [
        phrasesOption, .flag("json", "Print one JSON object per line: file, phrase, start, end, score, detected."),
        .flag(
          "candidates",
          "Print every local maximum of a phrase's score, detected or not; of overlapping ones, the best."),
        ProgramSettings.modelOption, ProgramSettings.kernelPathOption, TrustedKeys.option,
        ProgramSettings.configurationOption,
      ])
  }

  private let settings: ProgramSettings
  private let phrases: String
  private let json: Bool
  private let candidates: Bool
  private let files: [String]

  init(_ arguments: CommandArguments) throws(Failure) {
    settings = try ProgramSettings(arguments)
    phrases = phrasesPath(arguments)
    json = arguments.flag("json")
    candidates = arguments.flag("candidates")
    files = arguments.operands
  }

  func run<Reader: RecordingReader & ~Copyable>(_ kind: Reader.Type) throws(Failure) {
    let kernelPath = try settings.kernelPath()
    let model = try settings.openModel()
    let enrolled = try OpenPhrases(phrases, for: model, settings)
    let spotting = SpottingSession(model, enrolled, wantsCandidates: candidates, kernelPath: kernelPath)
    // 0.25 s, to keep the delay of a live stream short.
    let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 4_000)
    defer { buffer.deallocate() }
    var output = LineWriter(descriptor: 1, flushesEachLine: files.contains("-"))
    var failures = FileFailures(fileCount: files.count)
    for path in files {
      let source = DetectionEvent.Source.file(path)
      // 4 s, which covers a longer phrase in progress.
      var merger = CandidateMerger(holdSamples: 64_000)
      var heard: Int64 = 0
      var failure: Failure?
      do throws(Failure) {
        _ = try forEachChunk(of: path, kind, buffer: buffer) { samples throws(Failure) in
          heard += Int64(samples.count)
          try output.put(merger.add(spotting.process(samples, from: source), at: heard), json: json)
        }
      } catch {
        guard error.code != .outputError else { throw error }
        failure = error
      }
      // Events before the damage still count.
      try output.put(merger.add(spotting.finish(from: source), at: heard) + merger.finish(), json: json)
      if let failure { failures.note(failure) }
    }
    try output.end()
    try failures.throwFirst()
  }
}
