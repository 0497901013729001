import KeywordSpotting

/// The phonemes with which the pronunciations of a block of the lexicon begin.
///
/// A search for words that sound alike skips the blocks in which none can begin like them: three of four.
struct LexiconBlockSounds {
  /// The number of phonemes from the beginning.
  static let depth = 3
  /// Five bytes for each place.
  static let byteCount = 5 * depth

  /// Bit p of each place: a pronunciation has phoneme p there. Bit 39: one has ended before.
  private var masks = [UInt64](repeating: 0, count: depth)

  init() {}

  /// Reads the masks from `bytes`, the lowest byte of the first place first.
  init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    for place in 0..<LexiconBlockSounds.depth {
      for byte in 0..<5 { masks[place] |= UInt64(bytes[offset + 5 * place + byte]) << UInt64(8 * byte) }
    }
  }

  /// Adds a pronunciation.
  mutating func insert(_ pronunciation: [UInt8]) {
    for place in 0..<LexiconBlockSounds.depth { masks[place] |= LexiconBlockSounds.bit(pronunciation, place) }
  }

  /// The masks as bytes.
  var bytes: [UInt8] {
    masks.flatMap { mask in (0..<5).map { UInt8(truncatingIfNeeded: mask >> UInt64(8 * $0)) } }
  }

  /// Whether a pronunciation of the block may differ from `other` in at most one phoneme.
  func mayBeNear(_ other: [UInt8]) -> Bool {
    let depth = LexiconBlockSounds.depth
    var isEqualBefore = true
    for edit in 0..<depth where isEqualBefore {
      // The edit is at this place: another phoneme, one more, or one less.
      if contains(other, from: edit + 1, shift: 0) || contains(other, from: edit + 1, shift: -1)
        || contains(other, from: edit, shift: 1)
      {
        return true
      }
      isEqualBefore = masks[edit] & LexiconBlockSounds.bit(other, edit) != 0
    }
    return isEqualBefore
  }

  /// Whether the places from `first` on may have the phonemes of `other` at `place + shift`.
  private func contains(_ other: [UInt8], from first: Int, shift: Int) -> Bool {
    for place in first..<max(first, LexiconBlockSounds.depth)
    where masks[place] & LexiconBlockSounds.bit(other, place + shift) == 0 { return false }
    return true
  }

  private static func bit(_ phonemes: [UInt8], _ place: Int) -> UInt64 {
    1 << UInt64(place < phonemes.count ? Int(phonemes[place]) : Phoneme.count)
  }
}
