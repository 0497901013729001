import Glibc

/// The test microphone's devices, all of which play a ramp: the sample at frame i is `i mod 30,000`, so that a test
/// sees which samples it was given and which are missing.
///
/// `frameCount` frames at 16 kHz. `stereo48` is 48 kHz stereo and constant; `changed` comes back as a card of 48 kHz that
/// goes on with the ramp, three frames for each value; `long` has `longFrameCount` frames.
enum TestMicrophone {
  static let frameCount = 24_000
  static let longFrameCount = 88_000

  static func ramp(_ frames: Range<Int>) -> [Int16] { frames.map { Int16($0 % 30_000) } }

  /// Writes ALSA's configuration and lets libasound read it. Evaluated once per process.
  static let isConfigured: Bool = {
    let recording = TemporaryFile(
      waveFile(hertz: 16_000, channels: 1, bitsPerSample: 16, data: bytes(of: ramp(0..<frameCount))))
    let stereo = TemporaryFile(
      waveFile(
        hertz: 48_000, channels: 2, bitsPerSample: 16, data: bytes(of: [Int16](repeating: 8_000, count: 48_000))))
    let long = TemporaryFile(
      waveFile(hertz: 16_000, channels: 1, bitsPerSample: 16, data: bytes(of: ramp(0..<longFrameCount))))
    let fast = TemporaryFile(
      waveFile(
        hertz: 48_000, channels: 1, bitsPerSample: 16, data: bytes(of: (0..<3 * frameCount).map { Int16($0 / 3) })))
    let types = "pcm_type.cooeetest { lib \"\(pluginPath())\" }\n"
    let devices = [
      "ramp": "", "fast": "speed 4", "suspending": "suspend 8000", "unplugged": "unplug 8000",
      "replugged": "unplug 4000 replug 0.4", "stalling": "stall 4000", "busy": "busy 1", "endless": "at_end silence",
      "pieces": "piece 37", "revived": "stall 4000 revive 0.5", "released": "busy 1 release 0.5",
      "replugged-again": "unplug 4000 replug 0.4",
      "changed": "unplug 4000 replug 0.4 replug_file \"\(fast.path)\"",
      "changed-again": "unplug 4000 replug 0.4 replug_file \"\(fast.path)\"",
    ]
    var text = types
    for (name, keys) in devices.sorted(by: { $0.key < $1.key }) {
      text += "pcm.\(name) { type cooeetest file \"\(recording.path)\" \(keys) }\n"
    }
    text += "pcm.stereo48 { type cooeetest file \"\(stereo.path)\" }\n"
    text += "pcm.long { type cooeetest file \"\(long.path)\" unplug 4000 replug 2.6 }\n"
    text += "pcm.changing { type plug slave { pcm changed } }\n"
    text += "pcm.converted { type plug slave { pcm stereo48 } }\n"
    let configuration = TemporaryFile(Array(text.utf8), suffix: ".conf")
    kept = [recording, stereo, long, fast, configuration]
    return setenv("ALSA_CONFIG_PATH", configuration.path, 1) == 0
  }()

  nonisolated(unsafe) private static var kept: [TemporaryFile] = []

  /// The plug-in that the build put beside this program.
  private static func pluginPath() -> String {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count)
    let program = String(decoding: path[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let folder = program[..<(program.lastIndex(of: "/") ?? program.startIndex)]
    return "\(folder)/libasound_module_pcm_cooeetest.so"
  }
}
