import AudioFiles
import Foundation
import Recordings
import SeededRandom

/// Measured or computed impulse responses of rooms, from a folder with a table.
///
/// The table `rooms.tsv` has one response per line. Its first line names the columns, which are separated by tabs:
///
/// | column   | meaning                                                                            |
/// |----------|------------------------------------------------------------------------------------|
/// | `path`   | a recording in the folder, 16 kHz mono: WAV, FLAC and others                       |
/// | `split`  | `train`, `dev` and others; each room belongs to one                                |
/// | `room`   | any name; responses with the same name share a room and a microphone               |
/// | `kind`   | the source at the place: `talker` or `noise`                                       |
/// | `metres` | distance to the microphone                                                         |
///
/// Other columns are ignored. Cut recordings of two seconds or more at the point where only noise remains.
public final class RoomResponses: Sendable {
  /// The responses of one microphone in one room.
  public struct Room: Sendable {
    /// The name of the room in the table.
    public let name: String
    /// Responses of places where somebody talks.
    public let talkers: [RoomResponse]
    /// Responses of places that noise comes from.
    public let noises: [RoomResponse]
  }

  /// The file name of the table.
  public static let tableName = "rooms.tsv"

  /// The folder that the responses were read from, or `simulated`.
  public let folder: String
  /// The split that was read.
  public let split: String
  /// Rooms with a talker, in the order of the table.
  public let rooms: [Room]
  /// The number of responses in all rooms.
  public var responseCount: Int { rooms.reduce(0) { $0 + $1.talkers.count + $1.noises.count } }

  /// Reads the responses of one split.
  ///
  /// - Throws: ``RoomResponsesError``.
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

  /// Draws rooms as the augmentation's simulator does. Each has a talker and a noise source.
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

  /// Draws a talker of a random room and a noise source in that room: a place for noise if there is one, else the place
  /// of another talker, else the talker's own.
  public func drawPlace(using generator: inout SplitMix64) -> (talker: RoomResponse, noise: RoomResponse) {
    let room = rooms[generator.nextIndex(rooms.count)]
    let index = generator.nextIndex(room.talkers.count)
    let others =
      room.noises.isEmpty ? room.talkers.indices.filter { $0 != index }.map { room.talkers[$0] } : room.noises
    let noise = others.isEmpty ? room.talkers[index] : others[generator.nextIndex(others.count)]
    return (room.talkers[index], noise)
  }

  /// Identifies the rooms for resumed runs: their number and a hash over the split and all samples.
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
    // An invalid value, which the table's reader cannot throw.
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

/// Why room responses could not be read. Every case names the file or value to fix.
public enum RoomResponsesError: Error, Equatable, Sendable {
  /// The table is missing, lacks a column, or has a line with the wrong number of columns.
  case table(CorpusError)
  /// An invalid value in the table. Lines count from 1.
  case unusableValue(path: String, line: Int, column: String, found: String, accepted: String)
  /// No line belongs to the split. `found` lists the splits of the table.
  case noRows(path: String, split: String, found: [String])
  /// No room of the split has a response of kind `talker`.
  case noTalkers(path: String, split: String)
  /// A recording cannot be decoded.
  case recording(AudioFileError)
  /// A recording is not 16 kHz mono.
  case format(path: String, hertz: Int, channels: Int)
  /// A recording is silent or empty.
  case silent(path: String)
}

extension RoomResponsesError: CustomStringConvertible {
  /// The error and its remedy in one line.
  public var description: String {
    switch self {
    case .table(.cannotRead(let path, let reason)):
      return
        "cannot read \(path): \(reason); a folder of rooms needs the table \(RoomResponses.tableName) with the columns "
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
        "\(path) has \(hertz) Hz and \(channels) channels; responses must be 16000 Hz mono; convert it with "
        + "sox \(path) -r 16000 OUTPUT remix 1"
    case .silent(let path): return "\(path) is silent or empty; remove its line from the table"
    }
  }
}
