import AudioCapture
import CommandLineOptions
import JSON
import Messages

struct DevicesCommand {
  static let syntax = CommandSyntax(
    "devices", "List the devices that can record.",
    """
    Prints one device a line, its name first; the name is what heed listen --device takes. Exit code 69 when there
    is none.

    Examples:
      heed devices
      heed devices --json
    """,
    options: [.flag("json", "Print one JSON object a line: name, description.")])

  private let json: Bool

  init(_ arguments: CommandArguments) {
    json = arguments.flag("json")
  }

  func run() throws(Failure) {
    let devices = CaptureDevice.all()
    var output = LineWriter(descriptor: 1, flushesEachLine: false)
    for device in devices {
      if json {
        var object = JSONObject()
        object.add("name", device.name)
        object.add("description", device.description)
        try output.put(object.encoded)
      } else {
        try output.put("\(device.name)\t\(device.description)".utf8)
      }
    }
    try output.end()
    guard !devices.isEmpty else {
      throw Failure(
        .deviceUnavailable,
        "no device that can record was found; connect a microphone, and check that this user may open /dev/snd "
          + "(group audio)")
    }
  }
}
