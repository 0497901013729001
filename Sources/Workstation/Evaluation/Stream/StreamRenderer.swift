import Foundation
import SeededRandom
import Training

/// A phrase said on the stream, in samples since the stream's start.
public struct StreamOccurrence: Equatable, Sendable {
  public var phraseIndex: Int
  /// First and last instant of the phrase itself, without the silence of its recording.
  public var startSample: Int64
  public var endSample: Int64
  /// Index into the phrase clips: ``StreamItem/clipIndex``.
  public var clipIndex: Int

  public init(phraseIndex: Int, startSample: Int64, endSample: Int64, clipIndex: Int = 0) {
    self.phraseIndex = phraseIndex
    self.clipIndex = clipIndex
    self.startSample = startSample
    self.endSample = endSample
  }
}

/// Makes the samples of a schedule, an item at a time, and notes where each phrase was said.
///
/// Every clip is scaled to an active speech level of −26 dB of full scale (``SpeechActivity``); the noise's power lies
/// `signalToNoiseDecibels` under that level, through speech and pauses alike. Under everything lies white noise at
/// −75 dB of full scale, since a microphone never gives digital silence. Sums are rounded and saturate. In rooms, clips and
/// noise are heard as ``StreamRooms`` says, at the same levels. A function of the schedule, the clips, the rooms and the seed.
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
  /// What rings on after the last item.
  private var ringing: [Float] = []
  private var generator: SplitMix64
  private var nextItem = 0
  private var position: Int64 = 0

  /// - Parameters:
  ///   - noiseClips: what the noise is made of; empty for a clean stream.
  ///   - signalToNoiseDecibels: of the active speech level against the noise's power.
  ///   - rooms: where it is heard; `nil` at the microphone.
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

  /// The next item with the pause before it, and after the last item the rest of the stream.
  ///
  /// - Parameter clip: gives the samples of an item's recording, `sampleCount` of them.
  /// - Returns: `nil` at the end of the stream.
  public mutating func next(clip: (StreamItem) throws -> [Int16]) rethrows -> [Int16]? {
    guard position < schedule.sampleCount else { return nil }
    var samples: [Float]
    var tail: ArraySlice<Float> = []
    if nextItem < schedule.items.count {
      let item = schedule.items[nextItem]
      nextItem += 1
      let recording = try clip(item)
      precondition(recording.count == item.sampleCount, "a clip has another length than scheduled")
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

  /// Adds what rings on from before, and keeps what is left of it and of the new item.
  private mutating func ring(in samples: inout [Float], leaving tail: ArraySlice<Float>) {
    let count = min(ringing.count, samples.count)
    for index in 0..<count { samples[index] += ringing[index] }
    ringing.removeFirst(count)
    ringing += [Float](repeating: 0, count: max(0, tail.count - ringing.count))
    for (index, value) in tail.enumerated() { ringing[index] += value }
  }
}
