import ArgumentParser
import Foundation
import Training

extension CorpusLayout: ExpressibleByArgument {}

struct PrepareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare",
    abstract: "Decode corpora into one memory-mapped file for training.",
    discussion: """
      A corpus is a folder with one of these layouts. The layout is detected unless you give --layout:
        manifest      manifest.tsv with the columns path, split, speaker, seconds, text (empty for noise)
                      and optionally group, the kind of speaker (child, native, non-native). evaluate
                      reports results by group. The default group is the name of the corpus.
        common-voice  clips/ and train.tsv, dev.tsv, test.tsv as in a Common Voice download
        librispeech   speaker/chapter/*.flac with *.trans.txt, as in a LibriSpeech download
      A file alignments.tsv in the folder (utterance, tier, start, end, label; seconds, ARPAbet) is included.
      Recordings may have any sample rate and number of channels. They are converted to 16 kHz mono, 115 MB an hour.

      The output is written to a temporary file and moved into place at the end, so an interrupted run leaves no
      partial file. A clip that cannot be decoded is reported and skipped.

      Examples:
        cooee-train prepare --corpus LibriSpeech/train-clean-100 --corpus my-noise --output train.cooeecorpus
        cooee-train prepare --corpus LibriSpeech/dev-clean --split dev --output dev.cooeecorpus

      Exit status: 0 the file was written, 1 it was not, 64 the command line is wrong.
      """)

  @Option(name: .long, parsing: .upToNextOption, help: "Corpus folders. You can repeat the option.")
  var corpus: [String]

  @Option(help: "Prepared file to write.")
  var output: String

  @Option(help: "Clips to include: train, dev, test or all.")
  var split: String = "train"

  @Option(help: "Layout of every folder: manifest, common-voice or librispeech.")
  var layout: CorpusLayout?

  @Option(help: "Decoding threads (default: one per core).")
  var workers: Int?

  func validate() throws {
    guard ["train", "dev", "test", "all"].contains(split) else {
      throw ValidationError("--split \(split): must be train, dev, test or all")
    }
    if let workers, workers < 1 { throw ValidationError("--workers \(workers): must be at least 1") }
  }

  func run() throws {
    var preparation = CorpusPreparation(split: split == "all" ? nil : split)
    for folder in corpus {
      let added = try preparation.add(folder: folder, layout: layout)
      Console.say("\(added.corpus): \(added.clipCount) clips")
    }
    let progress = ProgressLine("prepare", total: preparation.clipCount)
    let report = try preparation.run(
      output: output, workerCount: workers, progress: { done, _ in progress.update(done) },
      problem: { line in Console.say("warning: \(line)") })
    let hours = String(format: "%.2f", Double(report.sampleCount) / 16_000 / 3_600)
    Console.say("\(output): \(report.utteranceCount) clips, \(hours) h, \(report.noiseCount) of them noise")
    if report.unreadableCount > 0 {
      Console.say("skipped \(report.unreadableCount) recordings that could not be decoded")
    }
    if report.unreadableTextCount > 0 {
      Console.say("skipped \(report.unreadableTextCount) clips whose transcript is not English text")
    }
  }
}
