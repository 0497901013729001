import SeededRandom
import Training

/// A clip's place on a stream.
public struct StreamItem: Equatable, Sendable {
  /// The phrase that the clip holds; `nil` for background speech.
  public var phraseIndex: Int?
  /// Index into the background clips, or into the phrase clips.
  public var clipIndex: Int
  /// First sample of the clip on the stream. Between it and the item before lies a pause.
  public var startSample: Int64
  public var sampleCount: Int

  /// First sample after the clip.
  public var endSample: Int64 { startSample + Int64(sampleCount) }
}

/// Where nothing is said around a phrase on a stream.
public enum PhrasePauses: String, Sendable, CaseIterable {
  /// Before and after it, as where a device is called and then waited for.
  case around
  /// Before it only; a command follows at once.
  case before
  /// Nowhere: the phrase is said in the middle of speech.
  case none
}

/// The order and times of all clips of a stream: every background clip and every phrase clip once.
///
/// Background clips stand in drawn order. Each phrase clip falls into a drawn gap between two of them, so that a phrase
/// comes at a random time of running speech. Pauses are drawn from 0.3…0.8 s, and from 0.6…1.1 s after a phrase, so
/// that what is said next cannot fall into the time in which the phrase may be reported; ``PhrasePauses`` takes those at the
/// phrases away. A function of the seed.
public struct StreamSchedule: Equatable, Sendable {
  public let items: [StreamItem]
  /// Length of the stream, a pause of a second after the last clip included.
  public let sampleCount: Int64

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
