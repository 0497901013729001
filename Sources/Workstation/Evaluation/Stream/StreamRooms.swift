import SeededRandom
import Training

/// The rooms that a stream is heard in, another one every ten minutes.
///
/// Rooms that have a talker at the distance follow each other in drawn order, then in another order, and so on. Each clip is heard
/// from one of the room's places for talkers at that distance, all noise of a visit from one place for noise: one that is marked as
/// such, else another talker's, else the only one. What is heard has the level of what was said, so that rooms differ in
/// nothing but their sound. A function of the responses and the seed; a copy gives the same rooms. One thread at a time, copies
/// included.
public struct StreamRooms {
  /// How long a stream stays in a room.
  public static let visitSamples: Int64 = 9_600_000

  private struct Visit {
    var talkers: [RoomResponse]
    var noise: RoomResponse
  }

  private let rooms: [RoomResponses.Room]
  private let distance: TalkerDistance
  private let convolver = RoomConvolver()
  private var generator: SplitMix64
  private var visitGenerator: SplitMix64
  private var order: [Int] = []
  private var visits: [Visit] = []

  /// - Throws: `nothingToEvaluate` where no room has a talker at the distance.
  public init(_ responses: RoomResponses, _ distance: TalkerDistance, seed: UInt64) throws(EvaluationError) {
    rooms = responses.rooms.filter { room in room.talkers.contains { distance.metres.contains($0.metres) } }
    guard !rooms.isEmpty else {
      throw .nothingToEvaluate(
        reason: "\(responses.folder)/\(RoomResponses.tableName) has no talker of split \(responses.split) "
          + "\(distance.title); name other distances")
    }
    self.distance = distance
    generator = SplitMix64(seed: seed ^ 0x7461_6C6B)
    visitGenerator = SplitMix64(seed: seed ^ 0x726F_6F6D)
  }

  /// A clip as the microphone hears it that begins at a sample of the stream, its direct sound where it was said.
  ///
  /// - Returns: the clip, and what rings on after it.
  public mutating func hear(_ clip: [Float], at sample: Int64) -> [Float] {
    let talkers = visit(at: sample).talkers
    let response = talkers[generator.nextIndex(talkers.count)]
    return heard(clip, response, ringingSamples: response.samples.count)
  }

  /// The same for noise; what rings on is cut.
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
