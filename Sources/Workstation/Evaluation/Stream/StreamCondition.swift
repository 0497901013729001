import Foundation
import Training

/// The distance of talkers from the microphone.
public enum TalkerDistance: String, Sendable, CaseIterable {
  /// Less than 1.2 m.
  case near
  /// 1.2 to 2.5 m.
  case middle
  /// 2.5 m and more.
  case far

  /// A description for reports.
  public var title: String {
    switch self {
    case .near: "within 1.2 m"
    case .middle: "at 1.2-2.5 m"
    case .far: "beyond 2.5 m"
    }
  }

  /// The range of distances.
  public var metres: Range<Float> {
    switch self {
    case .near: 0..<1.2
    case .middle: 1.2..<2.5
    case .far: 2.5..<(.infinity)
    }
  }
}

/// The acoustic path between the talkers of a stream and the microphone.
public struct StreamCondition: Sendable {
  /// Active speech over noise in decibels; `nil` without noise.
  public var signalToNoiseDecibels: Double?
  /// Rooms with talkers, and with noise from another place; `nil` for speech at the microphone.
  public var rooms: RoomResponses?
  /// The distance of the talkers in the rooms.
  public var distance: TalkerDistance

  /// Creates a condition.
  public init(signalToNoiseDecibels: Double? = nil, rooms: RoomResponses? = nil, distance: TalkerDistance = .near) {
    self.signalToNoiseDecibels = signalToNoiseDecibels
    self.rooms = rooms
    self.distance = distance
  }

  /// A short name: `10 dB`, `clean`, `10 dB, far`.
  public var name: String { Self.name(signalToNoiseDecibels, rooms == nil ? nil : distance.rawValue) }

  /// A description: `noise at 10 dB`, `no noise, talkers at 1.2-2.5 m`.
  public var title: String {
    let noise = signalToNoiseDecibels.map { String(format: "noise at %g dB", $0) } ?? "no noise"
    return rooms == nil ? noise : "\(noise), talkers \(distance.title)"
  }

  /// The rooms of the stream; `nil` for speech at the microphone.
  func streamRooms(seed: UInt64) throws(EvaluationError) -> StreamRooms? {
    guard let rooms else { return nil }
    return try StreamRooms(rooms, distance, seed: seed)
  }

  static func name(_ signalToNoiseDecibels: Double?, _ distance: String?) -> String {
    let noise = signalToNoiseDecibels.map { String(format: "%g dB", $0) } ?? "clean"
    return distance.map { "\(noise), \($0)" } ?? noise
  }
}
