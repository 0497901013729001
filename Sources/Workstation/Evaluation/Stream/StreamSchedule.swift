import SeededRandom
import Training

/// The position of a clip on a stream.
public struct StreamItem: Equatable, Sendable {
  /// The phrase of the clip; `nil` for background speech.
  public var phraseIndex: Int?
  /// Index into the background clips, or into the phrase clips.
  public var clipIndex: Int
  /// First sample of the clip on the stream. A pause separates it from the previous item.
  public var startSample: Int64
  /// Length of the clip.
  public var sampleCount: Int

  /// First sample after the clip.
  public var endSample: Int64 { startSample + Int64(sampleCount) }
}

/// Where a stream has pauses at phrases.
public enum PhrasePauses: String, Sendable, CaseIterable {
  /// Before and after the phrase, as when a user calls a device and waits.
  case around
  /// Before the phrase only. A command follows directly.
  case before
  /// None: the phrase is embedded in speech.
  case none
}

/// The order and times of all clips of a stream: every background clip and every phrase clip once.
///
/// Background clips are in random order. Each phrase clip is inserted in a random gap between two of them, at a random
/// time of running speech. Pauses are drawn from 0.3…0.8 s, and from 0.6…1.1 s after a phrase, which keeps the
/// following speech out of the time in which the phrase may be reported. ``PhrasePauses`` removes the pauses at
/// phrases. The seed determines the schedule.
public struct StreamSchedule: Equatable, Sendable {
  /// The clips in order of time.
  public let items: [StreamItem]
  /// Length of the stream, including a pause of a second after the last clip.
  public let sampleCount: Int64

  /// Draws a schedule.
  ///
  /// - Parameters:
  ///   - backgroundSampleCounts: length of every background clip.
  ///   - phraseClips: phrase and length of every phrase clip.
  public init(
    backgroundSampleCounts: [Int], phraseClips: [(phraseIndex: Int, sampleCount: Int)], pauses: PhrasePauses = .around,
    seed: UInt64
  ) {
    var generator = SplitMix64(seed: seed)
    var backgroundOrder = Array(backgroundSampleCounts.indices)
    generator.shuffle(&backgroundOrder)
    var phraseOrder = Array(phraseClips.indices)
    generator.shuffle(&phraseOrder)
    var phrasesInGap = [[Int]](repeating: [], count: backgroundOrder.count + 1)
    for clip in phraseOrder { phrasesInGap[generator.nextIndex(phrasesInGap.count)].append(clip) }

    var items: [StreamItem] = []
    var position: Int64 = 0
    func append(_ phraseIndex: Int?, _ clipIndex: Int, _ count: Int) {
      let shortest = items.last?.phraseIndex == nil ? 0.3 : 0.6
      let pause = Int64((shortest + 0.5 * generator.unit()) * 16_000)
      let isCut = pauses != .around && items.last?.phraseIndex != nil || pauses == .none && phraseIndex != nil
      if !isCut { position += pause }
      items.append(
        StreamItem(phraseIndex: phraseIndex, clipIndex: clipIndex, startSample: position, sampleCount: count))
      position += Int64(count)
    }
    for gap in 0...backgroundOrder.count {
      for clip in phrasesInGap[gap] { append(phraseClips[clip].phraseIndex, clip, phraseClips[clip].sampleCount) }
      if gap < backgroundOrder.count {
        append(nil, backgroundOrder[gap], backgroundSampleCounts[backgroundOrder[gap]])
      }
    }
    self.items = items
    sampleCount = position + 16_000
  }
}
