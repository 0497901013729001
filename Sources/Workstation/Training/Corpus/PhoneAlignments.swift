import KeywordSpotting

/// The phone tier of an `alignments.tsv`: `utterance tier start end label`, times in seconds, labels in ARPAbet.
struct PhoneAlignments {
  private var segments: [String: [LabeledPhone]] = [:]

  /// Reads the file. Stress digits are dropped. `sil`, `sp`, `spn` and any other label that is not a phoneme become 39.
  ///
  /// - Throws: `cannotRead`, `missingColumn`, `malformedLine`.
  init(path: String) throws(CorpusError) {
    let table = try TabSeparatedTable(path: path)
    let utterance = try table.index(of: "utterance")
    let tier = try table.index(of: "tier")
    let start = try table.index(of: "start")
    let end = try table.index(of: "end")
    let label = try table.index(of: "label")
    var segments: [String: [LabeledPhone]] = [:]
    try table.forEachRow { row throws(CorpusError) in
      guard row[tier].hasPrefix("phone"), let from = Double(row[start]), let to = Double(row[end]), to > from,
        from >= 0, to < 1e6
      else { return }
      let phoneme = Phoneme(arpabet: row[label])?.rawValue ?? UInt8(Phoneme.blankIndex)
      segments[row[utterance], default: []].append(
        LabeledPhone(start: Int((from * 16_000).rounded()), end: Int((to * 16_000).rounded()), phoneme: phoneme))
    }
    self.segments = segments.mapValues { $0.sorted { $0.start < $1.start } }
  }

  /// The phones of a clip, found by its whole id or by the id's last component, cut at `sampleCount`.
  func phones(of id: String, sampleCount: Int) -> [LabeledPhone] {
    let name = id.split(separator: "/").last.map(String.init) ?? id
    return (segments[id] ?? segments[name] ?? []).compactMap { segment in
      guard segment.start < sampleCount else { return nil }
      return LabeledPhone(start: segment.start, end: min(segment.end, sampleCount), phoneme: segment.phoneme)
    }
  }
}
