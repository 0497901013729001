/// A word said in the background speech, with its position.
public struct BackgroundWord: Equatable, Sendable {
  /// In lower case, at most 255 bytes of UTF-8.
  public var spelling: String
  /// The pronunciation: 1…255 raw values of ``KeywordSpotting/Phoneme``.
  public var phonemes: [UInt8]
  /// The first frame, counted from the start of the utterance.
  public var firstFrame: Int
  /// The frame after the last one.
  public var endFrame: Int

  /// Creates a word from its members.
  public init(spelling: String, phonemes: [UInt8], firstFrame: Int, endFrame: Int) {
    self.spelling = spelling
    self.phonemes = phonemes
    self.firstFrame = firstFrame
    self.endFrame = endFrame
  }
}

/// A segment of running speech in a background file, processed as a separate stream.
public struct BackgroundUtterance: Equatable, Sendable {
  /// The number of frames of 40 ms, 1…65,535.
  public var frameCount: Int
  /// The words that are said, in order.
  public var words: [BackgroundWord]
  /// Index into ``BackgroundMix/kinds``.
  public var kind: Int
  /// Index into ``BackgroundMix/conditions``.
  public var condition: Int
  /// The packed frames in their section.
  var frameBytes: Range<Int>

  init(frameCount: Int, words: [BackgroundWord], kind: Int, condition: Int, byteCount: Int) {
    self.frameCount = frameCount
    self.words = words
    self.kind = kind
    self.condition = condition
    frameBytes = 0..<byteCount
  }

  /// Whether the speech is in noise or in a room, not as recorded.
  public var isAugmented: Bool { condition > 0 }

  /// The words that overlap `frames`, separated by spaces.
  func text(in frames: ClosedRange<Int>) -> String {
    var text = ""
    for word in words where word.firstFrame <= frames.upperBound && frames.lowerBound < word.endFrame {
      if !text.isEmpty { text += " " }
      text += word.spelling
    }
    return text
  }
}
