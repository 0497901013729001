import Foundation
import KeywordSpotting
import ModelFormat
import Testing
import TextEnrollment

@Suite struct SoundModelTests {
  /// A model with random weights in a few slots, and its bytes.
  private struct DrawnModel {
    static let bucketBits = 3
    let templates: [(before: Int, after: Int, phonemes: Int)] = [(0, 0, 0), (1, 1, 0), (0, 2, 1), (0, 0, 2)]
    let scale: Float = 0.125
    /// The symbols of all letters: nothing, three last phonemes, and two phonemes after which the letter gives more.
    let symbols: [Int] = [0, 1, 2, 3, 40, 41]
    var weights: [Int: Int] = [:]
    var section: [UInt8] = []

    init(seed: UInt64) {
      var generator = TestGenerator(seed: seed)
      for _ in 0..<3_000 {
        let weight = generator.next(below: 63) - 31
        if weight != 0 { weights[generator.next(below: 1 << (Self.bucketBits + 10))] = weight }
      }
      for value in [Self.bucketBits, templates.count, weights.count] { section.appendLittleEndian(UInt32(value)) }
      section.appendLittleEndian([scale])
      for template in templates {
        section += [UInt8(template.before), UInt8(template.after), UInt8(template.phonemes), 0]
      }
      for _ in 0..<27 {
        section += (0..<12).map { byte in
          UInt8(symbols.filter { $0 / 8 == byte }.reduce(0) { $0 + 1 << ($1 % 8) })
        }
      }
      for bucket in 0..<1 << Self.bucketBits {
        section.appendLittleEndian(UInt16(weights.keys.count { $0 / 1_024 <= bucket }))
      }
      for slot in weights.keys.sorted() {
        section.appendLittleEndian(UInt16(slot % 1_024 * 64 + weights[slot, default: 0] + 32))
      }
    }

    /// The probability of a symbol by the formula, in double precision.
    func probability(of symbol: Int, _ letters: [Int], at letter: Int, after phonemes: [Int], isMore: Bool) -> Double {
      func score(_ symbol: Int) -> Double {
        templates.enumerated().reduce(0.0) { sum, template in
          let (index, (before, after, phonemeCount)) = template
          var parts = [7]
          for place in letter - before...letter + after {
            parts.append(1 + (letters.indices.contains(place) ? letters[place] : 27))
          }
          for back in 1...max(1, phonemeCount) where phonemeCount > 0 {
            parts.append(64 + (phonemes.count >= back ? 1 + phonemes[phonemes.count - back] : 0))
          }
          var hash = UInt64(2 * index + 1 + (isMore ? 1 : 0))
          for part in parts {
            hash = (hash ^ UInt64(part)) * 0x9E37_79B1 % (1 << 32)
            hash ^= hash >> 15
          }
          let mixed = (hash + UInt64(symbol) * 0x85EB_CA6B) % (1 << 32) * 0xC2B2_AE35 % (1 << 32)
          let slot = Int(mixed >> UInt64(32 - Self.bucketBits - 10))
          return sum + Double(weights[slot, default: 0]) * Double(scale)
        }
      }
      return exp(score(symbol)) / symbols.reduce(0) { $0 + exp(score($1)) }
    }

    /// The sum over all ways to share the phonemes among the letters from `letter` on.
    func probability(_ letters: [Int], from letter: Int, said: [Int], rest: [Int], isMore: Bool = false) -> Double {
      guard letter < letters.count else { return rest.isEmpty ? 1 : 0 }
      var sum = 0.0
      for symbol in symbols where symbol > 0 || !isMore {
        let share = probability(of: symbol, letters, at: letter, after: said, isMore: isMore)
        if symbol == 0 {
          sum += share * probability(letters, from: letter + 1, said: said, rest: rest)
        } else if let next = rest.first, (symbol - 1) % 39 == next {
          sum +=
            share
            * probability(
              letters, from: symbol < 40 ? letter + 1 : letter, said: said + [next], rest: Array(rest.dropFirst()),
              isMore: symbol >= 40)
        }
      }
      return sum
    }
  }

  private func open<Result>(_ section: [UInt8], _ body: (SoundModel) throws -> Result) throws -> Result {
    try section.withUnsafeBytes { bytes in
      var reader = SectionReader(id: "G2PR", bytes: bytes)
      let model = try SoundModel(&reader)
      try reader.expectEnd()
      return try body(model)
    }
  }

  @Test("A probability is the sum over all ways to share the phonemes among the letters", arguments: 1...30)
  func sumOfAlignments(seed: Int) throws {
    var generator = TestGenerator(seed: UInt64(seed))
    let drawn = DrawnModel(seed: UInt64(100 + seed))
    let letters = (0..<1 + generator.next(below: 5)).map { _ in generator.next(below: 27) }
    let phonemes = (0..<1 + generator.next(below: 5)).map { _ in generator.next(below: 2) }
    let expected = drawn.probability(letters, from: 0, said: [], rest: phonemes)
    let found = try open(drawn.section) {
      $0.logProbability(letters: letters.map { UInt8($0) }, phonemes: phonemes.map { UInt8($0) })
    }
    // Ways with a share below 10⁻⁵ after a letter are left out, which loses little of what is likely.
    if expected > 1e-3 { #expect(abs(Double(found) - log(expected)) < 0.05, "seed \(seed)") }
    #expect(Double(found) <= log(expected) + 1e-3 || found == SoundModel.impossible, "seed \(seed)")
  }

  @Test("Phonemes that the letters cannot give have the lowest value")
  func impossible() throws {
    let found = try open(DrawnModel(seed: 1).section) { $0.logProbability(letters: [3, 4], phonemes: [30]) }
    #expect(found == SoundModel.impossible)
  }

  @Test("A damaged model is rejected")
  func damaged() throws {
    let section = DrawnModel(seed: 2).section
    var generator = TestGenerator(seed: 3)
    for _ in 0..<60 {
      let length = generator.next(below: section.count)
      #expect(throws: (any Error).self) { try open(Array(section.prefix(length))) { _ in } }
    }
    for (field, value) in [(0, 0), (0, 15), (4, 0), (4, 65), (8, 0), (8, 1 << 16)] {
      var changed = section
      for byte in 0..<4 { changed[field + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
      #expect(throws: (any Error).self, "field at \(field)") { try open(changed) { _ in } }
    }
    // A template with a letter too many, its reserved byte, a scale that is no number, and a bucket that ends too late.
    for (place, value) in [(16, 16), (19, 1), (15, 0x7F), (16 + 16 + 27 * 12 + 1, 0xFF)] {
      var changed = section
      changed[place] = UInt8(value)
      if place == 15 { changed[14] = 0x80 }
      #expect(throws: (any Error).self, "byte \(place)") { try open(changed) { _ in } }
    }
  }

  @Test("Random bytes in the tables do not crash")
  func randomTables() throws {
    let section = DrawnModel(seed: 4).section
    var generator = TestGenerator(seed: 5)
    for _ in 0..<200 {
      var changed = section
      for _ in 0..<8 { changed[32 + generator.next(below: changed.count - 32)] = UInt8(generator.next(below: 256)) }
      _ = try? open(changed) { $0.logProbability(letters: [1, 2, 3, 0, 26], phonemes: [0, 1, 38, 2]) }
    }
  }
}
