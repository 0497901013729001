import ArgumentParser
import Foundation
import Training

struct RoomsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rooms",
    abstract: "Measure impulse responses of a folder and of simulated rooms.",
    discussion: """
      Writes a table of acoustic measures with their 5th, 50th and 95th percentiles. In simulated rooms the ratio of reflections \
      to direct sound determines the position of a talker. Noise positions are anywhere in the room.

      Example:
        cooee-train rooms --rooms rooms

      Exit status: 0 measured, 1 unusable folder, 64 wrong usage.
      """)

  @Option(help: ArgumentHelp("Folder of impulse responses with rooms.tsv.", valueName: "folder")) var rooms: String?
  @Option(help: "Split of the rooms to measure.") var split = "train"
  @Option(help: "Number of rooms to simulate.") var count = 300
  @Option(help: "Random seed of the simulated rooms.") var seed: UInt64 = 1

  func validate() throws {
    guard (1...10_000).contains(count) else { throw ValidationError("--count \(count): must be from 1 to 10000") }
  }

  func run() throws {
    var sets: [(name: String, rooms: RoomResponses)] = []
    if let rooms { sets.append((rooms, try RoomResponses(folder: rooms, split: split))) }
    sets.append(("simulated", RoomResponses(simulating: count, AugmentationConfiguration(), seed: seed)))
    print("rooms\tkind\tmeasure\tunit\tresponses\t5 %\t50 %\t95 %")
    for (name, rooms) in sets {
      Self.write(name, "talker", rooms.rooms.flatMap(\.talkers))
      Self.write(name, "noise", rooms.rooms.flatMap(\.noises))
    }
  }

  private static func write(_ name: String, _ kind: String, _ responses: [RoomResponse]) {
    let measures = RoomMeasures.measure(responses)
    func row(_ measure: String, _ unit: String, _ values: [Float]) {
      let sorted = values.filter(\.isFinite).sorted()
      guard !sorted.isEmpty else { return }
      let columns = [0.05, 0.5, 0.95].map { share in
        let value = sorted[Int(share * Double(sorted.count - 1))]
        return String(format: "%.2f", value)
      }
      print(([name, kind, measure, unit, "\(sorted.count)"] + columns).joined(separator: "\t"))
    }
    for (band, hertz) in RoomMeasures.octaveHertz.enumerated() {
      row("T60 at \(Int(hertz)) Hz", "s", measures.map { $0.reverberationSeconds[band] })
    }
    row("reflections over direct sound", "dB", measures.map(\.reverberantToDirectDecibels))
    for (least, most) in [(0, 0.5), (0.5, 1.2), (1.2, 2.5), (2.5, 10)] as [(Float, Float)] {
      let there = zip(responses, measures).filter { (least..<most).contains($0.0.metres) }.map(\.1)
      row("reflections at \(least)-\(most) m", "dB", there.map(\.reverberantToDirectDecibels))
    }
    row("C50", "dB", measures.map(\.clarityDecibels))
    for (index, milliseconds) in RoomMeasures.echoMilliseconds.enumerated() {
      row("echo density at \(milliseconds) ms", "", measures.map { $0.echoDensities[index] })
    }
    row("coloration", "dB", measures.map(\.colorationDecibels))
  }
}
