import CommandLineOptions
import Console
import DeviceSetup
import Listening
import ListeningService
import Messages
import ServiceSinks
import Wyoming

/// The options of `cooee serve`.
struct ServeOptions {
  static var options: [CommandSyntax.Option] {
    [
      .flag("no-microphone", "Do not open this machine's microphone."),
      .flag("json", "Print each detection as a JSON object on one line."),
      .flag("no-announce", "Do not announce the services by zeroconf when other machines can connect."),
    ] + WyomingOptions.options + ConsoleOptions.options + HookOptions.options + MQTTOptions.options
      + WebhookOptions.options + VoiceAssistantOptions.options + RecordingOptions.options + MetricsOptions.options
  }

  let hasMicrophone: Bool
  let output: EventOutput
  let announces: Bool
  let wyoming: WyomingOptions
  let console: ConsoleOptions
  let hooks: HookOptions
  let mqtt: MQTTOptions
  let webhook: WebhookOptions
  let voiceAssistant: VoiceAssistantOptions
  let recordings: RecordingOptions
  let metrics: MetricsOptions

  init(_ arguments: CommandArguments, _ configuration: DeviceConfiguration) throws(Failure) {
    hasMicrophone = !arguments.flag("no-microphone")
    output = arguments.flag("json") ? .json : .lines
    announces = !arguments.flag("no-announce")
    wyoming = try WyomingOptions(arguments)
    console = try ConsoleOptions(arguments)
    hooks = try HookOptions(arguments)
    mqtt = try MQTTOptions(arguments)
    webhook = try WebhookOptions(arguments, configured: configuration.optionalText(.webhook))
    voiceAssistant = try VoiceAssistantOptions(
      arguments, configured: configuration.optionalText(.voiceAssistant))
    recordings = try RecordingOptions(arguments)
    metrics = try MetricsOptions(arguments)
    guard hasMicrophone || wyoming.endpoint != nil || console.endpoint != nil else {
      throw .usage(
        "nothing is left to do with --no-microphone, --no-wyoming and --no-console", command: arguments.commandName)
    }
  }
}
