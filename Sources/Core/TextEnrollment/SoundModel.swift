import KeywordSpotting
import ModelFormat

/// The probability of a pronunciation letter by letter, each sound given the letters around it and the phonemes before it.
///
/// A letter gives a sequence of symbols as in the lexicon (``LexiconTree/sounds``): 0 nothing more, 1 + phoneme for its
/// last phoneme, 40 + phoneme for a phoneme after which it gives more. Their probabilities are
///
/// `P(s | context) = exp Σₜ w(t, context, s) / Σᵤ exp Σₜ w(t, context, u)`
///
/// over the symbols u that the letter can give. A template t is a number of letters before, of letters after and of phonemes
/// before. What it selects of the context is hashed with s to a slot, and the weight w is that of the slot, or 0 for most
/// slots, which the file leaves out.
///
/// A part of the section `G2PR`, after the weights of ``GuessRanking``:
///
/// | field | type | |
/// |---|---|---|
/// | bucket bits b | `u32` | 1…14; a slot has b + 10 bits |
/// | template count T | `u32` | 1…64 |
/// | weight count N | `u32` | 1…65,535 |
/// | scale | `f32` | of the weights |
/// | templates | `u8[T, 4]` | letters before, letters after, phonemes before, 0 |
/// | symbols | `u8[27, 12]` | of each letter: bit s is set if it can give the symbol s, 0…78 |
/// | buckets | `u16[2ᵇ]` | the number of weights in this bucket and those before |
/// | weights | `u16[N]` | low 10 bits of the slot · 64 + weight / scale + 32, ascending in a bucket |
///
/// Borrows the bytes. Computes in floats without the C library. Safe to use from several threads.
///
/// - Reference: Chen 2003, *Conditional and joint models for grapheme-to-phoneme conversion*; Weinberger et al. 2009,
///   arXiv:0902.2206, for the hashed features.
package struct SoundModel: @unchecked Sendable {
  /// What a template selects.
  package struct Template: Equatable, Sendable {
    /// Letters before and after the one that gives the sound, at most 15.
    package var lettersBefore: Int
    package var lettersAfter: Int
    /// Phonemes before the sound, at most 15.
    package var phonemesBefore: Int

    /// Creates a template from its members.
    package init(_ lettersBefore: Int, _ lettersAfter: Int, _ phonemesBefore: Int) {
      self.lettersBefore = lettersBefore
      self.lettersAfter = lettersAfter
      self.phonemesBefore = phonemesBefore
    }
  }

  /// The number of symbols.
  package static let symbolCount = 2 * Phoneme.count + 1
  /// Bits of a slot that an entry contains, because its bucket does not imply them.
  package static let remainderBits = 10
  /// The largest weight of the file in units of the scale.
  package static let largestWeight = 31
  private static let largestBucketBits = 14
  private static let mostTemplates = 64
  private static let symbolMaskBytes = 12
  private static let edge: UInt32 = 27
  /// Ways to share the phonemes with a smaller part of the probability are left out.
  private static let leastShare: Float = 1e-5

  /// What the templates select.
  package let templates: [Template]
  /// The symbols that each letter can give, ascending.
  package let symbols: [[UInt8]]
  private let bucketBits: Int
  private let scale: Float
  private let buckets: UnsafeRawBufferPointer
  private let entries: UnsafeRawBufferPointer

  /// Reads the model from the rest of a section.
  ///
  /// - Throws: the first ``ModelFileError`` found.
  package init(_ reader: inout SectionReader) throws(ModelFileError) {
    bucketBits = try reader.dimension(limit: SoundModel.largestBucketBits)
    let templateCount = try reader.dimension(limit: SoundModel.mostTemplates)
    let entryCount = try reader.dimension(limit: Int(UInt16.max))
    scale = try reader.finiteFloats(1)[0]
    var templates: [Template] = []
    let fields = try SoundModel.bytes(&reader, 4 * templateCount)
    for index in 0..<templateCount {
      for place in 0..<4 where fields[4 * index + place] > (place < 3 ? 15 : 0) {
        throw .dimension(section: reader.id, found: UInt32(fields[4 * index + place]), limit: place < 3 ? 15 : 0)
      }
      templates.append(
        Template(Int(fields[4 * index]), Int(fields[4 * index + 1]), Int(fields[4 * index + 2])))
    }
    self.templates = templates
    let masks = try SoundModel.bytes(&reader, SoundModel.symbolMaskBytes * GraphemeToPhoneme.letterCount)
    var symbols: [[UInt8]] = []
    for letter in 0..<GraphemeToPhoneme.letterCount {
      var given: [UInt8] = []
      for symbol in 0..<SoundModel.symbolCount
      where masks[letter * SoundModel.symbolMaskBytes + symbol / 8] >> UInt8(symbol % 8) & 1 == 1 {
        given.append(UInt8(symbol))
      }
      symbols.append(given)
    }
    self.symbols = symbols
    buckets = try SoundModel.bytes(&reader, 2 << bucketBits)
    entries = try SoundModel.bytes(&reader, 2 * entryCount)
    var end = 0
    for bucket in 0..<1 << bucketBits {
      let next = Int(SoundModel.number(buckets, bucket))
      guard next >= end, next <= entryCount else {
        throw .count(section: reader.id, found: UInt32(next), expected: entryCount)
      }
      end = next
    }
    guard end == entryCount else { throw .count(section: reader.id, found: UInt32(end), expected: entryCount) }
  }

  private static func bytes(
    _ reader: inout SectionReader, _ count: Int
  ) throws(ModelFileError) -> UnsafeRawBufferPointer {
    do {
      return try reader.bytes(UInt64(count))
    } catch {
      throw .container(error)
    }
  }

  @inline(__always)
  private static func number(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt16 {
    UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
  }

  // MARK: Slots

  /// Hashes what each template selects of the context of a sound.
  ///
  /// - Parameters:
  ///   - letters: the word as indices of ``GraphemeToPhoneme/letterIndex(_:)``.
  ///   - letter: the index of the letter that gives the sound.
  ///   - phonemes: the pronunciation, of which `phonemeCount` phonemes come before the sound.
  ///   - isMore: whether the letter has already given a phoneme.
  ///   - hashes: one for each template.
  package static func hash(
    _ templates: [Template], letters: [UInt8], letter: Int, phonemes: [UInt8], phonemeCount: Int, isMore: Bool,
    into hashes: UnsafeMutablePointer<UInt32>
  ) {
    for (index, template) in templates.enumerated() {
      var hash = mix(UInt32(2 * index + 1 + (isMore ? 1 : 0)), 7)
      for place in letter - template.lettersBefore...letter + template.lettersAfter {
        hash = mix(hash, 1 + (place >= 0 && place < letters.count ? UInt32(letters[place]) : edge))
      }
      for back in 0..<template.phonemesBefore {
        let place = phonemeCount - 1 - back
        hash = mix(hash, 64 + (place >= 0 ? 1 + UInt32(phonemes[place]) : 0))
      }
      hashes[index] = hash
    }
  }

  @inline(__always)
  private static func mix(_ hash: UInt32, _ value: UInt32) -> UInt32 {
    let mixed = (hash ^ value) &* 0x9E37_79B1
    return mixed ^ mixed >> 15
  }

  /// The slot of a symbol, below 2 to the power of `bits`.
  @inlinable
  package static func slot(_ hash: UInt32, _ symbol: UInt8, bits: Int) -> Int {
    let mixed: UInt32 = (hash &+ UInt32(symbol) &* 0x85EB_CA6B) &* 0xC2B2_AE35
    return Int(mixed >> UInt32(32 - bits))
  }

  /// The weight of a slot in units of the scale; 0 if the file has none.
  @inline(__always)
  private func weight(_ slot: Int) -> Int {
    let bucket = slot >> SoundModel.remainderBits
    let remainder = UInt16(slot & (1 << SoundModel.remainderBits - 1))
    var low = bucket > 0 ? Int(SoundModel.number(buckets, bucket - 1)) : 0
    let end = Int(SoundModel.number(buckets, bucket))
    var high = end
    while low < high {
      let middle = (low + high) / 2
      if SoundModel.number(entries, middle) >> 6 < remainder { low = middle + 1 } else { high = middle }
    }
    guard low < end else { return 0 }
    let entry = SoundModel.number(entries, low)
    return entry >> 6 == remainder ? Int(entry & 63) - SoundModel.largestWeight - 1 : 0
  }

  // MARK: Probabilities

  /// The natural logarithm of the probability of a pronunciation, with all ways to share its phonemes among the letters.
  ///
  /// `forward[j]` is the probability that the letters so far give the first j phonemes. It is normalized after each
  /// letter.
  ///
  /// - Parameter letters: at least one, as indices of ``GraphemeToPhoneme/letterIndex(_:)``.
  /// - Returns: ``impossible`` if the letters cannot give the phonemes.
  package func logProbability(letters: [UInt8], phonemes: [UInt8]) -> Float {
    var forward = [Float](repeating: 0, count: phonemes.count + 1)
    forward[0] = 1
    var logarithm: Float = 0
    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: templates.count) { hashes in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: SoundModel.symbolCount) { probabilities in
        guard let hashes = hashes.baseAddress, let probabilities = probabilities.baseAddress else {
          preconditionFailure("an allocation of some bytes has an address")
        }
        for letter in letters.indices {
          var next = [Float](repeating: 0, count: phonemes.count + 1)
          for said in forward.indices where forward[said] > SoundModel.leastShare {
            var (place, share, isMore) = (said, forward[said], false)
            while true {
              compute(letters, letter, phonemes, place, isMore, hashes, probabilities)
              if !isMore { next[place] += share * probabilities[0] }
              guard place < phonemes.count else { break }
              let phoneme = Int(phonemes[place])
              next[place + 1] += share * probabilities[1 + phoneme]
              share *= probabilities[1 + Phoneme.count + phoneme]
              guard share > SoundModel.leastShare, place + 1 < phonemes.count else { break }
              (place, isMore) = (place + 1, true)
            }
          }
          var sum: Float = 0
          for value in next { sum += value }
          guard sum >= 1e-30, sum.isFinite else { return SoundModel.impossible }
          for said in next.indices { forward[said] = next[said] / sum }
          logarithm += FloatFunctions.naturalLogarithm(sum)
        }
        guard forward[phonemes.count] >= 1e-13 else { return SoundModel.impossible }
        return max(SoundModel.impossible, logarithm + FloatFunctions.naturalLogarithm(forward[phonemes.count]))
      }
    }
  }

  /// The logarithm that stands for the probability 0.
  package static let impossible: Float = -40

  /// Writes the probabilities of all symbols, 0 for those that the letter cannot give.
  private func compute(
    _ letters: [UInt8], _ letter: Int, _ phonemes: [UInt8], _ phonemeCount: Int, _ isMore: Bool,
    _ hashes: UnsafeMutablePointer<UInt32>, _ probabilities: UnsafeMutablePointer<Float>
  ) {
    SoundModel.hash(
      templates, letters: letters, letter: letter, phonemes: phonemes, phonemeCount: phonemeCount, isMore: isMore,
      into: hashes)
    probabilities.initialize(repeating: 0, count: SoundModel.symbolCount)
    let given = symbols[Int(letters[letter])]
    let bits = bucketBits + SoundModel.remainderBits
    var largest = -Float.infinity
    for symbol in given {
      var sum = 0
      for index in 0..<templates.count { sum += weight(SoundModel.slot(hashes[index], symbol, bits: bits)) }
      probabilities[Int(symbol)] = Float(sum) * scale
      largest = max(largest, probabilities[Int(symbol)])
    }
    var sum: Float = 0
    for symbol in given {
      probabilities[Int(symbol)] = FloatFunctions.exponentialOrZero(probabilities[Int(symbol)] - largest)
      sum += probabilities[Int(symbol)]
    }
    for symbol in given { probabilities[Int(symbol)] /= sum }
  }
}
