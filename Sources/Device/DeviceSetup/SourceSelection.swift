import AudioCapture
import CommandLineOptions
import KeywordSpotting
import Messages
import Recordings

/// The options that select microphones, streams and channels, and their effect on the configuration.
extension ProgramSettings {
  package static let deviceOption = CommandSyntax.Option.value(
    "device", "name",
    "The microphone, as named by cooee devices, or tcp://HOST:PORT, tcp-listen://ADDRESS:PORT or stdin (default: from the "
      + "configuration, otherwise default). NAME=DEVICE names it in events.", isRepeated: true)

  /// The layout of cards and of raw samples.
  package static let layoutOptions: [CommandSyntax.Option] = [
    .value("channel", "index", "The channel to use, from 0, or mix for the mean of all."),
    .value("channels", "count", "The channels of the card or of raw samples (default: what the card offers, or 1)."),
    .value("rate", "hertz", "The sample rate of the card or of raw samples (default: what the card offers, or 16000)."),
    .value(
      "format", "name",
      "The samples of the card or of raw streams: s16, s24, s24_3, s32 or float (default: what the card offers, or s16)."
    ),
  ]

  /// What is done with the sound, wherever it comes from.
  package static let soundOptions: [CommandSyntax.Option] = [
    .value("gain", "dB", "Amplify the sound, -60 to 60 (default: 0)."),
    .value("refractory", "seconds", "The time in which a detected phrase is not reported again (default: 1)."),
  ]

  /// All of them.
  package static let sourceOptions = [deviceOption] + layoutOptions + soundOptions

  /// Applies the options to a configuration.
  ///
  /// - Throws: `usage` if a value is not accepted.
  static func apply(_ arguments: CommandArguments, to configuration: inout DeviceConfiguration) throws(Failure) {
    let devices = arguments.texts("device")
    if !devices.isEmpty { configuration.override(.device, .text(devices.joined(separator: " "))) }
    if let name = arguments.text("format") {
      guard let format = format(named: name) else {
        throw .usage("--format is \(name); it accepts s16, s24, s24_3, s32 and float", command: arguments.commandName)
      }
      configuration.override(.format, .text(format.rawValue))
    }
    func set(_ key: ConfigurationKey, _ value: Int?) {
      if let value { configuration.override(key, .integer(value)) }
    }
    if arguments.text("channel") == "mix" {
      set(.channel, -1)
    } else {
      set(.channel, try arguments.integer("channel", in: 0...31))
    }
    set(.channels, try arguments.integer("channels", in: 1...32))
    set(.rate, try arguments.integer("rate", in: 4_000...192_000))
    set(.gainDecibels, try arguments.integer("gain", in: -60...60))
    let seconds = try arguments.number("refractory", accepted: "0 to 60") { $0 >= 0 && $0 <= 60 }
    set(.refractoryMilliseconds, seconds.map { Int($0 * 1_000 + 0.5) })
    do throws(DeviceConfiguration.FileError) { try configuration.checkTogether() } catch {
      throw .usage(error.message, command: arguments.commandName)
    }
  }

  private static func format(named name: String) -> SampleFormat? {
    switch name {
    case "s16": .int16
    case "s24": .int24
    case "s24_3": .packedInt24
    case "s32": .int32
    case "float": .float32
    default: SampleFormat(rawValue: name)
    }
  }

  /// The microphones and streams to listen to, at least one. If there are several, each has a name of its own.
  ///
  /// - Throws: `usage` if two have the same name.
  static func sources(
    _ arguments: CommandArguments, _ configuration: DeviceConfiguration
  ) throws(Failure) -> [NamedSource] {
    var texts = arguments.texts("device")
    // A device on the command line may contain blanks, such as the path of a file.
    if texts.isEmpty { texts = configuration.text(.device).split(separator: " ").map { String($0) } }
    var sources: [NamedSource] = []
    for text in texts {
      var source = NamedSource(text)
      if texts.count > 1, source.name == nil { source.name = source.device }
      if sources.contains(where: { $0.name == source.name || $0.device == source.device }) {
        throw .usage("the device \(text) is named twice", command: arguments.commandName)
      }
      sources.append(source)
    }
    return sources
  }

  /// How to open a microphone or a stream.
  package func capture(_ device: String) -> CaptureSettings {
    var capture = CaptureSettings(device: device)
    capture.format = SampleFormat(rawValue: configuration.text(.format))
    capture.channelCount = nonzero(.channels)
    capture.hertz = nonzero(.rate)
    let channel = configuration.integer(.channel)
    capture.channel = channel < 0 ? nil : channel
    if configuration.origin(.channel) != .standard { capture.fileChannel = capture.channel }
    capture.gainDecibels = configuration.integer(.gainDecibels)
    capture.periodMilliseconds = configuration.integer(.periodMilliseconds)
    capture.bufferMilliseconds = configuration.integer(.bufferMilliseconds)
    return capture
  }

  /// How to read recordings and raw samples: as the command line says. The configuration describes the microphone.
  package var recordingOptions: SourceOptions {
    func given(_ key: ConfigurationKey) -> Int? {
      configuration.origin(key) == .commandLine ? configuration.integer(key) : nil
    }
    var options = SourceOptions()
    if let channel = given(.channel), channel >= 0 { options.channel = channel }
    options.rawChannel = options.channel
    options.gainDecibels = given(.gainDecibels) ?? 0
    if configuration.origin(.format) == .commandLine {
      options.rawLayout.format = SampleFormat(rawValue: configuration.text(.format)) ?? .int16
    }
    options.rawLayout.channelCount = given(.channels) ?? (options.channel ?? 0) + 1
    options.rawLayout.hertz = given(.rate) ?? 16_000
    return options
  }

  /// How detections are decided.
  package var spotter: SpotterConfiguration {
    var spotter = SpotterConfiguration()
    spotter.refractoryMilliseconds = configuration.integer(.refractoryMilliseconds)
    return spotter
  }

  private func nonzero(_ key: ConfigurationKey) -> Int? {
    let value = configuration.integer(key)
    return value == 0 ? nil : value
  }
}
