import Foundation

/// What listening costs, as `heed-bench cost --json` prints it.
struct CostReport: Encodable {
  struct Spotting: Encodable {
    var phraseCount: Int
    /// Tokens, verification and decision, on top of the encoder, in processor seconds per second of audio.
    var matchingLoad: Double
    /// Everything from samples to events.
    var totalLoad: Double
    /// Candidates that were verified, per second of audio.
    var candidatesPerSecond: Double
    /// The most memory that the process had resident up to here.
    var peakResidentBytes: Int
  }

  var audioSeconds: Int
  var audioSource: String
  var kernelPath: String
  var model: String
  var modelBytes: Int
  var operationsPerSecond: Int
  var variantsPerPhrase: Int
  var phonemesPerVariant: Int
  /// Processor seconds per second of audio.
  var frontEndLoad: Double
  var encoderLoad: Double
  var posteriorLoad: Double
  /// Before anything was loaded.
  var baselineResidentBytes: Int
  var spotting: [Spotting]

  /// The report for people.
  var table: String {
    func percent(_ load: Double) -> String { String(format: "%8.3f %%", load * 100) }
    func mebibytes(_ bytes: Int) -> String { String(format: "%6.1f MiB", Double(bytes) / 1_048_576) }
    var lines = [
      "model            \(model), \(modelBytes) bytes, \(operationsPerSecond / 1_000_000) million multiply-adds a second",
      "kernel path      \(kernelPath)",
      "audio            \(audioSeconds) s, \(audioSource)",
      "",
      "                                share of one core",
      "front end                            \(percent(frontEndLoad))",
      "encoder                              \(percent(encoderLoad))",
      "posteriors                           \(percent(posteriorLoad))",
    ]
    for spotting in spotting {
      let name = "matching, \(spotting.phraseCount) phrase\(spotting.phraseCount == 1 ? "" : "s")"
      let candidates = String(format: "%.2f candidates/s", spotting.candidatesPerSecond)
      lines.append(
        name.padding(toLength: 37, withPad: " ", startingAt: 0) + percent(spotting.matchingLoad) + "   " + candidates)
    }
    lines += ["", "all together                    share of one core   peak resident memory"]
    for spotting in spotting {
      let name = "samples to events, \(spotting.phraseCount) phrase\(spotting.phraseCount == 1 ? "" : "s")"
      lines.append(
        name.padding(toLength: 37, withPad: " ", startingAt: 0) + percent(spotting.totalLoad) + "   "
          + mebibytes(spotting.peakResidentBytes))
    }
    lines.append(
      "(\(variantsPerPhrase) variants of \(phonemesPerVariant) phonemes a phrase; \(mebibytes(baselineResidentBytes).trimmingCharacters(in: .whitespaces)) were resident before the model was loaded)"
    )
    return lines.joined(separator: "\n")
  }
}
