import CommandLineOptions
import Console
import Listening
import ListeningService
import Messages
import ServiceSinks
import Wyoming

/// Which parts `heed serve` has, as the command line says.
struct ServeOptions {
  static var options: [CommandSyntax.Option] {
    [
      .value(
        "device", "name",
        "The microphone, by the name that heed devices prints, or a stream as for heed listen (default: the "
          + "configuration's)."),
      .flag("no-microphone", "Do not listen to this machine's microphone."),
      .flag("json", "Print detections as JSON objects, one a line, instead of lines for a person."),
      .flag("no-announce", "Do not tell the network what is served, as zeroconf does where others may connect."),
    ] + WyomingOptions.options + ConsoleOptions.options + HookOptions.options + MQTTOptions.options
      + RecordingOptions.options + MetricsOptions.options
  }

  let hasMicrophone: Bool
  let output: EventOutput
  let announces: Bool
  let wyoming: WyomingOptions
  let console: ConsoleOptions
  let hooks: HookOptions
  let mqtt: MQTTOptions
  let recordings: RecordingOptions
  let metrics: MetricsOptions

  init(_ arguments: CommandArguments) throws(Failure) {
    hasMicrophone = !arguments.flag("no-microphone")
    output = arguments.flag("json") ? .json : .lines
    announces = !arguments.flag("no-announce")
    wyoming = try WyomingOptions(arguments)
    console = try ConsoleOptions(arguments)
    hooks = try HookOptions(arguments)
    mqtt = try MQTTOptions(arguments)
    recordings = try RecordingOptions(arguments)
    metrics = try MetricsOptions(arguments)
    guard hasMicrophone || wyoming.endpoint != nil || console.endpoint != nil else {
      throw .usage(
        "there is nothing to do with --no-microphone, --no-wyoming and --no-console", command: arguments.commandName)
    }
  }
}
