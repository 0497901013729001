import Foundation
import SeededRandom
import Training

/// A phrase on the stream. Times are in samples since the start of the stream.
public struct StreamOccurrence: Equatable, Sendable {
  /// Index of the phrase.
  public var phraseIndex: Int
  /// First sample of the speech, after any silence at the start of the recording.
  public var startSample: Int64
  /// Last sample of the speech, before any silence at the end of the recording.
  public var endSample: Int64
  /// Index into the phrase clips: ``StreamItem/clipIndex``.
  public var clipIndex: Int

  /// Creates an occurrence.
  public init(phraseIndex: Int, startSample: Int64, endSample: Int64, clipIndex: Int = 0) {
    self.phraseIndex = phraseIndex
    self.clipIndex = clipIndex
    self.startSample = startSample
    self.endSample = endSample
  }
}

/// Renders a schedule item by item and records where each phrase occurs.
///
/// Every clip is scaled to an active speech level of −26 dB of full scale (``SpeechActivity``). The noise's power lies
/// `signalToNoiseDecibels` below that level, in speech and in pauses. White noise at −75 dB of full scale lies under
/// everything, because a microphone never gives digital silence. Sums are rounded and saturate. ``StreamRooms`` defines
/// how clips and noise sound in rooms, at the same levels. The schedule, the clips, the rooms and the seed determine
/// the stream.
public struct StreamRenderer {
  /// Active level of every clip on the stream, in units of Int16: −26 dB of full scale.
  public static let speechLevel = 32_768 * 0.050_118_723
  /// Level of the white noise under everything: −75 dB of full scale.
  public static let floorLevel = 32_768 * 0.000_177_828

  /// Occurrences of the items rendered so far, in order of time.
  public private(set) var occurrences: [StreamOccurrence] = []

  private let schedule: StreamSchedule
  private var rooms: StreamRooms?
  private var noise: NoiseTrack?
  /// The reverberation after the last item.
  private var ringing: [Float] = []
  private var generator: SplitMix64
  private var nextItem = 0
  private var position: Int64 = 0

  /// Starts a stream.
  ///
  /// - Parameters:
  ///   - noiseClips: the clips of the noise; empty for a clean stream.
  ///   - signalToNoiseDecibels: active speech level over the power of the noise.
  ///   - rooms: the rooms of the stream; `nil` for speech at the microphone.
  public init(
    schedule: StreamSchedule, noiseClips: [[Int16]], signalToNoiseDecibels: Double, rooms: StreamRooms? = nil,
    seed: UInt64
  ) {
    self.schedule = schedule
    self.rooms = rooms
    let ratio = pow(10, signalToNoiseDecibels / 20)
    noise = NoiseTrack(
      NoiseClips(noiseClips), level: Self.speechLevel / ratio, rooms: rooms, seed: seed ^ 0x6E6F_6973)
    generator = SplitMix64(seed: seed ^ 0x666C_6F6F_72)
  }

  /// Renders the next item with the pause before it, or after the last item the rest of the stream.
  ///
  /// - Parameter clip: returns the samples of an item's recording, `sampleCount` of them.
  /// - Returns: `nil` at the end of the stream.
  public mutating func next(clip: (StreamItem) throws -> [Int16]) rethrows -> [Int16]? {
    guard position < schedule.sampleCount else { return nil }
    var samples: [Float]
    var tail: ArraySlice<Float> = []
    if nextItem < schedule.items.count {
      let item = schedule.items[nextItem]
      nextItem += 1
      let recording = try clip(item)
      precondition(recording.count == item.sampleCount, "the length of a clip differs from the schedule")
      samples = [Float](repeating: 0, count: Int(item.startSample - position))
      let activity = SpeechActivity(recording)
      let gain = activity.activeLevel > 0 ? Float(Self.speechLevel / activity.activeLevel) : 0
      var heard = recording.map { Float($0) * gain }
      if let echoing = rooms?.hear(heard, at: item.startSample) { heard = echoing }
      samples += heard[..<recording.count]
      tail = heard[recording.count...]
      if let phraseIndex = item.phraseIndex {
        occurrences.append(
          StreamOccurrence(
            phraseIndex: phraseIndex, startSample: item.startSample + Int64(activity.range.lowerBound),
            endSample: item.startSample + Int64(activity.range.upperBound), clipIndex: item.clipIndex))
      }
    } else {
      samples = [Float](repeating: 0, count: Int(schedule.sampleCount - position))
    }
    ring(in: &samples, leaving: tail)
    noise?.add(to: &samples, at: position)
    position += Int64(samples.count)
    // A uniform draw of half width w has the root mean square w / √3.
    let halfWidth = Float(Self.floorLevel * 3.0.squareRoot())
    return samples.map { Int16(saturating: $0 + generator.nextUniform(in: -halfWidth...halfWidth)) }
  }

  /// Adds the reverberation of previous items, and keeps the remainder of it and of the new item.
  private mutating func ring(in samples: inout [Float], leaving tail: ArraySlice<Float>) {
    let count = min(ringing.count, samples.count)
    for index in 0..<count { samples[index] += ringing[index] }
    ringing.removeFirst(count)
    ringing += [Float](repeating: 0, count: max(0, tail.count - ringing.count))
    for (index, value) in tail.enumerated() { ringing[index] += value }
  }
}
