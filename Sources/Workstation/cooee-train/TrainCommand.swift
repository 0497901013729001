import ArgumentParser
import AudioFrontEnd
import Dispatch
import Foundation
import ModelFormat
import Synchronization
import TextEnrollment
import Training

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train an acoustic encoder and a text encoder with a shared embedding space.",
    discussion: """
      Reads the output of `cooee-train prepare` and resumes from the checkpoint if it exists. To interrupt a run, press Ctrl-C: \
      the checkpoint is written, and the same command resumes. The log is a table with one line every 50 steps.

      Examples:
        cooee-train train --corpus train.cooeecorpus --checkpoint base.checkpoint --log base.tsv
        cooee-train train --corpus train.cooeecorpus --rooms rooms --checkpoint base.checkpoint
        cooee-train train --corpus mine.cooeecorpus --from-model models/base.cooee --recipe models/recipes/base-stage4.json \\
          --learning-rate 0.001 --checkpoint mine.checkpoint
        mpirun -np 4 cooee-train train --corpus train.cooeecorpus --checkpoint base.checkpoint --shards 8

      Several ranks share the shards of each step evenly. The first rank writes the log and the checkpoint. Build the program \
      with `--traits MPI`, and keep the corpus at the same path on every machine.

      With --from-model, training starts from the network of a released model, whose checkpoints you do not need. The model file \
      does not contain the optimizer's state and the parameters of the losses and of the adversaries; these start anew. The \
      recipe's network may have longer kernels, more look-ahead and more blocks than the model. It then starts as the same \
      function. With --maximum-steps 0, the command only writes the initial state as a checkpoint.

      With `matrixPrecision` set to `bfloat16` in the recipe, large matrix products take half the time. This needs a processor \
      with AVX512-BF16 and a program built with `--traits BFloat16` and oneDNN (Debian's libdnnl-dev).

      Exit status: 0 trained or interrupted, 1 a file cannot be used or written (see the message), 64 wrong usage.
      """)

  @Option(help: "Prepared corpus.") var corpus: String
  @Option(help: "Language file with the lexicon.") var language = "models/english.cooee"
  @Option(help: "JSON recipe. Missing keys have default values. The options below override it.") var recipe: String?
  @Option(help: "File for the state of the run.") var checkpoint: String
  @Option(help: "Checkpoint of another run over the same corpus, for the initial weights.") var initial: String?
  @Option(help: "Model file with the network to start from. The recipe must have its shape or a larger one.")
  var fromModel: String?
  @Option(help: "Checkpoint of another run over the same corpus, for its word times.") var alignments: String?
  @OptionGroup var heard: RoomOptions
  @Option(help: "Folder with the frame posteriors of another recognizer (teacher.bin, teacher.tsv).")
  var teacher: String?
  @Option(help: "Table of the losses. New lines are appended.") var log: String?
  @Option(help: "Passes over the corpus.") var epochs: Int?
  @Option(help: "Random seed.") var seed: UInt64?
  @Option(help: "Seconds of audio per shard.") var shardSeconds: Double?
  @Option(help: "Shards per step over all ranks, one thread each.") var shards: Int?
  @Option(help: "Peak learning rate.") var learningRate: Float?
  @Option(help: "Write the checkpoint and stop after this many steps of the present call.") var maximumSteps: Int?

  func validate() throws {
    if initial != nil, fromModel != nil { throw ValidationError("pass either --initial or --from-model") }
    if let maximumSteps, maximumSteps < 0 {
      throw ValidationError("--maximum-steps \(maximumSteps): must be at least 0")
    }
  }

  func run() throws {
    let communicator = try ProcessGroup.join()
    let isFirst = communicator.rank == 0
    let trainer = try makeTrainer(communicator)
    if !isFirst {
      // The first rank reads for all ranks.
    } else if FileManager.default.fileExists(atPath: checkpoint) {
      // It contains the alignments that were given or learned since.
      try trainer.restore(try Checkpoint(path: checkpoint), path: checkpoint)
    } else {
      if let initial { try trainer.start(from: try Checkpoint(path: initial), path: initial) }
      if let fromModel { try start(trainer, fromModel: fromModel) }
      if let alignments { try trainer.takeAlignments(from: try Checkpoint(path: alignments), path: alignments) }
    }
    try trainer.shareStateOfFirstRank()
    let progress = ProgressLine("train", total: trainer.totalSteps, done: trainer.stepCount)
    let interruption = InterruptionFlag()
    var log = try TrainingLog(path: isFirst ? log : nil, after: trainer.stepCount)
    let first = trainer.stepCount
    var lastSaved = Date()
    var speed = TrainingSpeed()
    if maximumSteps != 0 {
      try trainer.run { summary in
        log.add(summary)
        speed.add(summary)
        if isFirst { progress.update(summary.step, note: log.note) }
        if isFirst, Date().timeIntervalSince(lastSaved) > 300 {
          try trainer.checkpoint().write(to: checkpoint)
          lastSaved = Date()
        }
        return !interruption.isRaised && summary.step - first < maximumSteps ?? .max
      }
    }
    communicator.finish()
    guard isFirst else { return }
    try trainer.checkpoint().write(to: checkpoint)
    let state = trainer.stepCount >= trainer.totalSteps ? "finished" : "stopped; run the same command to resume"
    Console.say("\(checkpoint): step \(trainer.stepCount) of \(trainer.totalSteps), \(state)")
    Console.say(speed.report())
  }

  private func start(_ trainer: Trainer, fromModel path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw FileProblem("\(path): cannot read the file; pass a model file (.cooee)")
    }
    try [UInt8](data).withUnsafeBytes { bytes in
      do {
        let model = try AcousticModel(bytes, expectedFeatureContract: FeatureContract.hash)
        try trainer.start(from: model, path: path)
      } catch let error as ModelFileError {
        throw FileProblem("\(path): not a usable model: \(error)")
      } catch let error as ModelImportError { throw FileProblem("\(path): \(error)") }
    }
    Console.say("\(path): initial network; the losses' own parameters and the optimizer start anew")
  }

  private func makeTrainer(_ communicator: any Communicator) throws -> Trainer {
    var recipe = try self.recipe.map(RecipeFile.read) ?? TrainingRecipe()
    if let epochs { recipe.epochs = epochs }
    if let seed { recipe.seed = seed }
    if let shardSeconds { recipe.shardSeconds = shardSeconds }
    if let shards { recipe.shards = shards }
    if let learningRate { recipe.peakLearningRate = learningRate }
    guard recipe.epochs > 0, recipe.shards > 0, recipe.shardSeconds >= 5 else {
      throw ValidationError("epochs and shards must be at least 1 and shard-seconds at least 5")
    }
    let language = try LoadedLanguage(path: language)
    let set = try TrainingSet(
      path: corpus, longestSeconds: recipe.longestSeconds, rooms: heard, teacher: teacher, language: language)
    try set.checkSplit(path: corpus)
    let trainer = try Trainer(set: set, recipe: recipe, communicator: communicator)
    guard communicator.rank == 0 else { return trainer }
    Console.say(
      """
      \(corpus): \(set.items.count) utterances, \(String(format: "%.2f", set.seconds / 3600)) h; skipped \
      \(set.withoutPronunciation) with a word without pronunciation and \(set.tooLong) too long; \(set.noises.count) noises
      \(trainer.bank.valueCount) parameters, \(trainer.totalSteps) steps of \(recipe.shards) × \(recipe.shardSeconds) s
      """)
    return trainer
  }
}

/// Raised by SIGINT, SIGTERM or SIGHUP; ends a run between two steps. A closed stderr does not end a run.
final class InterruptionFlag: @unchecked Sendable {
  private let raised = Atomic<Bool>(false)
  private let sources: [any DispatchSourceSignal]

  init() {
    var sources: [any DispatchSourceSignal] = []
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number, SIG_IGN)
      sources.append(DispatchSource.makeSignalSource(signal: number, queue: .global()))
    }
    self.sources = sources
    for source in sources {
      source.setEventHandler { [weak self] in self?.raised.store(true, ordering: .relaxed) }
      source.resume()
    }
  }

  var isRaised: Bool { raised.load(ordering: .relaxed) }
}

/// Averages of the losses, appended to a table every 50 steps.
struct TrainingLog {
  private static let interval = 50
  private let path: String?
  private var handle: FileHandle?
  private var sum = StepReport()
  private var count = 0
  private var norm: Float = 0
  private var seconds = 0.0
  private var wall = 0.0
  private(set) var note = ""

  /// - Parameter step: the step of the run. Rows that an interrupted run wrote beyond it are removed, since they are
  ///   repeated.
  init(path: String?, after step: Int) throws {
    self.path = path
    guard let path else { return }
    try Self.cut(path, after: step)
    if !FileManager.default.fileExists(atPath: path) {
      let header =
        "step\tepoch\trate\tnorm\tctc\tframe\tphoneme\tutterance\tkeyword\tmatch\tmonotonic\tfalse_alarm\tmodality_phoneme\tmodality_utterance\tphrases\tskipped\thours_per_minute\n"
      guard FileManager.default.createFile(atPath: path, contents: Data(header.utf8)) else {
        throw FileProblem("\(path): cannot write the file; choose another --log")
      }
    }
    handle = FileHandle(forWritingAtPath: path)
    guard handle != nil else { throw FileProblem("\(path): cannot write the file; choose another --log") }
    _ = try handle?.seekToEnd()
  }

  /// Removes an incomplete last line and the last rows of steps after `step`. Removes no rows if the run begins.
  private static func cut(_ path: String, after step: Int) throws {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard attributes?[.type] as? FileAttributeType == .typeRegular,
      let data = FileManager.default.contents(atPath: path), !data.isEmpty
    else { return }
    let text = String(decoding: data, as: UTF8.self)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    while step > 0, let last = lines.last?.split(separator: "\t").first.flatMap({ Int($0) }), last > step {
      lines.removeLast()
    }
    let whole = Data(lines.map { $0 + "\n" }.joined().utf8)
    if whole != data { try whole.replaceFile(at: path) }
  }

  /// A table that cannot be written is reported once and does not end the run.
  mutating func add(_ summary: Trainer.StepSummary) {
    sum.add(summary.report, share: 1)
    count += 1
    norm += summary.gradientNorm
    seconds += summary.audioSeconds
    wall += summary.wallSeconds
    guard summary.step % Self.interval == 0 else { return }
    let n = Float(count)
    let speed = seconds / 3600 / (wall / 60)
    note = String(format: "ctc %.3f, %.2f h of audio per minute", sum.ctc / n, speed)
    let line = String(
      format: "%d\t%d\t%.6f\t%.3f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.3f\t%.3f\t%d\t%d\t%.3f\n",
      summary.step,
      summary.epoch, summary.learningRate, norm / n, sum.ctc / n, sum.frame / n, sum.phoneme / n, sum.utterance / n,
      sum.keyword / n, sum.match / n, sum.monotonic / n, sum.falseAlarm / n, sum.phonemeModalityAccuracy / n,
      sum.utteranceModalityAccuracy / n, sum.phraseCount / count,
      sum.skippedUtterances, speed)
    do {
      try handle?.write(contentsOf: Data(line.utf8))
    } catch {
      Console.say("\(path ?? ""): cannot write the file (\(error.localizedDescription)); training continues without it")
      handle = nil
    }
    sum = StepReport()
    (count, norm, seconds, wall) = (0, 0, 0, 0)
  }
}

/// A recipe as JSON.
enum RecipeFile {
  static func read(_ path: String) throws -> TrainingRecipe {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw FileProblem("\(path): cannot read the file; recipes are in models/recipes")
    }
    do {
      return try TrainingRecipe(overridingDefaultsWith: data)
    } catch {
      throw FileProblem("\(path): invalid recipe (\(error)); see models/recipes/base-stage1.json for an example")
    }
  }
}

/// A language file held in memory.
final class LoadedLanguage {
  private let memory: UnsafeMutableRawBufferPointer
  let file: LanguageFile
  private var remembered: [NormalizedWord: [[WordPronunciation]]] = [:]

  init(path: String) throws {
    guard let data = FileManager.default.contents(atPath: path), !data.isEmpty else {
      throw FileProblem("\(path): cannot read the file; create a language file with `cooee-train lexicon`")
    }
    memory = UnsafeMutableRawBufferPointer.allocate(byteCount: data.count, alignment: 64)
    data.copyBytes(to: memory)
    do {
      file = try LanguageFile(UnsafeRawBufferPointer(memory))
    } catch {
      throw FileProblem("\(path): not a usable language file (\(error)); create one with `cooee-train lexicon`")
    }
  }

  deinit { memory.deallocate() }

  /// All pronunciations of each word of a text; nil if a word has none. Remembers each word, because a corpus repeats its
  /// words and looking them up is slow. Not safe to use from several threads.
  func pronunciations(_ text: String) -> [[[UInt8]]]? {
    let pronouncer = Pronouncer(file)
    let words = try? pronouncer.words(of: text.lowercased(), maximumWordCount: .max) { word throws(EnrollmentError) in
      if let ways = remembered[word] { return ways }
      let ways = try pronouncer.ways(toSay: word)
      remembered[word] = ways
      return ways
    }
    return words?.map(\.pronunciations)
  }
}

/// Messages on stderr.
enum Console {
  static func say(_ text: String) { ProgressLine.tell(text + "\n") }
}
