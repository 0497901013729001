import AudioFiles
import Foundation
import Recordings
import SeededRandom

/// Impulse responses of rooms, measured or computed, from a folder with their table.
///
/// The table `rooms.tsv` names a response a line; its columns, parted by tabs and named by the first line:
///
/// | column   | meaning                                                                  |
/// |----------|--------------------------------------------------------------------------|
/// | `path`   | a recording in the folder, 16 kHz mono: WAV, FLAC and others              |
/// | `split`  | what the room is for: `train`, `dev` and others; a room is in one of them |
/// | `room`   | any name; responses with the same name are of one room and microphone     |
/// | `kind`   | `talker` or `noise`: what stands at the place                             |
/// | `metres` | from there to the microphone                                              |
///
/// Other columns are left alone. Where a recording is of two seconds and more, it is best cut where nothing is left in it but noise.
public final class RoomResponses: Sendable {
  /// What one microphone hears.
  public struct Room: Sendable {
    public let name: String
    public let talkers: [RoomResponse]
    public let noises: [RoomResponse]
  }

  public static let tableName = "rooms.tsv"

  public let folder: String
  public let split: String
  /// Rooms with a talker, in the order of the table.
  public let rooms: [Room]
  public var responseCount: Int { rooms.reduce(0) { $0 + $1.talkers.count + $1.noises.count } }

  /// Reads the responses of one split.
  public init(folder: String, split: String) throws(RoomResponsesError) {
    self.folder = folder
    self.split = split
    let path = folder + "/" + Self.tableName
    let rows = try Self.rows(path)
    let chosen = rows.filter { $0.split == split }
    guard !chosen.isEmpty else {
      throw .noRows(path: path, split: split, found: Set(rows.map(\.split)).sorted())
    }
    var transforms: [Int: ComplexTransform] = [:]
    var order: [String] = []
    var found: [String: [RoomResponse]] = [:]
    for row in chosen {
      let file = folder + "/" + row.path
      guard
        let response = RoomResponse(
          name: row.path, kind: row.kind, metres: row.metres, samples: try Self.read(file), sharing: &transforms)
      else { throw .silent(path: file) }
      if found[row.room] == nil { order.append(row.room) }
      found[row.room, default: []].append(response)
    }
    rooms = order.compactMap { name in
      let talkers = found[name]!.filter { $0.kind == .talker }
      guard !talkers.isEmpty else { return nil }
      return Room(name: name, talkers: talkers, noises: found[name]!.filter { $0.kind == .noise })
    }
    guard !rooms.isEmpty else { throw .noTalkers(path: path, split: split) }
  }

  /// Draws rooms as the augmentation's simulator does; each has a talker and a place of noise.
  public init(simulating count: Int, _ configuration: AugmentationConfiguration, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var simulation = RoomSimulation()
    folder = "simulated"
    split = "train"
    rooms = (0..<count).map { index in
      let place = simulation.draw(configuration, using: &generator)
      return Room(name: "\(index)", talkers: [place.talker], noises: [place.noise])
    }
  }

  /// Draws a talker of a room, and where noise in that room comes from: a place for noise, else that of another talker, else
  /// the talker's own.
  public func drawPlace(using generator: inout SplitMix64) -> (talker: RoomResponse, noise: RoomResponse) {
    let room = rooms[generator.nextIndex(rooms.count)]
    let index = generator.nextIndex(room.talkers.count)
    let others =
      room.noises.isEmpty ? room.talkers.indices.filter { $0 != index }.map { room.talkers[$0] } : room.noises
    let noise = others.isEmpty ? room.talkers[index] : others[generator.nextIndex(others.count)]
    return (room.talkers[index], noise)
  }

  /// What runs through these rooms differs from what runs through others: the table's split and a sum over all samples.
  public var fingerprint: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for room in rooms {
      for response in room.talkers + room.noises {
        for sample in response.samples { hash = (hash ^ UInt64(sample.bitPattern)) &* 0x100_0000_01B3 }
      }
    }
    return "\(rooms.count) rooms \(String(hash, radix: 16))"
  }

  private struct Row {
    var path: String
    var split: String
    var room: String
    var kind: RoomResponse.Kind
    var metres: Float
  }

  private static func rows(_ path: String) throws(RoomResponsesError) -> [Row] {
    var rows: [Row] = []
    // A fault of a value, which the table's own reader cannot throw.
    var fault: RoomResponsesError?
    do {
      let table = try TabSeparatedTable(path: path)
      let name = try table.index(of: "path")
      let split = try table.index(of: "split")
      let room = try table.index(of: "room")
      let kind = try table.index(of: "kind")
      let metres = try table.index(of: "metres")
      var line = 1
      try table.forEachRow { fields throws(CorpusError) in
        line += 1
        guard fault == nil else { return }
        guard let known = RoomResponse.Kind(rawValue: fields[kind]) else {
          let accepted = RoomResponse.Kind.allCases.map(\.rawValue).joined(separator: " or ")
          fault = .unusableValue(path: path, line: line, column: "kind", found: fields[kind], accepted: accepted)
          return
        }
        guard let distance = Float(fields[metres]), distance > 0, distance.isFinite else {
          fault = .unusableValue(
            path: path, line: line, column: "metres", found: fields[metres], accepted: "a number above 0")
          return
        }
        rows.append(
          Row(path: fields[name], split: fields[split], room: fields[room], kind: known, metres: distance))
      }
    } catch { throw .table(error) }
    if let fault { throw fault }
    return rows
  }

  private static func read(_ path: String) throws(RoomResponsesError) -> [Float] {
    var samples: [Float] = []
    let (hertz, channels): (Int, Int)
    do throws(AudioFileError) {
      var reader = try AudioFileReader(path: path)
      (hertz, channels) = (reader.fileHertz, reader.fileChannelCount)
      var chunk = [Int16](repeating: 0, count: 16_384)
      while true {
        let count = try chunk.withUnsafeMutableBufferPointer { buffer throws(AudioFileError) in
          try reader.read(into: buffer)
        }
        if count == 0 { break }
        for index in 0..<count { samples.append(Float(chunk[index])) }
      }
    } catch { throw .recording(error) }
    guard hertz == AudioFileReader.outputHertz, channels == 1 else {
      throw .format(path: path, hertz: hertz, channels: channels)
    }
    return samples
  }
}

/// Why responses of rooms could not be read. Every case names what a person has to look at.
public enum RoomResponsesError: Error, Equatable, Sendable {
  /// The table is missing, has no column of a name, or a line of another length.
  case table(CorpusError)
  /// A value in the table. Lines count from 1.
  case unusableValue(path: String, line: Int, column: String, found: String, accepted: String)
  /// No line is of the split; `found` are those that there are.
  case noRows(path: String, split: String, found: [String])
  /// No room of the split has a place of a talker.
  case noTalkers(path: String, split: String)
  case recording(AudioFileError)
  case format(path: String, hertz: Int, channels: Int)
  case silent(path: String)
}

extension RoomResponsesError: CustomStringConvertible {
  /// What went wrong with which file and what to do, in one line for a person.
  public var description: String {
    switch self {
    case .table(.cannotRead(let path, let reason)):
      return
        "cannot read \(path): \(reason); a folder of rooms has the table \(RoomResponses.tableName), with the columns "
        + "path, split, room, kind and metres"
    case .table(let error): return error.description
    case .unusableValue(let path, let line, let column, let found, let accepted):
      return "\(path), line \(line): \(column) '\(found)'; accepted: \(accepted)"
    case .noRows(let path, let split, let found):
      return
        "\(path) has no response of split '\(split)'; it has: \(found.isEmpty ? "none" : found.joined(separator: ", "))"
    case .noTalkers(let path, let split):
      return "\(path) has no room of split '\(split)' with a response of kind talker; add one"
    case .recording(let error): return "\(error)"
    case .format(let path, let hertz, let channels):
      return
        "\(path) has \(hertz) Hz and \(channels) channels; responses are of 16000 Hz and one channel: convert it, with "
        + "sox \(path) -r 16000 OUTPUT remix 1"
    case .silent(let path): return "\(path) is silent or empty; remove its line from the table"
    }
  }
}
