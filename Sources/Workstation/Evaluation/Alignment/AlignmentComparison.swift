/// The deviation of an alignment's word boundaries from those of a reference.
public struct AlignmentComparison: Equatable, Sendable, Codable {
  /// Utterances compared, which have the same word sequence in both.
  public var utteranceCount = 0
  /// Utterances of the reference that are missing or spelled differently.
  public var skippedCount = 0
  /// Word starts and word ends compared.
  public var boundaryCount = 0
  /// Mean of the absolute differences.
  public var meanAbsoluteErrorSeconds = 0.0
  /// Median of the absolute differences.
  public var medianAbsoluteErrorSeconds = 0.0
  /// Mean signed difference of word starts (found − reference), which a constant offset or another gap rule would
  /// correct.
  public var meanStartErrorSeconds = 0.0
  /// Mean signed difference of word ends (found − reference).
  public var meanEndErrorSeconds = 0.0
  /// Share of the boundaries within 50 ms.
  public var shareWithin50Milliseconds = 0.0
  /// Share of the boundaries within 100 ms.
  public var shareWithin100Milliseconds = 0.0

  /// Compares utterances by recording name and position. Spelling is compared case-insensitively.
  public init(found: [AlignedUtterance], reference: [AlignedUtterance]) {
    let byID = Dictionary(
      found.map { (AlignmentFile.recordingName($0.id), $0) }, uniquingKeysWith: { first, _ in first })
    var starts: [Double] = []
    var ends: [Double] = []
    for expected in reference {
      guard let actual = byID[AlignmentFile.recordingName(expected.id)],
        actual.words.map({ $0.label.lowercased() }) == expected.words.map({ $0.label.lowercased() })
      else {
        skippedCount += 1
        continue
      }
      utteranceCount += 1
      for (a, b) in zip(actual.words, expected.words) {
        starts.append(a.startSeconds - b.startSeconds)
        ends.append(a.endSeconds - b.endSeconds)
      }
    }
    let errors = (starts + ends).map(abs).sorted()
    boundaryCount = errors.count
    guard boundaryCount > 0 else { return }
    meanAbsoluteErrorSeconds = errors.reduce(0, +) / Double(errors.count)
    medianAbsoluteErrorSeconds = Bootstrap.quantile(errors, 0.5)
    meanStartErrorSeconds = starts.reduce(0, +) / Double(starts.count)
    meanEndErrorSeconds = ends.reduce(0, +) / Double(ends.count)
    shareWithin50Milliseconds = Double(errors.count { $0 <= 0.050_001 }) / Double(errors.count)
    shareWithin100Milliseconds = Double(errors.count { $0 <= 0.100_001 }) / Double(errors.count)
  }
}
