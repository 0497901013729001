import ModelFormat

/// What ordinary phrases do in the speech of a background file: the section `REFS`.
///
/// Measured when the file was made, with phrases drawn from what is said there. It tells of the model, not of any one phrase,
/// and stands in for what a phrase's own few candidates do not show.
///
/// | field | type |
/// |---|---|
/// | as recorded: tail slope, above 0; logit of a candidate | `f32`, `f32` |
/// | augmented: the same | `f32`, `f32` |
/// | count of matches | `u32`, at most 65,536 |
/// | logits of matches, ascending | `f32[count]` |
public struct ReferencePhrases: Equatable, Sendable {
  /// Ordinary phrases in one part of the speech.
  public struct Condition: Equatable, Sendable {
    /// How fast false alarms grow rare: the decrease of the logarithm of their rate per unit of logit, median over the phrases.
    public var tailSlope: Float
    /// The median logit of what is not the phrase and yet became a candidate.
    public var candidateLogit: Float

    public init(tailSlope: Float, candidateLogit: Float) {
      self.tailSlope = tailSlope
      self.candidateLogit = candidateLogit
    }
  }

  /// In speech as it was recorded.
  public var quiet: Condition
  /// In augmented speech.
  public var noisy: Condition
  /// The best logit where a phrase was said, one for each time, as it would be with pauses around it, ascending; ``leastLogit``
  /// where there was no candidate at all.
  public var matchLogits: [Float]

  static let maximumMatchCount = 1 << 16
  /// Stands for the logit of what was not found at all.
  public static let leastLogit: Float = -100

  public init(quiet: Condition, noisy: Condition, matchLogits: [Float]) {
    self.quiet = quiet
    self.noisy = noisy
    self.matchLogits = matchLogits.sorted()
  }

  init(_ reader: inout SectionReader) throws(BackgroundSpeechError) {
    quiet = try ReferencePhrases.condition(&reader, index: 0)
    noisy = try ReferencePhrases.condition(&reader, index: 2)
    let count = try reader.backgroundInteger()
    guard count <= UInt32(ReferencePhrases.maximumMatchCount) else {
      throw .count(field: .matches, found: count, maximum: ReferencePhrases.maximumMatchCount)
    }
    let logits = try readingBackground { () throws(ContainerError) in try reader.floats(UInt64(count)) }
    for (index, logit) in logits.enumerated() {
      guard logit.isFinite else { throw .notFinite(section: reader.id, index: index + 4) }
      guard index == 0 || logits[index - 1] <= logit else { throw .notAscending(section: reader.id, index: index) }
    }
    try readingBackground { () throws(ContainerError) in try reader.expectEnd() }
    matchLogits = logits
  }

  private static func condition(
    _ reader: inout SectionReader, index: Int
  ) throws(BackgroundSpeechError) -> Condition {
    let slope = try readingBackground { () throws(ContainerError) in try reader.float() }
    guard slope > 0 && slope.isFinite else { throw .notFinite(section: reader.id, index: index) }
    let candidate = try readingBackground { () throws(ContainerError) in try reader.float() }
    guard candidate.isFinite else { throw .notFinite(section: reader.id, index: index + 1) }
    return Condition(tailSlope: slope, candidateLogit: candidate)
  }

  var bytes: [UInt8] {
    var section: [UInt8] = []
    for condition in [quiet, noisy] {
      section.appendLittleEndian(condition.tailSlope)
      section.appendLittleEndian(condition.candidateLogit)
    }
    section.appendLittleEndian(UInt32(matchLogits.count))
    section.appendLittleEndian(matchLogits)
    return section
  }

  /// The share of phrases said that score less; nil where too few were said to tell.
  public func missShare(belowLogit logit: Float) -> Float? {
    guard matchLogits.count >= 20 else { return nil }
    var missed = 0
    for match in matchLogits where match < logit { missed += 1 }
    return Float(missed) / Float(matchLogits.count)
  }
}
