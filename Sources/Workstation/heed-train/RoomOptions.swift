import ArgumentParser
import Training

/// Which rooms recordings are heard in.
struct RoomOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Folder of impulse responses with rooms.tsv: path, split, room, kind (talker or noise) and metres. Recordings are heard through \
      those of split train, as often as the recipe's augmentation.responseShare says.
      """, valueName: "folder"))
  var rooms: String?

  func load() throws -> RoomResponses? {
    guard let rooms else { return nil }
    let responses = try RoomResponses(folder: rooms, split: "train")
    Console.say("\(rooms): \(responses.rooms.count) rooms, \(responses.responseCount) responses of split train")
    return responses
  }
}
