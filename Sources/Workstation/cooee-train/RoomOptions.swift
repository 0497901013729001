import ArgumentParser
import Training

/// The rooms in which recordings are placed.
struct RoomOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Folder of impulse responses with rooms.tsv: path, split, room, kind (talker or noise) and metres. A share of the recordings, \
      augmentation.responseShare of the recipe, is convolved with the responses of split train.
      """, valueName: "folder"))
  var rooms: String?

  func load() throws -> RoomResponses? {
    guard let rooms else { return nil }
    let responses = try RoomResponses(folder: rooms, split: "train")
    Console.say("\(rooms): \(responses.rooms.count) rooms, \(responses.responseCount) responses of split train")
    return responses
  }
}
