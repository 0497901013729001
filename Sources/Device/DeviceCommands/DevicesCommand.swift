import AudioCapture
import CommandLineOptions
import DeviceSetup
import JSON
import Messages
import Recordings

struct DevicesCommand {
  static let syntax = CommandSyntax(
    "devices", "List recording devices.",
    """
    Prints one device per line, its name first. Pass the name to cooee listen --device. The devices are those that ALSA
    lists; whether one works is seen only when it is opened. --open opens each one for a moment and prints what it would
    record, or why it does not. --channel, --channels, --rate and --format open it with these settings.

    The exit status is 69 if there is no device, or if none could be opened with --open.

    Examples:
      cooee devices
      cooee devices --open --json
      cooee devices --rate 48000 --format s32
    """,
    options: [
      .flag("open", "Open each device, without recording."),
      .flag(
        "json",
        "Print one JSON object per line: name, description; with --open also format, channels and rate, or problem."),
    ] + ProgramSettings.layoutOptions + [ProgramSettings.configurationOption])

  private let json: Bool
  /// How to open the devices; nil if they are only listed.
  private let settings: ProgramSettings?

  init(_ arguments: CommandArguments) throws(Failure) {
    json = arguments.flag("json")
    var opens = arguments.flag("open")
    for option in ["channel", "channels", "rate", "format"] where arguments.text(option) != nil { opens = true }
    settings = opens ? try ProgramSettings(arguments) : nil
  }

  func run() throws(Failure) {
    let devices = CaptureDevice.all()
    var output = LineWriter(descriptor: 1, flushesEachLine: settings != nil)
    var openedCount = 0
    for device in devices {
      var object = JSONObject()
      object.add("name", device.name)
      object.add("description", device.description)
      var line = device.name + "\t" + device.description
      if let settings {
        do throws(CaptureError) {
          let layout = try Microphone.layout(settings.capture(device.name))
          openedCount += 1
          object.add("format", layout.format.rawValue)
          object.add("channels", layout.channelCount)
          object.add("rate", layout.hertz)
          line += filled(
            "\topens: %, channels: %, % Hz", layout.format.rawValue, decimal(layout.channelCount), decimal(layout.hertz)
          )
        } catch {
          object.add("problem", error.description)
          line += "\t" + error.description
        }
      }
      if json { try output.put(object.encoded) } else { try output.put(line.utf8) }
    }
    try output.end()
    guard !devices.isEmpty else {
      throw Failure(
        .deviceUnavailable,
        "no capture device was found; connect a microphone, and check that this user may open /dev/snd "
          + "(group audio)")
    }
    guard settings == nil || openedCount > 0 else { throw Failure(.deviceUnavailable, "no device could be opened") }
  }
}
