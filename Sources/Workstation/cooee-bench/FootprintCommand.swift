import ArgumentParser
import AudioFrontEnd
import CoreMemory
import Foundation
import KeywordSpotting
import ModelFormat

struct FootprintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "footprint",
    abstract: "Report the flash and memory of listening without an operating system, by part.",
    discussion: """
      Memory is the part of the firmware's buffer that the streaming core uses, measured by its start-up code. Pointers have \
      8 bytes on this machine and 4 on a microcontroller, so a board needs slightly less. The stack and the variables of the \
      image are not included.

      Examples:
        cooee-bench footprint --model models/tiny.cooee
        cooee-bench footprint --model models/base.cooee --phrases 3 --image .build/microcontroller/cortex-m4.elf --json
      """)

  @OptionGroup var options: BenchModelOptions
  @Option(help: "Number of phrases. You can repeat the option.")
  var phrases: [Int] = [1, 10, 100]
  @Option(help: "Pronunciations per phrase, 1 to 8.")
  var variants = 2
  @Option(help: "Phonemes per pronunciation.")
  var phonemes = 12
  @Option(help: "Past frames of 40 ms that the verifier keeps.")
  var historyFrames = SpotterConfiguration().historyFrames
  @Option(help: "Linked firmware image (32-bit ELF) whose flash size to report.")
  var image: String?
  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (1...Enrollment.maximumVariantCount).contains(variants), (1...PhraseLimits.phonemeCount).contains(phonemes),
      historyFrames >= 1, phrases.allSatisfy({ (1...PhraseLimits.phraseCount).contains($0) })
    else {
      throw ValidationError(
        "counts must be at least 1, with at most 8 variants of 48 phonemes and 1000 phrases")
    }
  }

  func run() throws {
    let (model, fileBytes) = try options.open()
    var configuration = SpotterConfiguration()
    configuration.historyFrames = historyFrames
    let listening = phrases.map { count in
      let counted = CountedPhrases(
        phraseCount: count, variantCount: variants, phonemeCount: phonemes, dimension: model.embeddingDimension)
      return FootprintReport.Listening(model, counted, configuration)
    }
    let report = FootprintReport(
      model: try options.modelPath(), modelBytes: fileBytes, variantsPerPhrase: variants,
      phonemesPerVariant: phonemes, historyFrames: historyFrames, image: try image.map(Self.open),
      frontEndBytes: FeatureExtractor.requiredByteCount, encoderBytes: StreamingEncoder.requiredByteCount(model),
      posteriorBytes: PosteriorLayer.requiredByteCount(model),
      verifierBytes: Verifier.requiredByteCount(model, historyFrames: historyFrames), listening: listening)
    if json { try printJSON(report) } else { print(report.table) }
  }

  private static func open(_ path: String) throws -> FirmwareImage {
    let bytes: [UInt8]
    do {
      bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw failure(66, "cannot open the image \(path): \(error.localizedDescription)")
    }
    do throws(FirmwareImage.Fault) {
      return try FirmwareImage(bytes)
    } catch {
      switch error {
      case .otherKind: throw failure(65, "the image \(path) is not a 32-bit little-endian ELF file")
      case .truncated: throw failure(65, "the image \(path) ends before its section headers")
      }
    }
  }
}

/// Phrases with given sizes and dummy content: the same few phonemes and zeros.
final class CountedPhrases: Sequence {
  let phraseCount: Int
  let variantCount: Int
  private let phonemes: UnsafeMutableBufferPointer<UInt8>
  private let embeddings: UnsafeMutableBufferPointer<Float>
  private let dimension: Int

  /// The iterated views are valid while this object exists.
  init(phraseCount: Int, variantCount: Int, phonemeCount: Int, dimension: Int) {
    self.phraseCount = phraseCount
    self.variantCount = variantCount
    self.dimension = dimension
    phonemes = .allocate(capacity: phonemeCount)
    phonemes.initialize(repeating: 1)
    embeddings = .allocate(capacity: phonemeCount * dimension)
    embeddings.initialize(repeating: 0)
  }

  deinit {
    phonemes.deallocate()
    embeddings.deallocate()
  }

  /// Bytes of a phrase file with these phrases and texts of 16 letters. Header and padding add less than 300 bytes.
  var fileBytes: Int {
    let record = 4 + (2 * phonemes.count + 3) / 4 * 4 + 4 * (embeddings.count + dimension)
    return phraseCount * (4 + 16 + 12 + variantCount * record)
  }

  func makeIterator() -> AnyIterator<PhraseVariantView> {
    var next = 0
    return AnyIterator { [self] in
      guard next < phraseCount * variantCount else { return nil }
      defer { next += 1 }
      return PhraseVariantView(
        phonemes: UnsafeBufferPointer(phonemes), phonemeEmbeddings: UnsafeBufferPointer(embeddings),
        utteranceEmbedding: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(embeddings)[..<dimension]),
        phraseIndex: next / variantCount, variantIndex: next % variantCount, threshold: 0.5)
    }
  }
}
