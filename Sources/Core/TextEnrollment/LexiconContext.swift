import KeywordSpotting

/// The trees of the lexicon, in the order of their roots in the section.
enum LexiconTree: Int, CaseIterable {
  /// How many letters a word shares with the previous one, 0…31; not for the first word of a block.
  case shared
  /// The next letter, or 0 at the end of the word.
  case letters
  /// How many letters from the first on are pronounced as expected, 0…31.
  case agreement
  /// What the next letter gives: 0 nothing more, 1…39 a phoneme and then nothing more, 40…78 a phoneme and then more.
  case sounds
  /// 1 if another pronunciation of the word follows, otherwise 0.
  case ends
}

/// What precedes a symbol of the lexicon. The writer and the reader share it.
///
/// Letters are numbered from 1, as by ``Lexicon/letterCode(_:)``; 0 stands for none. What is expected of a letter is what it
/// gave in the first pronunciation: of the previous word if the letter is shared with it, or of this word if another
/// pronunciation is being read.
struct LexiconContext {
  /// The number of features of each tree.
  static let featureCount = 16
  /// The bytes of memory that a context needs.
  static let byteCount = letterCapacity + 2 * (letterCapacity + phonemeCapacity)
  private static let letterCapacity = 32
  private static let phonemeCapacity = 64

  /// A pronunciation, and for each letter where its phonemes end.
  private struct AlignedPronunciation {
    let phonemes: UnsafeMutablePointer<UInt8>
    let ends: UnsafeMutablePointer<UInt8>

    @inline(__always) func start(_ letter: Int) -> Int { letter > 0 ? Int(ends[letter - 1]) : 0 }

    /// 1 if a letter gives nothing, otherwise 2 + its first phoneme.
    @inline(__always) func sound(_ letter: Int) -> UInt8 {
      let start = start(letter)
      return start < Int(ends[letter]) ? 2 + phonemes[start] : 1
    }
  }

  /// The letters of the word, and how many they are.
  private let letters: UnsafeMutablePointer<UInt8>
  private(set) var letterCount = 0
  /// How many phonemes the pronunciation has so far.
  private(set) var phonemeCount = 0
  /// The number of letters of which something is expected.
  private(set) var expectedCount = 0
  private var shared = 0
  /// The letter of the previous word where the two part; 0 if it ends there.
  private var parting: UInt8 = 0
  private var current: AlignedPronunciation
  private var first: AlignedPronunciation
  private var pronunciationCount = 0
  private var agreed = 0
  /// The letter that gives the next sound, and the last phoneme that it gave: 0 none, 1 + phoneme.
  private var index = 0
  private var given: UInt8 = 0

  /// - Parameter memory: ``byteCount`` bytes, which must outlive the context. It belongs to the context and its copies.
  init(_ memory: UnsafeMutablePointer<UInt8>) {
    memory.initialize(repeating: 0, count: LexiconContext.byteCount)
    letters = memory
    let capacity = LexiconContext.letterCapacity
    let second = memory + 2 * capacity + LexiconContext.phonemeCapacity
    current = AlignedPronunciation(phonemes: memory + 2 * capacity, ends: memory + capacity)
    first = AlignedPronunciation(phonemes: second + capacity, ends: second)
  }

  /// Begins a word with the first letters of the previous one.
  mutating func begin(sharing count: Int) {
    shared = min(count, letterCount)
    parting = letter(shared)
    letterCount = shared
    expectedCount = shared
    pronunciationCount = 0
  }

  /// Adds a letter.
  ///
  /// - Precondition: ``letterCount`` is below ``Lexicon/longestWord``.
  mutating func append(_ letter: UInt8) {
    letters[letterCount] = letter
    letterCount += 1
  }

  /// The letter at a place; 0 if the word has none there.
  @inline(__always) func letter(_ place: Int) -> UInt8 { place >= 0 && place < letterCount ? letters[place] : 0 }

  /// Begins a pronunciation in which the first `count` letters are as expected.
  ///
  /// - Precondition: `count` is at most ``expectedCount``.
  mutating func beginPronunciation(agreeing count: Int) {
    agreed = count
    index = count
    given = 0
    phonemeCount = first.start(count)
    for place in 0..<phonemeCount { current.phonemes[place] = first.phonemes[place] }
    for place in 0..<count { current.ends[place] = first.ends[place] }
  }

  /// The letter gives a phoneme.
  ///
  /// - Precondition: ``phonemeCount`` is below ``Lexicon/longestPronunciation``.
  mutating func give(_ phoneme: UInt8) {
    current.phonemes[phonemeCount] = phoneme
    phonemeCount += 1
    given = 1 + phoneme
  }

  /// The letter gives no more, and the next one follows.
  mutating func advance() {
    current.ends[index] = UInt8(phonemeCount)
    index += 1
    given = 0
  }

  /// Whether every letter gave its phonemes.
  var isComplete: Bool { index == letterCount }

  /// The phonemes of the pronunciation so far; valid until the next change.
  var phonemes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: current.phonemes, count: phonemeCount) }

  mutating func endPronunciation() {
    if pronunciationCount == 0 { swap(&first, &current) }
    pronunciationCount += 1
    expectedCount = letterCount
  }

  /// How many letters from the first on are as expected, if each gives so many phonemes.
  func agreement(_ phonemes: [UInt8], counts: [Int]) -> Int {
    var end = 0
    for letter in 0..<expectedCount {
      let start = end
      end += counts[letter]
      guard end == Int(first.ends[letter]), (start..<end).allSatisfy({ phonemes[$0] == first.phonemes[$0] }) else {
        return letter
      }
    }
    return expectedCount
  }

  /// A feature of the next symbol, below 64.
  @inline(__always) func feature(_ number: Int, of tree: LexiconTree) -> UInt8 {
    switch tree {
    case .shared:
      switch number {
      case 0: UInt8(shared)
      case 1: UInt8(letterCount)
      default: letter(letterCount + 1 - number)
      }
    case .letters:
      switch number {
      case 0: letterCount == shared ? parting : 0
      case 1: UInt8(letterCount)
      default: letter(letterCount + 1 - number)
      }
    case .agreement:
      switch number {
      case 0: UInt8(expectedCount)
      case 1: pronunciationCount == 0 ? 0 : 1
      case 2: UInt8(letterCount - expectedCount)
      case 3: expectedSound(expectedCount - 1)
      default: letter(expectedCount + number - 7)
      }
    case .sounds:
      switch number {
      case 0: given
      case 1: expectedSound(index)
      case 2: expectedSound(index + 1)
      case 3: agreement
      case 4: phonemeCount == 0 ? 0 : 1 + current.phonemes[phonemeCount - 1]
      case 5: UInt8(letterCount - index)
      default: letter(index + number - 10)
      }
    case .ends:
      switch number {
      case 0: UInt8(pronunciationCount)
      case 1: UInt8(letterCount)
      case 2: letter(letterCount - 1)
      default: letter(number - 3)
      }
    }
  }

  /// What is expected of a letter: 0 unknown, 1 nothing, otherwise 2 + its first phoneme.
  @inline(__always) private func expectedSound(_ letter: Int) -> UInt8 {
    guard letter >= 0, letter < expectedCount else { return 0 }
    return first.sound(letter)
  }

  /// Whether this letter is known not to be as expected (3), and whether the letter before was (1) or was not (2).
  @inline(__always) private var agreement: UInt8 {
    if index == agreed { return index < expectedCount ? 3 : 1 }
    guard index <= expectedCount else { return 0 }
    return current.sound(index - 1) == first.sound(index - 1) ? 1 : 2
  }
}
