import KeywordSpotting

/// Spellings and the phonemes that they stand for, as one text: `tʃ CH;ɪə IH R;ow ?`.
///
/// An entry is a spelling, a space, and ARPAbet names; `?` marks a spelling that can be read in several ways. The text
/// is searched in place: it is short, and only enrollment needs it.
struct SpellingTable {
  let entries: StaticString

  /// Finds the longest spelling with which `bytes[start...]` begins.
  ///
  /// - Returns: the length of the spelling in bytes, and its phonemes, none for `?`; `nil` if there is no such spelling.
  func longest(at start: Int, of bytes: [UInt8]) -> (length: Int, phonemes: [UInt8])? {
    var length = 0
    var names = 0..<0
    forEachEntry { spelling, entryNames in
      guard spelling.count > length, start + spelling.count <= bytes.count else { return }
      for offset in 0..<spelling.count where bytes[start + offset] != text[spelling.lowerBound + offset] { return }
      length = spelling.count
      names = entryNames
    }
    return length == 0 ? nil : (length, phonemes(named: names))
  }

  /// The first spelling that stands for this phoneme alone.
  func spelling(of phoneme: Phoneme) -> String {
    var found = 0..<0
    forEachEntry { spelling, names in
      if found.isEmpty, phonemes(named: names) == [phoneme.rawValue] { found = spelling }
    }
    return String(decoding: text[found], as: UTF8.self)
  }

  private var text: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: entries.utf8Start, count: entries.utf8CodeUnitCount)
  }

  /// Calls `body` with the bytes of each spelling and of its names.
  private func forEachEntry(_ body: (_ spelling: Range<Int>, _ names: Range<Int>) -> Void) {
    var start = 0
    while start < text.count {
      var space = start
      while text[space] != UInt8(ascii: " ") { space += 1 }
      var end = space
      while end < text.count, text[end] != UInt8(ascii: ";") { end += 1 }
      body(start..<space, space + 1..<end)
      start = end + 1
    }
  }

  private func phonemes(named names: Range<Int>) -> [UInt8] {
    var phonemes: [UInt8] = []
    var start = names.lowerBound
    for position in names.lowerBound...names.upperBound
    where position == names.upperBound || text[position] == UInt8(ascii: " ") {
      if let phoneme = Phoneme(arpabetBytes: UnsafeBufferPointer(rebasing: text[start..<position])) {
        phonemes.append(phoneme.rawValue)
      }
      start = position + 1
    }
    return phonemes
  }
}
