import SeededRandom
import Training

/// The context and level of a phrase in the quiet protocol.
public struct QuietCondition: Hashable, Sendable {
  /// The signal before the phrase.
  public enum Before: Hashable, Sendable {
    /// The floor alone, for this duration.
    case floor(seconds: Double)
    /// At least four seconds of other talkers over the floor, at this active level in decibels of full scale.
    case speech(decibels: Double)
  }

  /// The signal before the phrase.
  public var before: Before
  /// The noise under and after all speech.
  public var floor: QuietFloor
  /// Active level of the phrase in decibels of full scale.
  public var decibels: Double
  /// Whether speech at the level of the phrase follows it directly.
  public var hasCommand: Bool
  /// The distance of the talkers in a room; `nil` for speech at the microphone.
  var distance: TalkerDistance?

  /// Creates a condition at the microphone.
  public init(before: Before, floor: QuietFloor, decibels: Double, hasCommand: Bool = false) {
    self.before = before
    self.floor = floor
    self.decibels = decibels
    self.hasCommand = hasCommand
  }

  /// The condition with running speech before the phrase, at the phrase's level.
  var afterSpeech: QuietCondition {
    QuietCondition(before: .speech(decibels: decibels), floor: floor, decibels: decibels)
  }

  /// Whether the floor alone precedes the phrase.
  public var isQuiet: Bool {
    if case .floor = before { return true }
    return false
  }
}

/// One stream of the quiet protocol: the floor alone, then speech over the floor.
struct QuietTrial {
  /// Samples of the floor alone before ``said``.
  var quietSampleCount: Int
  /// Speech before the phrase if there is any, the phrase, a command if there is one, and 1.5 s without speech.
  var said: [Float]
  /// The part of ``said`` in which the floor is muted, because the recording contains it.
  var ownFloorRange: Range<Int>?
  var occurrence: StreamOccurrence
  var floor: FloorTrack

  var sampleCount: Int { quietSampleCount + said.count }

  /// Renders the stream: the floor in blocks of a second, then the rest.
  mutating func render(_ hear: ([Int16]) -> Void) {
    var left = quietSampleCount
    while left > 0 {
      let count = min(left, 16_000)
      hear(floor.next(count).map(Int16.init(saturating:)))
      left -= count
    }
    var samples = floor.next(said.count)
    if let range = ownFloorRange {
      for index in range {
        // Fades as the recording does.
        let edge = min(index - range.lowerBound, range.upperBound - 1 - index, 320)
        samples[index] *= 1 - Float(edge) / 320
      }
    }
    for index in samples.indices { samples[index] += said[index] }
    hear(samples.map(Int16.init(saturating:)))
  }
}

/// Builds the streams of the quiet protocol.
///
/// A recording of a phrase is cut to 0.2 s around its active part (``SpeechActivity``), faded over 20 ms at both ends,
/// and scaled to the condition's level. A command is an utterance of the background, 50 ms after the phrase. Across a
/// room, all speech of a stream comes from one place, at the same level; the floor has no echo. Recordings take turns
/// through the rooms, in the order of ``StreamRooms``. The seed and the index of the recording determine the draws for
/// its streams, so conditions differ in nothing else.
struct QuietStage {
  let material: StreamMaterial
  private let noise: NoiseClips
  private let rooms: [TalkerDistance: StreamRooms]
  private let seed: UInt64

  /// Minimum length of the speech before a phrase.
  static let speechSamples = 64_000
  /// Margin before and after the active part of a recording.
  private static let marginSamples = 3_200
  /// Margin between a phrase and a command, on each side.
  private static let commandMarginSamples = 400

  /// - Parameter rooms: the rooms of each distance that conditions have.
  init(material: StreamMaterial, rooms: [TalkerDistance: StreamRooms], seed: UInt64) {
    self.material = material
    noise = NoiseClips(material.noiseClips)
    self.rooms = rooms
    self.seed = seed
  }

  /// The stream of a recording in a condition.
  ///
  /// - Precondition: ``rooms`` has the condition's distance.
  func trial(_ clipIndex: Int, _ condition: QuietCondition) -> QuietTrial {
    let recording = material.phraseSamples(clipIndex)
    let activity = SpeechActivity(recording)
    let gain = Self.gain(activity, decibels: condition.decibels)
    let first = max(0, activity.range.lowerBound - Self.marginSamples)
    let margin = condition.hasCommand ? Self.commandMarginSamples : Self.marginSamples
    let part = first..<min(recording.count, activity.range.upperBound + margin)
    var phrase = recording[part].map { Float($0) * gain }
    phrase.fadeEnds()

    var generator = SplitMix64(seed: seed &+ 0x9E37_79B9_7F4A_7C15 &* UInt64(clipIndex + 1))
    let floorSeed = generator.next()
    var said: [Float] = []
    var quietSampleCount = 0
    switch condition.before {
    case .floor(let seconds): quietSampleCount = Int(seconds * 16_000)
    case .speech(let decibels): said = speech(decibels: decibels, &generator)
    }
    let start = said.count
    said += phrase
    let end = said.count
    if condition.hasCommand { said += command(decibels: condition.decibels, &generator) }
    said += [Float](repeating: 0, count: 24_000)
    if let distance = condition.distance {
      var rooms = rooms[distance]!
      said = Array(rooms.hear(said, inVisit: clipIndex)[..<said.count])
    }
    let offset = Int64(quietSampleCount + start - part.lowerBound)
    return QuietTrial(
      quietSampleCount: quietSampleCount, said: said,
      ownFloorRange: condition.floor == .own ? start..<end : nil,
      occurrence: StreamOccurrence(
        phraseIndex: 0, startSample: offset + Int64(activity.range.lowerBound),
        endSample: offset + Int64(activity.range.upperBound), clipIndex: clipIndex),
      floor: FloorTrack(
        condition.floor, noise: noise,
        own: condition.floor == .own ? Self.ownFloor(recording, activity.range).map { Float($0) * gain } : [],
        seed: floorSeed))
  }

  /// Utterances in random order, with pauses of 0.3…0.8 s after each.
  private func speech(decibels: Double, _ generator: inout SplitMix64) -> [Float] {
    var samples: [Float] = []
    while samples.count < Self.speechSamples {
      let utterance = material.backgroundSamples(generator.nextIndex(material.backgroundClipCount))
      let gain = Self.gain(SpeechActivity(utterance), decibels: decibels)
      samples += utterance.lazy.map { Float($0) * gain }
      samples += [Float](repeating: 0, count: Int((0.3 + 0.5 * generator.unit()) * 16_000))
    }
    return samples
  }

  /// An utterance without the silence before it.
  private func command(decibels: Double, _ generator: inout SplitMix64) -> [Float] {
    let utterance = material.backgroundSamples(generator.nextIndex(material.backgroundClipCount))
    let activity = SpeechActivity(utterance)
    let gain = Self.gain(activity, decibels: decibels)
    var samples = utterance[max(0, activity.range.lowerBound - Self.commandMarginSamples)...].map {
      Float($0) * gain
    }
    samples.fadeEnds()
    return samples
  }

  private static func gain(_ activity: SpeechActivity, decibels: Double) -> Float {
    activity.activeLevel > 0 ? Float(amplitude(ofDecibels: decibels) / activity.activeLevel) : 0
  }

  /// The floor of a recording: the longer of the parts before and after the speech, without the 50 ms next to it. If
  /// neither has 0.2 s, the quietest 0.2 s of the whole recording.
  static func ownFloor(_ recording: [Int16], _ active: Range<Int>) -> ArraySlice<Int16> {
    let shortest = 3_200
    let before = recording[..<max(0, active.lowerBound - 800)]
    let after = recording[min(recording.count, active.upperBound + 800)...]
    let longer = before.count >= after.count ? before : after
    if longer.count >= shortest { return longer }
    guard recording.count > shortest else { return recording[...] }
    var energy = recording[..<shortest].reduce(0) { $0 + Int($1) * Int($1) }
    var (least, leastStart) = (energy, 0)
    for start in 1...recording.count - shortest {
      let (gone, come) = (Int(recording[start - 1]), Int(recording[start + shortest - 1]))
      energy += come * come - gone * gone
      if energy < least { (least, leastStart) = (energy, start) }
    }
    return recording[leastStart..<leastStart + shortest]
  }
}
