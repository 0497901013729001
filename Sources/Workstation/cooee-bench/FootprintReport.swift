import Foundation
import KeywordSpotting
import ModelFormat

/// Flash and memory in bytes, as printed by `cooee-bench footprint --json`.
struct FootprintReport: Encodable {
  /// The parts that depend on the number of phrases.
  struct Listening: Encodable {
    var phraseCount: Int
    /// Phonemes, embeddings and texts, in flash.
    var phraseFileBytes: Int
    var matcherBytes: Int
    var decisionBytes: Int
    /// The list of variants, buffers of one frame, and the silence at the end of a stream.
    var otherBytes: Int
    /// All memory that the firmware gives to the core.
    var memoryBytes: Int

    init(_ model: AcousticModel, _ phrases: CountedPhrases, _ configuration: SpotterConfiguration) {
      phraseCount = phrases.phraseCount
      phraseFileBytes = phrases.fileBytes
      matcherBytes = PhraseMatcher.requiredByteCount(phrases)
      decisionBytes = Decision.requiredByteCount(phraseCount: phrases.phraseCount)
      memoryBytes = StreamingSpotter.requiredByteCount(model: model, phrases: phrases, configuration: configuration)
      otherBytes = memoryBytes - matcherBytes - decisionBytes
    }
  }

  var model: String
  var modelBytes: Int
  var variantsPerPhrase: Int
  var phonemesPerVariant: Int
  var historyFrames: Int
  var image: FirmwareImage?
  var frontEndBytes: Int
  var encoderBytes: Int
  var posteriorBytes: Int
  var verifierBytes: Int
  var listening: [Listening]

  init(
    model: String, modelBytes: Int, variantsPerPhrase: Int, phonemesPerVariant: Int, historyFrames: Int,
    image: FirmwareImage?, frontEndBytes: Int, encoderBytes: Int, posteriorBytes: Int, verifierBytes: Int,
    listening: [Listening]
  ) {
    self.model = model
    self.modelBytes = modelBytes
    self.variantsPerPhrase = variantsPerPhrase
    self.phonemesPerVariant = phonemesPerVariant
    self.historyFrames = historyFrames
    self.image = image
    self.frontEndBytes = frontEndBytes
    self.encoderBytes = encoderBytes
    self.posteriorBytes = posteriorBytes
    self.verifierBytes = verifierBytes
    let fixed = frontEndBytes + encoderBytes + posteriorBytes + verifierBytes
    self.listening = listening.map {
      var listening = $0
      listening.otherBytes -= fixed
      return listening
    }
  }

  /// The report for display.
  var table: String {
    func row(_ name: String, _ values: [Int]) -> String {
      name.padding(toLength: 34, withPad: " ", startingAt: 0)
        + values.map { String(format: "%12d", $0) }.joined()
    }
    func fixed(_ name: String, _ bytes: Int) -> String { row(name, listening.map { _ in bytes }) }
    var lines = [
      "model \(model), \(variantsPerPhrase) variants of \(phonemesPerVariant) phonemes per phrase, \(historyFrames) frames kept",
      "",
      row("phrases", listening.map(\.phraseCount)),
      "flash in bytes",
    ]
    if let image {
      lines += [
        fixed("  code", image.codeBytes), fixed("  constants and data", image.constantBytes + image.dataBytes),
      ]
    }
    lines += [
      fixed("  model", modelBytes), row("  phrases", listening.map(\.phraseFileBytes)),
      row("  total", listening.map { (image?.flashBytes ?? 0) + modelBytes + $0.phraseFileBytes }),
      "memory in bytes",
      fixed("  front end", frontEndBytes), fixed("  encoder", encoderBytes), fixed("  posteriors", posteriorBytes),
      fixed("  verifier", verifierBytes), row("  matcher", listening.map(\.matcherBytes)),
      row("  decision", listening.map(\.decisionBytes)), row("  other", listening.map(\.otherBytes)),
      row("  total", listening.map(\.memoryBytes)),
    ]
    return lines.joined(separator: "\n")
  }
}
