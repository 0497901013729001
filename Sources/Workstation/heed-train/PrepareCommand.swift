import ArgumentParser
import Foundation
import Training

extension CorpusLayout: ExpressibleByArgument {}

struct PrepareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare",
    abstract: "Decode corpora into one file that training maps into memory.",
    discussion: """
      A corpus is a folder of one of these layouts, found out by itself unless --layout names it:
        manifest      manifest.tsv with the columns path, split, speaker, seconds, text (empty for noise)
                      and, where known, group: what sort of speaker (child, native, non-native), by which
                      evaluate breaks its results down; where it is empty or missing, the corpus' name stands for it
        common-voice  clips/ and train.tsv, dev.tsv, test.tsv as Common Voice is delivered
        librispeech   speaker/chapter/*.flac with *.trans.txt, as LibriSpeech is delivered
      A file alignments.tsv in the folder (utterance, tier, start, end, label; seconds, ARPAbet) is taken along.
      Recordings may have any rate and channel count; they become 16 kHz mono, 115 MB an hour.

      The output is written beside its place and moved there at the end, so an interrupted run leaves no half file.
      A clip that cannot be decoded is named and left out.

      Examples:
        heed-train prepare --corpus LibriSpeech/train-clean-100 --corpus my-noise --output train.heedcorpus
        heed-train prepare --corpus LibriSpeech/dev-clean --split dev --output dev.heedcorpus

      Exit codes: 0 the file was written, 1 it was not, 64 the command line is wrong.
      """)

  @Option(name: .long, parsing: .upToNextOption, help: "Folders of corpora; the option may be repeated.")
  var corpus: [String]

  @Option(help: "The prepared file to write.")
  var output: String

  @Option(help: "Which clips: train, dev, test or all.")
  var split: String = "train"

  @Option(help: "Layout of every folder: manifest, common-voice or librispeech.")
  var layout: CorpusLayout?

  @Option(help: "Decoding threads (default: one per core).")
  var workers: Int?

  func validate() throws {
    guard ["train", "dev", "test", "all"].contains(split) else {
      throw ValidationError("--split \(split): accepted are train, dev, test, all")
    }
    if let workers, workers < 1 { throw ValidationError("--workers \(workers): at least 1") }
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
      Console.say("left out: \(report.unreadableCount) recordings that could not be decoded")
    }
    if report.unreadableTextCount > 0 {
      Console.say("left out: \(report.unreadableTextCount) clips whose transcript is not English text")
    }
  }
}
