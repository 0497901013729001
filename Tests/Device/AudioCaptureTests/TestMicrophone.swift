import Glibc

/// The test microphone's devices, all of which play a ramp: the sample at frame i is `i mod 30,000`, so that a test
/// sees which samples it was given and which are missing.
///
/// `frameCount` frames at 16 kHz. `stereo48` is 48 kHz stereo, constant with 8,000 and 2,000; `changed` comes back as a card
/// of 48 kHz that goes on with the ramp, three frames for each value; `long` has `longFrameCount` frames. `only-FORMAT` has
/// one sample format, and `only-HERTZ` plays a tone of 1 kHz at that rate alone.
enum TestMicrophone {
  static let frameCount = 24_000
  static let longFrameCount = 88_000

  /// The sample of a tone of 1 kHz at a frame.
  static func tone(_ frame: Int, _ hertz: Int) -> Int16 {
    Int16((8_000 * sin(2 * Double.pi * 1_000 * Double(frame) / Double(hertz))).rounded())
  }

  static func ramp(_ frames: Range<Int>) -> [Int16] { frames.map { Int16($0 % 30_000) } }

  /// Writes ALSA's configuration and lets libasound read it. Evaluated once per process.
  static let isConfigured: Bool = {
    let recording = TemporaryFile(
      waveFile(hertz: 16_000, channels: 1, bitsPerSample: 16, data: bytes(of: ramp(0..<frameCount))))
    let stereo = TemporaryFile(
      waveFile(
        hertz: 48_000, channels: 2, bitsPerSample: 16,
        data: bytes(of: (0..<48_000).map { $0 % 2 == 0 ? 8_000 : 2_000 } as [Int16])))
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
      "changed-fixed": "unplug 4000 replug 0.4 replug_file \"\(fast.path)\"",
      "changed-again": "unplug 4000 replug 0.4 replug_file \"\(fast.path)\"",
    ]
    var text = types
    for (name, keys) in devices.sorted(by: { $0.key < $1.key }) {
      text += "pcm.\(name) { type cooeetest file \"\(recording.path)\" \(keys) }\n"
    }
    for format in ["S16_LE", "S24_LE", "S24_3LE", "S32_LE", "FLOAT_LE"] {
      text += "pcm.only-\(format) { type cooeetest file \"\(recording.path)\" format \"\(format)\" }\n"
    }
    kept = []
    for hertz in [8_000, 44_100, 48_000, 96_000] {
      let file = TemporaryFile(
        waveFile(hertz: hertz, channels: 1, bitsPerSample: 16, data: bytes(of: (0..<hertz).map { tone($0, hertz) })))
      text += "pcm.only-\(hertz) { type cooeetest file \"\(file.path)\" format \"S32_LE\" }\n"
      kept.append(file)
    }
    text += "pcm.stereo48 { type cooeetest file \"\(stereo.path)\" }\n"
    text += "pcm.long { type cooeetest file \"\(long.path)\" unplug 4000 replug 2.6 }\n"
    text += "pcm.changing { type plug slave { pcm changed } }\n"
    text += "pcm.converted { type plug slave { pcm stereo48 } }\n"
    let configuration = TemporaryFile(Array(text.utf8), suffix: ".conf")
    kept += [recording, stereo, long, fast, configuration]
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
