import ModelFormat

/// The results of ordinary phrases in the speech of a background file: the section `REFS`.
///
/// Measured when the file was made, with phrases drawn from the words that are said in it. The results describe the
/// model, not a single phrase, and fill in where a phrase has few candidates of its own.
///
/// Short phrases are mistaken often and for similar reasons. Long ones are mistaken rarely, and then in speech that the
/// model follows poorly. The results are therefore separate by length.
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
  /// The results of phrases of a range of lengths.
  public struct Length: Equatable, Sendable {
    /// The smallest phoneme count of these phrases. The range ends below that of the next length.
    public var leastPhonemeCount: Int
    /// For the mix.
    public var mixed: TypicalDecline
    /// For each of ``BackgroundMix/kinds``.
    public var kinds: [TypicalDecline]
    /// For each of ``BackgroundMix/conditions``.
    public var conditions: [TypicalDecline]

    /// Creates a value from its members.
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

  /// The levels of the declines.
  public var levels: DeclineLevels
  /// The results by length, ascending; the first begins at 0 phonemes.
  public var lengths: [Length]
  /// The best logit of each occurrence of a phrase, as it would be with pauses around it, ascending; ``leastLogit`` if
  /// there was no candidate.
  public var matchLogits: [Float]

  static let maximumLengthCount = 8
  static let maximumMatchCount = 1 << 16
  /// Stands for the logit of an occurrence without a candidate.
  public static let leastLogit: Float = -100

  /// Creates a value from its members.
  ///
  /// - Precondition: there is at least one length, the first begins at 0, and every decline has one share less than
  ///   there are levels.
  public init(levels: DeclineLevels, lengths: [Length], matchLogits: [Float]) {
    precondition(lengths.first?.leastPhonemeCount == 0 && lengths.count <= ReferencePhrases.maximumLengthCount)
    for length in lengths {
      for decline in length.declines { precondition(decline.survival.count == levels.count - 1) }
    }
    self.levels = levels
    self.lengths = lengths
    self.matchLogits = matchLogits.sorted()
  }

  /// The results of phrases with this many phonemes.
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
    // Number of four-byte fields read, for error messages.
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

  /// - Parameter field: the index of the first field; advanced by the fields read.
  private static func decline(
    _ reader: inout SectionReader, _ levels: DeclineLevels, _ field: inout Int
  ) throws(BackgroundSpeechError) -> TypicalDecline {
    let fields = try readingBackground { () throws(ContainerError) in try reader.floats(UInt64(levels.count + 2)) }
    for (index, value) in fields.enumerated() {
      // No divisor can be 0, and no product can overflow.
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

  /// The share of occurrences that score below a logit; `nil` if there are fewer than 20.
  public func missShare(belowLogit logit: Float) -> Float? {
    guard matchLogits.count >= 20 else { return nil }
    var missed = 0
    for match in matchLogits where match < logit { missed += 1 }
    return Float(missed) / Float(matchLogits.count)
  }
}
