import ModelFormat

/// What ordinary phrases do in the speech of a background file: the section `REFS`.
///
/// Measured when the file was made, with phrases drawn from what is said there. It tells of the model, not of any one phrase,
/// and stands in for what a phrase's own few candidates do not show.
///
/// Short phrases are mistaken often and for much alike, long ones hardly ever, and then by speech that the model follows badly; so
/// phrases are told apart by their length.
///
/// | field | type |
/// |---|---|
/// | levels: first logit, step above 0, count L | `f32`, `f32`, `u32` 2…256 |
/// | lengths N | `u32`, 1…8 |
/// | of each length: least phoneme count, ascending from 0 | `u32` |
/// | its ``TypicalDecline`` over the mix, then of each kind, then of each condition: rate, its hours, weight, survivals | `f32`, `f32`, `f32`, `f32[L − 1]` |
/// | count of matches | `u32`, at most 65,536 |
/// | logits of matches, ascending | `f32[count]` |
public struct ReferencePhrases: Equatable, Sendable {
  /// What phrases of some length do.
  public struct Length: Equatable, Sendable {
    /// Of phrases with so many phonemes and more, below the next length's.
    public var leastPhonemeCount: Int
    /// Over the mix.
    public var mixed: TypicalDecline
    /// Of each of ``BackgroundMix/kinds``.
    public var kinds: [TypicalDecline]
    /// Of each of ``BackgroundMix/conditions``.
    public var conditions: [TypicalDecline]

    public init(
      leastPhonemeCount: Int, mixed: TypicalDecline, kinds: [TypicalDecline], conditions: [TypicalDecline]
    ) {
      self.leastPhonemeCount = leastPhonemeCount
      self.mixed = mixed
      self.kinds = kinds
      self.conditions = conditions
    }

    fileprivate var declines: [TypicalDecline] { [mixed] + kinds + conditions }
  }

  public var levels: DeclineLevels
  /// Ascending; the first is from 0 phonemes on.
  public var lengths: [Length]
  /// The best logit where a phrase was said, one for each time, as it would be with pauses around it, ascending; ``leastLogit``
  /// where there was no candidate at all.
  public var matchLogits: [Float]

  static let maximumLengthCount = 8
  static let maximumMatchCount = 1 << 16
  /// Stands for the logit of what was not found at all.
  public static let leastLogit: Float = -100

  /// - Precondition: there is a length, the first from 0 on, and every decline has one share less than there are levels.
  public init(levels: DeclineLevels, lengths: [Length], matchLogits: [Float]) {
    precondition(lengths.first?.leastPhonemeCount == 0 && lengths.count <= ReferencePhrases.maximumLengthCount)
    for length in lengths {
      for decline in length.declines { precondition(decline.survival.count == levels.count - 1) }
    }
    self.levels = levels
    self.lengths = lengths
    self.matchLogits = matchLogits.sorted()
  }

  /// What phrases of so many phonemes do.
  public func length(phonemeCount: Int) -> Length {
    var found = lengths[0]
    for length in lengths where length.leastPhonemeCount <= phonemeCount { found = length }
    return found
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
    let lengthCount = try reader.backgroundInteger()
    guard lengthCount >= 1 && lengthCount <= UInt32(ReferencePhrases.maximumLengthCount) else {
      throw .count(field: .lengths, found: lengthCount, maximum: ReferencePhrases.maximumLengthCount)
    }
    // Fields of four bytes so far, for messages.
    var field = 4
    var lengths: [Length] = []
    for index in 0..<Int(lengthCount) {
      let least = try reader.backgroundInteger()
      guard least <= UInt32(Pronouncer.maximumPhonemeCount) else {
        throw .count(field: .phonemes, found: least, maximum: Pronouncer.maximumPhonemeCount)
      }
      guard index == 0 ? least == 0 : Int(least) > lengths[index - 1].leastPhonemeCount else {
        throw .notAscending(section: reader.id, index: field)
      }
      field += 1
      let mixed = try ReferencePhrases.decline(&reader, levels, &field)
      var kinds: [TypicalDecline] = []
      for _ in mix.kinds { kinds.append(try ReferencePhrases.decline(&reader, levels, &field)) }
      var conditions: [TypicalDecline] = []
      for _ in mix.conditions { conditions.append(try ReferencePhrases.decline(&reader, levels, &field)) }
      lengths.append(Length(leastPhonemeCount: Int(least), mixed: mixed, kinds: kinds, conditions: conditions))
    }
    self.lengths = lengths
    let count = try reader.backgroundInteger()
    guard count <= UInt32(ReferencePhrases.maximumMatchCount) else {
      throw .count(field: .matches, found: count, maximum: ReferencePhrases.maximumMatchCount)
    }
    let logits = try readingBackground { () throws(ContainerError) in try reader.floats(UInt64(count)) }
    for (index, logit) in logits.enumerated() {
      guard logit.isFinite else { throw .notFinite(section: reader.id, index: field + 1 + index) }
      guard index == 0 || logits[index - 1] <= logit else { throw .notAscending(section: reader.id, index: index) }
    }
    try readingBackground { () throws(ContainerError) in try reader.expectEnd() }
    matchLogits = logits
  }

  /// - Parameter field: the index of its first field; moves on.
  private static func decline(
    _ reader: inout SectionReader, _ levels: DeclineLevels, _ field: inout Int
  ) throws(BackgroundSpeechError) -> TypicalDecline {
    let fields = try readingBackground { () throws(ContainerError) in try reader.floats(UInt64(levels.count + 2)) }
    for (index, value) in fields.enumerated() {
      // Nothing that is divided by can be 0, and no product can overflow.
      guard value >= 1e-9 && value <= (index < 3 ? 1e9 : 1) else {
        throw .notFinite(section: reader.id, index: field + index)
      }
    }
    field += fields.count
    return TypicalDecline(
      ratePerHour: fields[0], rateHours: fields[1], weight: fields[2], survival: Array(fields[3...]))
  }

  var bytes: [UInt8] {
    var section: [UInt8] = []
    section.appendLittleEndian(levels.first)
    section.appendLittleEndian(levels.step)
    section.appendLittleEndian(UInt32(levels.count))
    section.appendLittleEndian(UInt32(lengths.count))
    for length in lengths {
      section.appendLittleEndian(UInt32(length.leastPhonemeCount))
      for decline in length.declines {
        section.appendLittleEndian([decline.ratePerHour, decline.rateHours, decline.weight])
        section.appendLittleEndian(decline.survival)
      }
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
