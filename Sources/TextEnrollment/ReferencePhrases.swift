import ModelFormat

/// What ordinary phrases do in the speech of a background file: the section `REFS`.
///
/// Measured when the file was made, with phrases drawn from what is said there. It tells of the model, not of any one phrase,
/// and stands in for what a phrase's own few candidates do not show.
///
/// | field | type |
/// |---|---|
/// | levels: first logit, step above 0, count L | `f32`, `f32`, `u32` 2…256 |
/// | ``TypicalDecline`` over the mix, then of each kind, then of each condition: rate, its hours, weight, survivals | `f32`, `f32`, `f32`, `f32[L − 1]` |
/// | count of matches | `u32`, at most 65,536 |
/// | logits of matches, ascending | `f32[count]` |
public struct ReferencePhrases: Equatable, Sendable {
  public var levels: DeclineLevels
  /// Over the mix.
  public var mixed: TypicalDecline
  /// Of each of ``BackgroundMix/kinds``.
  public var kinds: [TypicalDecline]
  /// Of each of ``BackgroundMix/conditions``.
  public var conditions: [TypicalDecline]
  /// The best logit where a phrase was said, one for each time, as it would be with pauses around it, ascending; ``leastLogit``
  /// where there was no candidate at all.
  public var matchLogits: [Float]

  static let maximumMatchCount = 1 << 16
  /// Stands for the logit of what was not found at all.
  public static let leastLogit: Float = -100

  /// - Precondition: every decline has one share less than there are levels.
  public init(
    levels: DeclineLevels, mixed: TypicalDecline, kinds: [TypicalDecline], conditions: [TypicalDecline],
    matchLogits: [Float]
  ) {
    for decline in [mixed] + kinds + conditions { precondition(decline.survival.count == levels.count - 1) }
    self.levels = levels
    self.mixed = mixed
    self.kinds = kinds
    self.conditions = conditions
    self.matchLogits = matchLogits.sorted()
  }

  init(_ reader: inout SectionReader, _ mix: BackgroundMix) throws(BackgroundSpeechError) {
    let first = try readingBackground { () throws(ContainerError) in try reader.float() }
    guard abs(first) <= 100 else { throw .notFinite(section: reader.id, index: 0) }
    let step = try readingBackground { () throws(ContainerError) in try reader.float() }
    guard step >= 0.01 && step <= 100 else { throw .notFinite(section: reader.id, index: 1) }
    let levelCount = try reader.backgroundInteger()
    guard levelCount >= 2 && levelCount <= UInt32(DeclineLevels.maximumCount) else {
      throw .count(field: .levels, found: levelCount, maximum: DeclineLevels.maximumCount)
    }
    let levels = DeclineLevels(first: first, step: step, count: Int(levelCount))
    self.levels = levels
    mixed = try ReferencePhrases.decline(&reader, levels, index: 0)
    var kinds: [TypicalDecline] = []
    for _ in mix.kinds { kinds.append(try ReferencePhrases.decline(&reader, levels, index: 1 + kinds.count)) }
    self.kinds = kinds
    var conditions: [TypicalDecline] = []
    for _ in mix.conditions {
      conditions.append(try ReferencePhrases.decline(&reader, levels, index: 1 + kinds.count + conditions.count))
    }
    self.conditions = conditions
    let count = try reader.backgroundInteger()
    guard count <= UInt32(ReferencePhrases.maximumMatchCount) else {
      throw .count(field: .matches, found: count, maximum: ReferencePhrases.maximumMatchCount)
    }
    let logits = try readingBackground { () throws(ContainerError) in try reader.floats(UInt64(count)) }
    let fieldsBefore = 3 + (1 + kinds.count + conditions.count) * (levels.count + 2)
    for (index, logit) in logits.enumerated() {
      guard logit.isFinite else { throw .notFinite(section: reader.id, index: fieldsBefore + 1 + index) }
      guard index == 0 || logits[index - 1] <= logit else { throw .notAscending(section: reader.id, index: index) }
    }
    try readingBackground { () throws(ContainerError) in try reader.expectEnd() }
    matchLogits = logits
  }

  /// Reads the decline of an index, the mix's being 0.
  private static func decline(
    _ reader: inout SectionReader, _ levels: DeclineLevels, index: Int
  ) throws(BackgroundSpeechError) -> TypicalDecline {
    let fields = try readingBackground { () throws(ContainerError) in try reader.floats(UInt64(levels.count + 2)) }
    for (field, value) in fields.enumerated() {
      // Nothing that is divided by can be 0, and no product can overflow.
      guard value >= 1e-9 && value <= (field < 3 ? 1e9 : 1) else {
        throw .notFinite(section: reader.id, index: 3 + index * (levels.count + 2) + field)
      }
    }
    return TypicalDecline(
      ratePerHour: fields[0], rateHours: fields[1], weight: fields[2], survival: Array(fields[3...]))
  }

  var bytes: [UInt8] {
    var section: [UInt8] = []
    section.appendLittleEndian(levels.first)
    section.appendLittleEndian(levels.step)
    section.appendLittleEndian(UInt32(levels.count))
    for decline in [mixed] + kinds + conditions {
      section.appendLittleEndian([decline.ratePerHour, decline.rateHours, decline.weight])
      section.appendLittleEndian(decline.survival)
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
