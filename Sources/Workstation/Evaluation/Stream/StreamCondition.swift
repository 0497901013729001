import Foundation
import Training

/// How far from the microphone people talk.
public enum TalkerDistance: String, Sendable, CaseIterable {
  /// Less than 1.2 m.
  case near
  /// 1.2 to 2.5 m.
  case middle
  /// 2.5 m and more.
  case far

  /// For people.
  public var title: String {
    switch self {
    case .near: "within 1.2 m"
    case .middle: "at 1.2-2.5 m"
    case .far: "beyond 2.5 m"
    }
  }

  public var metres: Range<Float> {
    switch self {
    case .near: 0..<1.2
    case .middle: 1.2..<2.5
    case .far: 2.5..<(.infinity)
    }
  }
}

/// What lies between the talkers of a stream and the microphone.
public struct StreamCondition: Sendable {
  /// Decibels of active speech over noise; `nil` without noise.
  public var signalToNoiseDecibels: Double?
  /// Talkers in rooms, and noise from another place there; `nil` at the microphone.
  public var rooms: RoomResponses?
  /// Of the talkers in the rooms.
  public var distance: TalkerDistance

  public init(signalToNoiseDecibels: Double? = nil, rooms: RoomResponses? = nil, distance: TalkerDistance = .near) {
    self.signalToNoiseDecibels = signalToNoiseDecibels
    self.rooms = rooms
    self.distance = distance
  }

  /// In words: `10 dB`, `clean`, `10 dB, far`.
  public var name: String { Self.name(signalToNoiseDecibels, rooms == nil ? nil : distance.rawValue) }

  /// For people: `noise at 10 dB`, `no noise, talkers at 1.2-2.5 m`.
  public var title: String {
    let noise = signalToNoiseDecibels.map { String(format: "noise at %g dB", $0) } ?? "no noise"
    return rooms == nil ? noise : "\(noise), talkers \(distance.title)"
  }

  /// The rooms that it is heard in; `nil` at the microphone.
  func streamRooms(seed: UInt64) throws(EvaluationError) -> StreamRooms? {
    guard let rooms else { return nil }
    return try StreamRooms(rooms, distance, seed: seed)
  }

  static func name(_ signalToNoiseDecibels: Double?, _ distance: String?) -> String {
    let noise = signalToNoiseDecibels.map { String(format: "%g dB", $0) } ?? "clean"
    return distance.map { "\(noise), \($0)" } ?? noise
  }
}
