import KeywordSpotting

/// Reads the words of a block of the lexicon one after the other.
///
/// The symbols of a word (``LexiconTree``): except for the first word of a block, the shared letters; each further letter,
/// then 0. For each pronunciation: if something is expected of any letter, the agreement; the sounds of each letter after
/// those that agree; the end.
struct LexiconBlockReader {
  private var symbols: LexiconCodeReader
  private var isFirst = true
  private let phonemes: UnsafeMutablePointer<UInt8>
  private let ends: UnsafeMutablePointer<Int>
  /// The number of pronunciations of the word.
  private(set) var pronunciationCount = 0

  init(_ symbols: LexiconCodeReader, _ memory: LexiconMemory) {
    self.symbols = symbols
    phonemes = memory.phonemes
    ends = memory.ends
  }

  /// The letter codes of the word.
  var letters: [UInt8] { (0..<symbols.context.letterCount).map { symbols.context.letter($0) } }

  /// The word.
  var word: String { String(decoding: letters.map(Lexicon.letter), as: UTF8.self) }

  /// The pronunciations of the word.
  var pronunciations: [[UInt8]] { (0..<pronunciationCount).map { Array(pronunciation($0)) } }

  /// A pronunciation of the word; valid until the next word.
  func pronunciation(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    let start = index > 0 ? ends[index - 1] : 0
    return UnsafeBufferPointer(start: phonemes + start, count: ends[index] - start)
  }

  /// The order of the word relative to another: below 0 before, 0 equal, above 0 after.
  func order(to codes: [UInt8]) -> Int {
    for (place, code) in codes.enumerated() where symbols.context.letter(place) != code {
      return Int(symbols.context.letter(place)) - Int(code)
    }
    return symbols.context.letterCount - codes.count
  }

  /// Reads the letters of the next word.
  ///
  /// - Returns: false if the block is damaged.
  mutating func readLetters() -> Bool {
    symbols.context.begin(sharing: isFirst ? 0 : Int(symbols.read(.shared)))
    isFirst = false
    while true {
      let letter = symbols.read(.letters)
      guard !symbols.isDamaged, letter <= Lexicon.letterCount else { return false }
      if letter == 0 { return symbols.context.letterCount > 0 }
      guard symbols.context.letterCount < Lexicon.longestWord else { return false }
      symbols.context.append(letter)
    }
  }

  /// Reads the pronunciations of the word whose letters were just read.
  ///
  /// - Returns: false if the block is damaged.
  mutating func readPronunciations() -> Bool {
    pronunciationCount = 0
    var end = 0
    repeat {
      guard readPronunciation(), pronunciationCount < Lexicon.mostPronunciations else { return false }
      for phoneme in symbols.context.phonemes {
        phonemes[end] = phoneme
        end += 1
      }
      ends[pronunciationCount] = end
      pronunciationCount += 1
      symbols.context.endPronunciation()
    } while symbols.read(.ends) != 0
    return !symbols.isDamaged
  }

  private mutating func readPronunciation() -> Bool {
    let agreement = symbols.context.expectedCount > 0 ? Int(symbols.read(.agreement)) : 0
    guard agreement <= symbols.context.expectedCount else { return false }
    symbols.context.beginPronunciation(agreeing: agreement)
    while !symbols.context.isComplete {
      let symbol = symbols.read(.sounds)
      guard !symbols.isDamaged, symbol <= 2 * UInt8(Phoneme.count) else { return false }
      if symbol > 0 {
        guard symbols.context.phonemeCount < Lexicon.longestPronunciation else { return false }
        symbols.context.give((symbol - 1) % UInt8(Phoneme.count))
      }
      if symbol <= UInt8(Phoneme.count) { symbols.context.advance() }
    }
    return symbols.context.phonemeCount > 0
  }
}
