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
    return "Positives by other speakers (the anchor's own recording where there is none)\n\n\(table(otherSpeakers))\n"
      + "Positives are the anchors' own recordings\n\n\(table(ownRecording))"
  }
}

extension ModalityReport {
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
  public var markdown: String {
    var table = MarkdownTable([
      "corpus", "utterances", "phonemes", "PER %", "95 %", "substituted %", "inserted %", "deleted %",
    ])
    for result in results {
      table.append([
        result.corpus, "\(result.utteranceCount)", "\(result.phonemeCount)", percent(result.phonemeErrorRate),
        percent(result.phonemeErrorRateInterval), percent(result.substitutionRate), percent(result.insertionRate),
        percent(result.deletionRate),
      ])
    }
    return table.text + (skippedCount > 0 ? "\n\(skippedCount) utterances with unpronounceable words left out\n" : "")
  }
}

extension StreamReport {
  public var markdown: String {
    let rates = summaries.map { String(format: "%g", $0.falseAlarmsPerHour) }
    var table = MarkdownTable(
      ["phrase", "said"] + rates.flatMap { ["miss % at \($0)/h", "95 %"] } + [
        "latency ms", "95th ms", "miss % at 0.5", "alarms/h at 0.5",
      ])
    func milliseconds(_ seconds: Double?) -> String { seconds.map { String(format: "%.0f", 1_000 * $0) } ?? "" }
    for phrase in phrases {
      table.append(
        [phrase.text.lowercased(), "\(phrase.occurrenceCount)"]
          + phrase.operatingPoints.flatMap { [percent($0.missRate), percent($0.missRateInterval)] } + [
            milliseconds(phrase.medianLatencySeconds), milliseconds(phrase.latency95thPercentileSeconds),
            percent(phrase.missRateAtHalf), String(format: "%.2f", phrase.falseAlarmsPerHourAtHalf),
          ])
    }
    let said = phrases.reduce(0) { $0 + $1.occurrenceCount }
    table.append(
      ["mean of \(meanPhraseCount)", ""] + summaries.flatMap { [percent($0.meanMissRate), ""] } + ["", "", "", ""])
    table.append(
      ["all said", "\(said)"] + summaries.flatMap { [percent($0.pooledMissRate), ""] } + [
        milliseconds(medianLatencySeconds), milliseconds(latency95thPercentileSeconds), "", "",
      ])
    let noise = signalToNoiseDecibels.map { String(format: "noise at %g dB", $0) } ?? "no noise"
    return String(format: "%.2f h, %@, %d candidates\n\n", streamHours, noise, candidateCount) + table.text
  }
}

extension AlignmentComparison {
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
