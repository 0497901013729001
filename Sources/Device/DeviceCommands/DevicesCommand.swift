import AudioCapture
import CommandLineOptions
import JSON
import Messages

struct DevicesCommand {
  static let syntax = CommandSyntax(
    "devices", "List recording devices.",
    """
    Prints one device per line, its name first. Pass the name to cooee listen --device. The exit status is 69 if there is
    no device.

    Examples:
      cooee devices
      cooee devices --json
    """,
    options: [.flag("json", "Print one JSON object per line: name, description.")])

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
        "no capture device was found; connect a microphone, and check that this user may open /dev/snd "
          + "(group audio)")
    }
  }
}
