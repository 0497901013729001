import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing

/// Phrases that contain each other and repeated words, from handmade posteriors to detections.
@Suite struct OverlappingPhrasesTests {
  private struct Event: Equatable {
    var phraseIndex: Int
    var frames: ClosedRange<Int64>
    /// The frame at which it was reported, or that of the end of the stream.
    var reported: Int
  }

  private static let blank = 39

  /// Frames in which the given classes are certain and all others are `other` nepers lower, followed by silence.
  private static func frames(_ labels: [Int], silence: Int = 60, other: Float = -10) -> [[Float]] {
    (labels + [Int](repeating: blank, count: silence)).map { label in (0..<40).map { $0 == label ? 0 : other } }
  }

  /// Phonemes said in order, each in one frame with blanks after it.
  private static func said(_ phonemes: [UInt8], gap: Int = 1) -> [Int] {
    phonemes.flatMap { [Int($0)] + [Int](repeating: blank, count: gap) }
  }

  /// The detections of phrases, each given by the words of its variants.
  private static func events(
    _ phrases: [[[[UInt8]]]], thresholds: [Float]? = nil, _ frames: [[Float]], ends: Bool = false
  ) throws -> [Event] {
    let model = try TestModel.make(seed: 3)
    var generator = SplitMix64(seed: 9)
    let enrollments = phrases.enumerated().map { index, variants in
      let encoded = variants.map { words in
        var variant = TestModel.variant(
          phonemes: words.flatMap { $0 }, dimension: model.embeddingDimension, &generator)
        variant.wordInitial = words.flatMap { word in word.indices.map { $0 == 0 } }
        return variant
      }
      return Enrollment(text: "phrase \(index)", variants: encoded, threshold: thresholds?[index] ?? 0)
    }
    var spotter = PhraseDetector(model: model, enrollments: enrollments)
    var events: [Event] = []
    let unit = TestModel.unit(model.embeddingDimension, &generator)
    func note(_ detection: Detection, _ frame: Int) {
      events.append(
        Event(
          phraseIndex: detection.phraseIndex, frames: detection.startSample / 640...detection.endSample / 640 - 1,
          reported: frame))
    }
    for (frame, posteriors) in frames.enumerated() {
      spotter.process(unit: unit, logPosteriors: posteriors, onCandidate: { _ in }, onDetection: { note($0, frame) })
    }
    if ends { spotter.finish(onCandidate: { _ in }, onDetection: { note($0, frames.count) }) }
    return events
  }

  /// Phrases of one variant and one word each.
  private static func events(
    _ phrases: [[UInt8]], thresholds: [Float]? = nil, _ frames: [[Float]], ends: Bool = false
  ) throws -> [Event] {
    try events(phrases.map { [[$0]] }, thresholds: thresholds, frames, ends: ends)
  }

  private static let part: [UInt8] = [1, 2, 3]
  private static let whole: [UInt8] = [1, 2, 3, 4, 5, 6]

  @Test(
    "Only the longer phrase is reported if the shorter one begins it, ends it or is within it",
    arguments: [[1, 2, 3], [4, 5, 6], [3, 4]] as [[UInt8]])
  func longerAlone(part: [UInt8]) throws {
    let frames = Self.frames(Self.said(Self.whole))
    #expect(try Self.events([part, Self.whole], frames).map(\.phraseIndex) == [1])
    // In any order of enrollment, with the correct segment, at the same time as without the shorter one.
    let alone = try Self.events([Self.whole], frames)
    #expect(alone.map(\.frames) == [0...10])
    #expect(try Self.events([Self.whole, part], frames) == alone)
  }

  @Test("The longer phrase is reported from its threshold, even if it scores lower")
  func worseMatch() throws {
    var frames = Self.frames(Self.said(Self.whole))
    // Its last sounds are uncertain, and another one is more likely.
    for frame in [6, 8, 10] { frames[frame][10] = 3 }
    #expect(try Self.events([Self.part, Self.whole], frames).map(\.phraseIndex) == [1])
    #expect(try Self.events([Self.part, Self.whole], thresholds: [0, 1.1], frames).map(\.phraseIndex) == [0])
  }

  @Test("If silence follows, only the shorter phrase is reported, 12 frames after its end, with its own segment")
  func silence() throws {
    let frames = Self.frames(Self.said(Self.part))
    #expect(try Self.events([Self.part], frames) == [Event(phraseIndex: 0, frames: 0...4, reported: 8)])
    #expect(try Self.events([Self.part, Self.whole], frames) == [Event(phraseIndex: 0, frames: 0...4, reported: 17)])
  }

  @Test("It is reported at once if other sounds follow or if it can only end the longer phrase")
  func noWaiting() throws {
    let speech = Self.frames(Self.said(Self.part) + [20, 21, 20, 21, 20, 21, 20, 21])
    let alone = try Self.events([Self.part], speech)
    #expect(alone.map(\.reported) == [8])
    #expect(try Self.events([Self.part, Self.whole], speech) == alone)
    let end = Self.frames(Self.said([4, 5, 6]))
    #expect(try Self.events([[4, 5, 6], Self.whole], end) == Self.events([[4, 5, 6]], end))
  }

  @Test("A phrase that is not part of another is reported exactly as without the others")
  func unrelated() throws {
    let frames = Self.frames(Self.said([11, 12, 13]) + Self.said(Self.whole) + Self.said([14, 15, 16]))
    let alone = try Self.events([[11, 12, 13]], frames)
    #expect(alone.count == 1)
    let all = try Self.events([[11, 12, 13], Self.part, Self.whole, [11, 12, 14]], frames)
    #expect(all.filter { $0.phraseIndex == 0 } == alone)
  }

  @Test("The longer phrase can contain a pause of 12 frames; a longer pause ends the shorter phrase")
  func pause() throws {
    for (gap, phrase) in [(0, 1), (11, 1), (12, 1), (13, 0), (14, 0)] {
      let labels = Self.said([1, 2]) + [3] + [Int](repeating: Self.blank, count: gap) + Self.said([4, 5, 6])
      let events = try Self.events([Self.part, Self.whole], Self.frames(labels))
      #expect(events.map(\.phraseIndex) == [phrase], "\(gap) frames")
    }
  }

  @Test("A longer phrase that stays in progress delays the shorter one by at most 75 frames after it closes")
  func bounded() throws {
    let rest: [UInt8] = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
    func events(gap: Int) throws -> [Event] {
      // No phoneme of a phrase can be skipped: a missing one costs too much.
      try Self.events(
        [Self.part, Self.part + rest],
        Self.frames(Self.said(Self.part) + Self.said(rest, gap: gap), other: -50))
    }
    #expect(try events(gap: 10) == [Event(phraseIndex: 0, frames: 0...4, reported: 8 + 75)])
    // A little faster, it ends in time.
    #expect(try events(gap: 6).map(\.phraseIndex) == [1])
  }

  @Test("Of three phrases that extend each other, the longest one said is reported")
  func nested() throws {
    let phrases: [[UInt8]] = [Self.part, Self.whole, Self.whole + [7, 8, 9]]
    for count in [3, 6, 9] {
      let said = Self.said(Array(phrases[2][..<count]))
      let events = try Self.events(phrases, Self.frames(said, other: -30))
      #expect(events.map(\.phraseIndex) == [count / 3 - 1], "\(count) phonemes")
    }
  }

  @Test("Two parts of a longer phrase below its threshold are both reported, in order")
  func twoParts() throws {
    let events = try Self.events(
      [[4, 5, 6], Self.part, Self.whole], thresholds: [0, 0, 1.1], Self.frames(Self.said(Self.whole)))
    #expect(events.map(\.phraseIndex) == [1, 0])
    #expect(events.map(\.frames) == [0...4, 6...10])
  }

  @Test("Waiting candidates are reported at the end of the stream")
  func endOfStream() throws {
    let events = try Self.events([Self.part, Self.whole], Self.frames(Self.said(Self.part), silence: 6), ends: true)
    #expect(events == [Event(phraseIndex: 0, frames: 0...4, reported: 12)])
  }

  // "hey computer" with three phonemes for the second word.
  private static let once: [[UInt8]] = [[1, 2], [3, 4, 5]]
  private static let twice: [[UInt8]] = [[1, 2], [1, 2], [3, 4, 5]]
  // "call nine one one"
  private static let ending: [[UInt8]] = [[6, 7], [1, 2, 3]]
  private static let doubleEnding: [[UInt8]] = [[6, 7], [1, 2, 3], [1, 2, 3]]

  @Test(
    "A word said once does not match twice, at the beginning or end of a phrase, short or drawn out",
    arguments: [once, ending])
  func saidOnce(words: [[UInt8]]) throws {
    let repeated = words == Self.once ? Self.twice : Self.doubleEnding
    let said = words.flatMap { $0 }
    let drawnOut = said.flatMap { [Int($0), Int($0), Int($0), Self.blank] }
    for labels in [Self.said(said), said.map { Int($0) }, drawnOut, Self.said(said) + [20, 21, 22, 20, 21, 22]] {
      #expect(try Self.events([[repeated]], Self.frames(labels, other: -7)).isEmpty, "\(labels)")
      let both = try Self.events([[words], [repeated]], Self.frames(labels, other: -7))
      #expect(both.map(\.phraseIndex) == [0], "\(labels)")
    }
    // The search alone matches the phrase, as it does if the repeated words are typed as one.
    let joined = [repeated.flatMap { $0 }]
    for labels in [Self.said(said), drawnOut] {
      #expect(try Self.events([[joined]], Self.frames(labels, other: -7)).count == 1, "\(labels)")
    }
  }

  @Test(
    "Only the phrase with a repeated word is reported if it is said twice, with or without a pause",
    arguments: [once, ending])
  func saidTwice(words: [[UInt8]]) throws {
    let repeated = words == Self.once ? Self.twice : Self.doubleEnding
    let said = Self.said(repeated.flatMap { $0 })
    let all: ClosedRange<Int64> = 0...Int64(said.count) - 2
    let alone = try Self.events([[repeated]], Self.frames(said))
    #expect(alone.map(\.frames) == [all])
    #expect(try Self.events([[words], [repeated]], Self.frames(said)).map(\.phraseIndex) == [1])
    let place = words == Self.once ? 4 : 10
    let paused = Array(said[..<place]) + [Int](repeating: Self.blank, count: 8) + Array(said[place...])
    #expect(try Self.events([[words], [repeated]], Self.frames(paused)).map(\.phraseIndex) == [1])
  }

  @Test("Without the repeated word, there is one detection: the second beginning or the first ending")
  func repeatedAudio() throws {
    let beginning = try Self.events([[Self.once]], Self.frames(Self.said(Self.twice.flatMap { $0 })))
    #expect(beginning.map(\.frames) == [4...12])
    let end = try Self.events([[Self.ending]], Self.frames(Self.said(Self.doubleEnding.flatMap { $0 })))
    #expect(end.map(\.frames) == [0...8])
  }

  @Test("A word enrolled three times must be said three times, and two words repeated together both twice")
  func longerRepetitions() throws {
    let three: [[UInt8]] = [[1, 2], [1, 2], [1, 2]]
    #expect(try Self.events([[three]], Self.frames(Self.said([1, 2, 1, 2]))).isEmpty)
    #expect(try Self.events([[three]], Self.frames(Self.said([1, 2, 1, 2, 1, 2]))).count == 1)
    let pair: [[UInt8]] = [[1], [2, 3], [1], [2, 3]]
    #expect(try Self.events([[pair]], Self.frames(Self.said([1, 2, 3]))).isEmpty)
    #expect(try Self.events([[pair]], Self.frames(Self.said([1, 2, 3, 1, 2, 3]))).count == 1)
  }

  @Test("Two occurrences that meet in one long sound are both heard, as in \"nine nine\", and one alone is not")
  func meetInOneSound() throws {
    let nineNine: [[UInt8]] = [[6, 7], [1, 2, 1], [1, 2, 1]]
    let long = Self.said([6, 7, 1, 2]) + [1, 1, 1, Self.blank] + Self.said([2, 1])
    #expect(try Self.events([[nineNine]], Self.frames(long, other: -7)).count == 1)
    #expect(try Self.events([[nineNine]], Self.frames(Self.said([6, 7, 1, 2, 1]), other: -7)).isEmpty)
    // Each sound drawn out over three frames.
    let drawnOut = ([6, 7, 1, 2, 1] as [Int]).flatMap { [$0, $0, $0, Self.blank] }
    #expect(try Self.events([[nineNine]], Self.frames(drawnOut, other: -7)).isEmpty)
    // One phoneme alone meets itself as well, but then little would be left to hear.
    let oh: [[UInt8]] = [[1], [1], [6, 7, 8]]
    #expect(try Self.events([[oh]], Self.frames(Self.said([1, 6, 7, 8]), other: -7)).isEmpty)
  }

  @Test("A variant with two pronunciations of the repeated word must pass the other variants' rivals")
  func mixedVariants() throws {
    let variants: [[[UInt8]]] = [[[6, 7], [1, 2, 3], [1, 2, 3]], [[6, 7], [1, 2, 3], [9, 1, 2, 3]]]
    #expect(try Self.events([variants], Self.frames(Self.said([6, 7, 1, 2, 3]))).isEmpty)
    #expect(try Self.events([variants], Self.frames(Self.said([6, 7, 1, 2, 3, 9, 1, 2, 3]))).count == 1)
  }

  @Test("A repetition within a word is not a repeated word")
  func withinWord() throws {
    // A slightly shortened "Mississippi" still matches.
    let frames = Self.frames(Self.said([1, 2, 3, 4, 5]), other: -6)
    let events = try Self.events([[[[1, 2], [1, 2, 3, 4, 5]]], [[[1, 2, 1, 2, 3, 4, 5]]]], frames)
    #expect(events.map(\.phraseIndex) == [1])
  }
}
