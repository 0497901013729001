import ModelFormat

/// The composition of an hour of talk: kinds of talkers and recording conditions.
///
/// The section `MIXT`. Rates of false alarms differ tenfold between careful readers and many voices at cheap
/// microphones, and between conditions, so a rate is meaningful only for a named mix. Each kind occurs in each
/// condition. The share of a pair is the product of the two shares.
///
/// | field | type |
/// |---|---|
/// | kinds, conditions | `u32`, `u32`: 1…8 of each |
/// | of each kind, then of each condition: share of the time | `f32`, 0…1; those of the kinds sum to 1, as do those of the conditions |
/// | bytes of the name, name | `u32` 1…64, UTF-8 |
public struct BackgroundMix: Equatable, Sendable {
  /// A kind or a condition.
  public struct Part: Equatable, Sendable {
    /// A short description for people.
    public var name: String
    /// The share of the time, 0…1.
    public var share: Float

    /// Creates a part from its members.
    public init(name: String, share: Float) {
      self.name = name
      self.share = share
    }
  }

  /// The maximum number of kinds and of conditions.
  public static let maximumPartCount = 8
  static let maximumNameByteCount = 64

  /// The kinds of talkers. A kind with a share of 0 is reported but does not count in the mix.
  public let kinds: [Part]
  /// The conditions. The first is speech as it was recorded, without noise.
  public let conditions: [Part]

  /// The mix of the released files. Half of the talk is as on radio and television, half is many voices. Half of it is
  /// in quiet, a quarter in household noise 10 dB below the speech, and a quarter from across a room.
  public static let home = BackgroundMix(
    kinds: [
      Part(name: "practised readers", share: 0.5), Part(name: "everyday voices", share: 0.5),
      Part(name: "learners and children", share: 0),
    ],
    conditions: [
      Part(name: "in quiet", share: 0.5), Part(name: "in noise", share: 0.25), Part(name: "across a room", share: 0.25),
    ])

  /// Creates a mix from its parts.
  ///
  /// - Precondition: 1…8 kinds and 1…8 conditions, with names of 1…64 bytes, and shares of each that sum to 1.
  public init(kinds: [Part], conditions: [Part]) {
    for parts in [kinds, conditions] {
      precondition(BackgroundMix.fault(of: parts) == nil, "a mix has 1…8 named parts whose shares sum to 1")
    }
    self.kinds = kinds
    self.conditions = conditions
  }

  init(_ reader: inout SectionReader) throws(BackgroundSpeechError) {
    let kindCount = try BackgroundMix.count(&reader)
    let conditionCount = try BackgroundMix.count(&reader)
    kinds = try BackgroundMix.parts(&reader, kindCount)
    conditions = try BackgroundMix.parts(&reader, conditionCount)
    try readingBackground { () throws(ContainerError) in try reader.expectEnd() }
  }

  var bytes: [UInt8] {
    var section: [UInt8] = []
    section.appendLittleEndian(UInt32(kinds.count))
    section.appendLittleEndian(UInt32(conditions.count))
    for part in kinds + conditions {
      section.appendLittleEndian(part.share)
      section.appendLittleEndian(UInt32(part.name.utf8.count))
      section.append(contentsOf: part.name.utf8)
    }
    return section
  }

  private static func count(_ reader: inout SectionReader) throws(BackgroundSpeechError) -> Int {
    let count = try reader.backgroundInteger()
    guard count >= 1 && count <= UInt32(maximumPartCount) else {
      throw .count(field: .mixParts, found: count, maximum: maximumPartCount)
    }
    return Int(count)
  }

  private static func parts(_ reader: inout SectionReader, _ count: Int) throws(BackgroundSpeechError) -> [Part] {
    var parts: [Part] = []
    for _ in 0..<count {
      let share = try readingBackground { () throws(ContainerError) in try reader.float() }
      let length = try reader.backgroundInteger()
      guard length >= 1 && length <= UInt32(maximumNameByteCount) else {
        throw .count(field: .nameBytes, found: length, maximum: maximumNameByteCount)
      }
      let name = try readingBackground { () throws(ContainerError) in try reader.bytes(UInt64(length)) }
      guard let text = String(validating: name, as: UTF8.self) else { throw .share(part: parts.count, found: share) }
      parts.append(Part(name: text, share: share))
    }
    if let part = fault(of: parts) { throw .share(part: part, found: parts[part].share) }
    return parts
  }

  /// The first invalid part; `nil` if all are valid.
  private static func fault(of parts: [Part]) -> Int? {
    guard !parts.isEmpty && parts.count <= maximumPartCount else { return 0 }
    var sum: Float = 0
    for (index, part) in parts.enumerated() {
      let length = part.name.utf8.count
      guard part.share >= 0 && part.share <= 1 && length >= 1 && length <= maximumNameByteCount else { return index }
      sum += part.share
    }
    return abs(sum - 1) < 0.001 ? nil : parts.count - 1
  }
}
