/// A word said in the background, and where.
public struct BackgroundWord: Equatable, Sendable {
  /// In lower case, at most 255 bytes of UTF-8.
  public var spelling: String
  /// As it was said: raw values of ``KeywordSpotting/Phoneme``, 1…255 of them.
  public var phonemes: [UInt8]
  /// Frames of the utterance: `firstFrame ..< endFrame`.
  public var firstFrame: Int
  public var endFrame: Int

  public init(spelling: String, phonemes: [UInt8], firstFrame: Int, endFrame: Int) {
    self.spelling = spelling
    self.phonemes = phonemes
    self.firstFrame = firstFrame
    self.endFrame = endFrame
  }
}

/// A stretch of running speech in a background file, heard from its own beginning to its end.
public struct BackgroundUtterance: Equatable, Sendable {
  /// Frames of 40 ms, 1…65,535.
  public var frameCount: Int
  /// What is said, in the order of time.
  public var words: [BackgroundWord]
  /// Index into ``BackgroundMix/kinds``.
  public var kind: Int
  /// Index into ``BackgroundMix/conditions``.
  public var condition: Int
  /// Where the packed frames begin in their section.
  var byteOffset: Int

  /// Whether it is heard through noise or a room, and not as recorded.
  public var isAugmented: Bool { condition > 0 }

  /// The words that share a frame with `frames`, parted by blanks.
  func text(in frames: ClosedRange<Int>) -> String {
    var text = ""
    for word in words where word.firstFrame <= frames.upperBound && frames.lowerBound < word.endFrame {
      if !text.isEmpty { text += " " }
      text += word.spelling
    }
    return text
  }
}
