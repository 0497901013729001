import Foundation

extension PairReport {
  /// One table per convention of positives.
  public var markdown: String {
    func table(_ results: [PairResult]) -> String {
      var table = MarkdownTable([
        "negatives", "words", "positives", "negatives", "EER %", "95 %", "AUC %", "95 %", "AP %", "95 %",
        "TPR % at 1 % FPR", "95 %",
      ])
      for result in results {
        table.append([
          result.negatives.rawValue, result.wordCount.map(String.init) ?? "all", "\(result.positiveCount)",
          "\(result.negativeCount)", percent(result.equalErrorRate), percent(result.equalErrorRateInterval),
          percent(result.areaUnderCurve), percent(result.areaUnderCurveInterval),
          percent(result.averagePrecision), percent(result.averagePrecisionInterval),
          percent(result.truePositiveRateAt1PercentFalsePositives),
          percent(result.truePositiveRateAt1PercentFalsePositivesInterval),
        ])
      }
      return table.text
    }
    return "Positives from other speakers (the anchor's own recording if there are none)\n\n\(table(otherSpeakers))\n"
      + "Positives are the anchors' own recordings\n\n\(table(ownRecording))" + groupsMarkdown
  }

  /// Empty if all anchors belong to one group.
  private var groupsMarkdown: String {
    guard groups.count > 1 else { return "" }
    var table = MarkdownTable([
      "speakers of the anchor", "anchors", "easy: EER %", "95 %", "hard: EER %", "95 %", "own, easy: EER %", "95 %",
      "own, hard: EER %", "95 %",
    ])
    for group in groups {
      let results = [group.otherSpeakers, group.ownRecording].flatMap { results in
        [PairKind.easy, .hard].map { kind in results.first { $0.negatives == kind } }
      }
      table.append(
        [group.name, "\(group.anchorCount)"]
          + results.flatMap { [$0.map { percent($0.equalErrorRate) } ?? "", percent($0?.equalErrorRateInterval)] })
    }
    return "\nBy group of the anchor's speaker\n\n" + table.text
  }
}

extension ModalityReport {
  /// A table of retrieval and gaps.
  public var markdown: String {
    var table = MarkdownTable(["embeddings of audio and text", "value", "95 %"])
    table.append(["top-1 audio to text, %", percent(audioToTextTop1), percent(audioToTextTop1Interval)])
    table.append(["top-1 text to audio, %", percent(textToAudioTop1), percent(textToAudioTop1Interval)])
    func append(_ gap: ModalityGap, _ unit: String) {
      func row(_ name: String, _ value: Double, _ interval: ConfidenceInterval?) {
        let bounds = interval.map { String(format: "%.4f-%.4f", $0.lower, $0.upper) } ?? ""
        table.append(["\(unit): \(name)", String(format: "%.4f", value), bounds])
      }
      table.append(["\(unit): pairs", "\(gap.pairCount)", ""])
      row("mean cosine of a pair", gap.meanMatchedCosine, gap.meanMatchedCosineInterval)
      row("distance of the centroids", gap.centroidDistance, gap.centroidDistanceInterval)
      row("maximum mean discrepancy", gap.maximumMeanDiscrepancy, gap.maximumMeanDiscrepancyInterval)
    }
    append(utterances, "phrases")
    if let phonemes { append(phonemes, "phonemes") }
    return table.text
  }
}

extension PhonemeReport {
  /// Tables by corpus and by group of speakers.
  public var markdown: String {
    func table(_ heading: String, _ results: [Result]) -> String {
      var table = MarkdownTable([
        heading, "utterances", "phonemes", "PER %", "95 %", "substituted %", "inserted %", "deleted %",
      ])
      for result in results {
        table.append([
          result.corpus, "\(result.utteranceCount)", "\(result.phonemeCount)", percent(result.phonemeErrorRate),
          percent(result.phonemeErrorRateInterval), percent(result.substitutionRate), percent(result.insertionRate),
          percent(result.deletionRate),
        ])
      }
      return table.text
    }
    return table("corpus", results) + (groups.isEmpty ? "" : "\n" + table("speakers", groups))
      + (skippedCount > 0 ? "\n\(skippedCount) utterances with unpronounceable words skipped\n" : "")
  }
}

extension AlignmentComparison {
  /// A table of the comparison.
  public var markdown: String {
    func milliseconds(_ seconds: Double) -> String { String(format: "%.1f", 1_000 * seconds) }
    var table = MarkdownTable(["word boundaries against the reference", "value"])
    table.append(["utterances compared", "\(utteranceCount)"])
    table.append(["utterances missing or spelled differently", "\(skippedCount)"])
    table.append(["boundaries", "\(boundaryCount)"])
    table.append(["mean absolute error, ms", milliseconds(meanAbsoluteErrorSeconds)])
    table.append(["median absolute error, ms", milliseconds(medianAbsoluteErrorSeconds)])
    table.append(["mean error of starts, ms", milliseconds(meanStartErrorSeconds)])
    table.append(["mean error of ends, ms", milliseconds(meanEndErrorSeconds)])
    table.append(["within 50 ms, %", percent(shareWithin50Milliseconds)])
    table.append(["within 100 ms, %", percent(shareWithin100Milliseconds)])
    return table.text
  }
}
