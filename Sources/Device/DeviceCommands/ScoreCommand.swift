import CommandLineOptions
import DeviceSetup
import Int8Kernels
import JSON
import KeywordSpotting
import Messages
import Recordings
import TextEnrollment

struct ScoreCommand {
  static let syntax = CommandSyntax(
    "score", "Score short clips against typed phrases.",
    """
    Reads lines of audio path, tab, phrase. For each line, in order, prints the best score of the phrase over the whole
    clip, 0 to 1. Relative paths start at the current folder. Phrases are enrolled as they are read. A clip on
    consecutive lines is read once.

    A line that cannot be scored is reported on stderr with its number, and its score is null (JSON) or -. The remaining
    lines are still scored. The exit status is that of the first failure.

    Examples:
      cooee score --pairs pairs.tsv --json > scores.jsonl
      printf 'clip.wav\\they computer\\n' | cooee score --pairs -
    """,
    options: [
      .value("pairs", "file", "The pairs: audio path, tab, phrase; - is standard input."),
      .flag("json", "Print one JSON object per line: file, phrase, score."), ProgramSettings.modelOption,
      LanguageChoice.option, ProgramSettings.kernelPathOption, TrustedKeys.option, ProgramSettings.configurationOption,
    ])

  private let arguments: CommandArguments
  private let settings: ProgramSettings
  private let pairs: String
  private let json: Bool

  init(_ arguments: CommandArguments) throws(Failure) {
    self.arguments = arguments
    settings = try ProgramSettings(arguments)
    guard let pairs = arguments.text("pairs") else {
      throw .usage("--pairs <file> is missing", command: "score")
    }
    self.pairs = pairs
    json = arguments.flag("json")
  }

  func run<Reader: RecordingReader & ~Copyable>(_ kind: Reader.Type) throws(Failure) {
    let kernelPath = try settings.kernelPath()
    let model = try settings.openModel()
    let language = try LanguageChoice.open(arguments, settings)
    let list = try PairList(pairs)
    var scoring = PairScoring<Reader>(model: model, language: language, kernelPath: kernelPath)
    var output = LineWriter(descriptor: 1, flushesEachLine: false)
    var failures = FileFailures(fileCount: list.pairs.count)
    for pair in list.pairs {
      var score: Float?
      do throws(Failure) {
        score = try scoring.score(pair)
      } catch {
        failures.note(Failure(error.code, "\(list.name), line \(pair.lineNumber): \(error.message)"))
      }
      try output.put(line(for: pair, score: score))
    }
    try output.end()
    try failures.throwFirst()
  }

  private func line(for pair: PairList.Pair, score: Float?) -> [UInt8] {
    guard json else {
      return Array("\(score.map { fixedPoint(Double($0), decimals: 7) } ?? "-")\t\(pair.path)\t\(pair.phrase)".utf8)
    }
    var object = JSONObject()
    object.add("file", pair.path)
    object.add("phrase", pair.phrase)
    if let score { object.add("score", score) } else { object.addNull("score") }
    return object.encoded
  }
}

/// The pairs of a file, one per line: audio path, tab, phrase. Empty lines are ignored.
struct PairList {
  struct Pair {
    /// Counted from 1, including empty lines.
    var lineNumber: Int
    var path: String
    var phrase: String
    /// False if the line has no tab; `path` is then the whole line.
    var isWellFormed: Bool
  }

  let name: String
  private(set) var pairs: [Pair] = []

  init(_ path: String) throws(Failure) {
    name = inputName(path)
    let bytes = try readWhole(path)
    var number = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      guard !text.isEmpty else { continue }
      let fields = text.split(separator: UInt8(ascii: "\t"), maxSplits: 1, omittingEmptySubsequences: false)
      pairs.append(
        Pair(
          lineNumber: number, path: String(decoding: fields[0], as: UTF8.self),
          phrase: fields.count > 1 ? String(decoding: fields[1], as: UTF8.self) : "", isWellFormed: fields.count > 1))
    }
    guard !pairs.isEmpty else {
      throw Failure(.badData, "\(name) has no pairs; each line must be an audio path, a tab, and a phrase")
    }
  }
}

/// Scores pairs in sequence. Caches the enrollments of phrases and the clip that was loaded last.
struct PairScoring<Reader: RecordingReader & ~Copyable> {
  // The alignment of a longer recording would take minutes.
  private static var longestClipSamples: Int { 60 * 16_000 }
  private static var mostKeptEnrollments: Int { 8_192 }

  private let model: OpenModel
  private let language: OpenLanguage
  private let enroller: Enroller
  private let scorer: PairScorer
  private var enrollments: [String: Result<Enrollment, Failure>] = [:]
  private var loadedPath: String?

  init(model: OpenModel, language: OpenLanguage, kernelPath: KernelPath) {
    self.model = model
    self.language = language
    enroller = Enroller(model: model.model, language: language.language)
    scorer = PairScorer(model: model.model, kernelPath: kernelPath)
  }

  mutating func score(_ pair: PairList.Pair) throws(Failure) -> Float {
    guard pair.isWellFormed else {
      throw Failure(.badData, "the line has no tab; it must be an audio path, a tab, and a phrase")
    }
    let enrollment = try enrollment(of: pair.phrase)
    if loadedPath != pair.path {
      loadedPath = nil
      let samples = try readClip(pair.path)
      samples.withUnsafeBufferPointer { scorer.load($0) }
      loadedPath = pair.path
    }
    return scorer.score(enrollment).score
  }

  private mutating func enrollment(of phrase: String) throws(Failure) -> Enrollment {
    if let known = enrollments[phrase] { return try known.get() }
    let result: Result<Enrollment, Failure>
    do throws(EnrollmentError) {
      result = .success(try enroller.enroll(phrase).enrollment)
    } catch {
      result = .failure(Failure(.badData, explanation(of: error, phrase: phrase)))
    }
    if enrollments.count >= Self.mostKeptEnrollments { enrollments.removeAll(keepingCapacity: true) }
    enrollments[phrase] = result
    return try result.get()
  }

  private func readClip(_ path: String) throws(Failure) -> [Int16] {
    let samples: [Int16]
    do throws(AudioFileError) {
      samples = try Reader.readAll(path: path)
    } catch {
      throw Failure(error)
    }
    guard !samples.isEmpty else { throw Failure(.badData, "\(path) has no samples; record it again") }
    guard samples.count <= Self.longestClipSamples else {
      throw Failure(.badData, "\(path) is longer than 60 s; search long recordings with cooee spot")
    }
    return samples
  }
}
