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
      Reads \(acceptedFormats). - reads standard input, which may be
      live: the same formats, or else raw PCM, by default 16 kHz mono signed 16-bit little-endian. Prints each detection on
      one line: file, start and end in seconds, score, phrase.

      The channels are mixed unless --channel chooses one. Channels that cancel each other and clipping are reported.

      A file that cannot be read is reported on stderr, and the remaining files are still searched. The exit status is
      that of the first failure. Finding no phrase is not an error.

      Examples:
        cooee spot --phrases phrases.cooeep kitchen.wav hall.wav
        cooee spot --phrases phrases.cooeep --json *.wav
        cooee spot --phrases phrases.cooeep --candidates --json kitchen.wav
        cooee spot --phrases phrases.cooeep --channel 1 interview.flac
        ffmpeg -loglevel error -i talk.m4a -f wav - | cooee spot --phrases phrases.cooeep -
        cooee spot --phrases phrases.cooeep --rate 48000 --channels 2 --format s32 - <samples.raw
      """,
      operand: CommandSyntax.Operand(name: "file", isRepeated: true, help: "Recordings; - is standard input."),
      options: ProgramSettings.layoutOptions + ProgramSettings.soundOptions + [
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
    guard files.contains("-") else {
      for option in ["channels", "rate", "format"] where arguments.text(option) != nil {
        throw .usage(
          "--" + option + " describes raw samples on standard input, and there is no -; files describe themselves",
          command: "spot")
      }
      return
    }
  }

  func run<Reader: RecordingReader & ~Copyable>(_ kind: Reader.Type) throws(Failure) {
    let kernelPath = try settings.kernelPath()
    let model = try settings.openModel()
    let enrolled = try OpenPhrases(phrases, for: model, settings)
    let spotting = SpottingSession(
      model, enrolled, settings.spotter, wantsCandidates: candidates, kernelPath: kernelPath)
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
        try forEachChunk(of: path, kind, settings.recordingOptions, buffer: buffer) { samples throws(Failure) in
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
