import ArgumentParser
import AudioCapture
import EventSinks

struct SpotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spot",
    abstract: "Find enrolled phrases in recordings.",
    discussion: """
      Reads WAV, FLAC, Ogg Opus, Ogg Vorbis and MP3 of any rate and channel count; - is raw 16 kHz mono signed 16-bit \
      little-endian PCM on standard input, which may be live. Prints a line for each detection: file, start and end in \
      seconds, score, phrase.

      A file that cannot be read is told on standard error, the others are still searched, and the exit code is that of \
      the first that failed. Finding nothing is not an error.

      Examples:
        heed spot --phrases phrases.heedp kitchen.wav hall.opus
        heed spot --phrases phrases.heedp --json *.flac
        heed spot --phrases phrases.heedp --candidates --json kitchen.wav
        arecord -q -f S16_LE -r 16000 -c 1 -t raw | heed spot --phrases phrases.heedp -
      """)

  @Option(help: "The phrase file.")
  var phrases = "phrases.heedp"

  @Flag(help: "Print one JSON object a line: file, phrase, start, end, score, detected.")
  var json = false

  @Flag(help: "Print every local maximum of a phrase's score, detected or not.")
  var candidates = false

  @OptionGroup var modelOptions: ModelOptions

  @Argument(help: ArgumentHelp("The recordings; - is standard input.", valueName: "file"))
  var files: [String]

  func run() throws {
    try reportingFailures { () throws(Failure) in
      let model = try modelOptions.open()
      let enrolled = try enrollments(of: readPhrases(phrases), path: phrases, for: model)
      let spotting = Spotting(model, enrolled, wantsCandidates: candidates)
      // A quarter of a second, so that a live stream is not held up.
      let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 4_000)
      defer { buffer.deallocate() }
      var output = LineWriter(descriptor: 1, flushesEachLine: files.contains("-"))
      var failures = FileFailures(fileCount: files.count)
      for path in files {
        let source = DetectionEvent.Source.file(path)
        do throws(Failure) {
          _ = try forEachChunk(of: path, buffer: buffer) { samples throws(Failure) in
            try output.put(spotting.process(samples, from: source), json: json)
          }
          try output.put(spotting.finish(from: source), json: json)
        } catch {
          guard error.code != .outputError else { throw error }
          // What was found before the damage still counts.
          try output.put(spotting.finish(from: source), json: json)
          failures.note(error)
        }
      }
      try output.end()
      try failures.throwFirst()
    }
  }
}
