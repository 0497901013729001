import CPlatform
import Messages

/// A program that records from a card.
public struct CardHolder: Equatable, Sendable {
  /// The kernel's card number.
  public var card: Int
  /// The process ID.
  public var process: Int
  /// The program's name; empty if this user may not read it.
  public var program: String

  /// Describes a program that records from a card.
  public init(card: Int, process: Int, program: String) {
    self.card = card
    self.process = process
    self.program = program
  }

  /// The programs that record from the card with this ALSA name, or from any card if the name does not identify one.
  ///
  /// `hw:1`, `plughw:1,0`, `hw:Device` and `plughw:CARD=Device,DEV=0` identify a card and a device (0 if omitted).
  ///
  /// - Parameter folder: The mount point of procfs.
  package static func all(of device: String, in folder: String = "/proc") -> [CardHolder] {
    let wanted = CardName(device)
    var holders: [CardHolder] = []
    for card in 0..<32 {
      let path = folder + "/asound/card" + decimal(card)
      guard platform_path_exists(path) != 0 else { continue }
      if let wanted, wanted.card != decimal(card), wanted.card != firstWord(of: path + "/id") { continue }
      for number in 0..<32 where wanted == nil || wanted?.device == number {
        let stream = path + "/pcm" + decimal(number) + "c"
        guard platform_path_exists(stream) != 0 else { continue }
        var substream = 0
        while let status = contents(of: stream + "/sub" + decimal(substream) + "/status") {
          substream += 1
          guard let owner = value(of: "owner_pid", in: status), let thread = Int(owner) else { continue }
          // The kernel gives the thread that opened the card.
          let lines = contents(of: folder + "/" + decimal(thread) + "/status") ?? []
          let process = value(of: "Tgid", in: lines).flatMap { Int($0) } ?? thread
          let program = firstWord(of: folder + "/" + decimal(process) + "/comm") ?? ""
          holders.append(CardHolder(card: card, process: process, program: program))
        }
      }
    }
    return holders
  }

  /// The value in the line `key : value`.
  private static func value(of key: StaticString, in text: [UInt8]) -> String? {
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let name = trimmed(line[..<colon])
      guard name.count == key.utf8CodeUnitCount else { continue }
      var isEqual = true
      for (index, byte) in name.enumerated() where byte != key.utf8Start[index] { isEqual = false }
      if isEqual { return String(decoding: trimmed(line[(colon + 1)...]), as: UTF8.self) }
    }
    return nil
  }

  private static func firstWord(of path: String) -> String? {
    guard let bytes = contents(of: path) else { return nil }
    return String(decoding: trimmed(bytes[...]), as: UTF8.self)
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var rest = bytes
    while let first = rest.first, first <= 0x20 { rest = rest.dropFirst() }
    while let last = rest.last, last <= 0x20 { rest = rest.dropLast() }
    return rest
  }

  /// The first 4,096 bytes of a file; nil if it cannot be read.
  private static func contents(of path: String) -> [UInt8]? {
    let descriptor = platform_open_for_reading(path)
    guard descriptor >= 0 else { return nil }
    defer { platform_close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = bytes.withUnsafeMutableBytes { platform_read(descriptor, $0.baseAddress, $0.count) }
    return count < 0 ? nil : Array(bytes[..<count])
  }
}

/// The card in an ALSA device name: its number or identifier, and the number of the device on it.
private struct CardName {
  var card = ""
  var device = 0

  /// Nil if the name does not identify a card.
  init?(_ name: String) {
    let bytes = Array(name.utf8)
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    for (position, part) in bytes[(colon + 1)...].split(separator: UInt8(ascii: ",")).enumerated() {
      var key = position == 0 ? "CARD" : position == 1 ? "DEV" : ""
      var value = part
      if let equals = part.firstIndex(of: UInt8(ascii: "=")) {
        key = String(decoding: part[..<equals], as: UTF8.self)
        value = part[(equals + 1)...]
      }
      let text = String(decoding: value, as: UTF8.self)
      if key == "CARD" { card = text }
      if key == "DEV" { device = Int(text) ?? 0 }
    }
    if card.isEmpty { return nil }
  }
}
