import SeededRandom
import Training

/// The rooms of a stream, which changes rooms every ten minutes.
///
/// Rooms with a talker at the distance follow one another in random order, then in another order, and so on. Each clip
/// is convolved with the response of one of the room's talkers at that distance. All noise of a visit comes from one
/// place: a place for noise if there is one, else another talker's, else the only one. Levels are preserved, so rooms
/// differ only in their sound. The responses and the seed determine the rooms; a copy gives the same ones. One thread
/// at a time, including copies.
public struct StreamRooms {
  /// Length of a visit to one room in samples: ten minutes.
  public static let visitSamples: Int64 = 9_600_000

  private struct Visit {
    var talkers: [RoomResponse]
    var noise: RoomResponse
  }

  private let rooms: [RoomResponses.Room]
  private let distance: TalkerDistance
  private let convolver = RoomConvolver()
  private let seed: UInt64
  private var generator: SplitMix64
  private var visitGenerator: SplitMix64
  private var order: [Int] = []
  private var visits: [Visit] = []

  /// - Throws: `nothingToEvaluate` if no room has a talker at the distance.
  public init(_ responses: RoomResponses, _ distance: TalkerDistance, seed: UInt64) throws(EvaluationError) {
    rooms = responses.rooms.filter { room in room.talkers.contains { distance.metres.contains($0.metres) } }
    guard !rooms.isEmpty else {
      throw .nothingToEvaluate(
        reason: "\(responses.folder)/\(RoomResponses.tableName) has no talker of split \(responses.split) "
          + "\(distance.title); choose other distances")
    }
    self.distance = distance
    self.seed = seed ^ 0x7461_6C6B
    generator = SplitMix64(seed: self.seed)
    visitGenerator = SplitMix64(seed: seed ^ 0x726F_6F6D)
  }

  /// Convolves a clip that begins at a sample of the stream. The direct sound keeps its position.
  ///
  /// - Returns: the clip, followed by its reverberation.
  public mutating func hear(_ clip: [Float], at sample: Int64) -> [Float] {
    let talkers = visit(at: sample).talkers
    let response = talkers[generator.nextIndex(talkers.count)]
    return heard(clip, response, ringingSamples: response.samples.count)
  }

  /// Convolves a clip in the room of a visit, counted from 0. The clips before do not change the talker.
  ///
  /// - Returns: the clip, followed by its reverberation.
  mutating func hear(_ clip: [Float], inVisit index: Int) -> [Float] {
    generator = SplitMix64(seed: seed &+ UInt64(index))
    return hear(clip, at: Int64(index) * Self.visitSamples)
  }

  /// Convolves a noise clip. The reverberation after its end is cut off.
  public mutating func hear(noise clip: [Float], at sample: Int64) -> [Float] {
    heard(clip, visit(at: sample).noise, ringingSamples: 0)
  }

  private func heard(_ clip: [Float], _ response: RoomResponse, ringingSamples: Int) -> [Float] {
    let said = clip + [Float](repeating: 0, count: ringingSamples)
    var heard = [Float](repeating: 0, count: said.count)
    said.withUnsafeBufferPointer { said in
      heard.withUnsafeMutableBufferPointer { convolver.hear(said, through: response, into: $0) }
    }
    func energy(_ samples: ArraySlice<Float>) -> Float { samples.reduce(0) { $0 + $1 * $1 } }
    let heardEnergy = energy(heard[..<clip.count])
    let gain = heardEnergy > 0 ? (energy(clip[...]) / heardEnergy).squareRoot() : 0
    for index in heard.indices { heard[index] *= gain }
    return heard
  }

  private mutating func visit(at sample: Int64) -> Visit {
    let index = Int(sample / Self.visitSamples)
    while visits.count <= index {
      if order.isEmpty {
        order = Array(rooms.indices)
        visitGenerator.shuffle(&order)
      }
      let room = rooms[order.removeLast()]
      let talkers = room.talkers.filter { distance.metres.contains($0.metres) }
      let others = room.talkers.filter { other in !talkers.contains { $0 === other } }
      let places = room.noises.isEmpty ? (others.isEmpty ? talkers : others) : room.noises
      visits.append(Visit(talkers: talkers, noise: places[visitGenerator.nextIndex(places.count)]))
    }
    return visits[index]
  }
}
