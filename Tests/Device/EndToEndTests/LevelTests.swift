import Glibc
import Testing

@Suite("Level reports")
struct LevelTests {
  private let cooee: Program
  private let phrases: String
  /// Keeps the card's buffer long although its clock runs fast.
  private let configuration: String

  init() {
    var text = "pcm_type.cooeetest { lib \"\(Program.folder)/libasound_module_pcm_cooeetest.so\" }\n"
    var draws: UInt64 = 11
    /// Seeded noise whose RMS is `amplitude / √3`.
    func noise(_ amplitude: Int, seconds: Int) -> [Int16] {
      (0..<(16_000 * seconds)).map { _ in
        draws = draws &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int16(Int(draws >> 33) % (2 * amplitude + 1) - amplitude)
      }
    }
    let loud = (0..<32_000).map { $0 / 40 % 2 == 0 ? Int16.max : Int16.min }
    for (name, speed, samples) in [
      ("clipping", 8, noise(900, seconds: 2) + loud + noise(900, seconds: 13)),
      ("quiet", 8, noise(9, seconds: 33) + noise(900, seconds: 3)), ("fine", 1, noise(900, seconds: 4)),
      ("loud", 1, noise(900, seconds: 1) + loud + noise(900, seconds: 1)), ("faint", 1, noise(9, seconds: 4)),
      ("dead", 1, [Int16](repeating: 0, count: 64_000)),
    ] {
      let path = TemporaryFolder.shared.write(Self.waveFile(samples), "\(name).wav")
      text += "pcm.\(name) { type cooeetest file \"\(path)\" speed \(speed) }\n"
      if name == "fine" { text += "pcm.drifting { type cooeetest file \"\(path)\" speed 1.02 }\n" }
    }
    cooee = Program(
      environment: [
        "COOEE_MODELS": TestModels.untrained,
        "ALSA_CONFIG_PATH": TemporaryFolder.shared.write(Array(text.utf8), "alsa.conf"),
      ])
    configuration = TemporaryFolder.shared.write(Array("schema = 1\nbuffer_milliseconds = 5000\n".utf8), "cooee.toml")
    phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    #expect(cooee.run(["enroll", "hey computer", "--to", phrases]).exitCode == 0)
  }

  private func messages(_ device: String) -> [Substring] {
    let run = cooee.run(["listen", "--phrases", phrases, "--device", device, "--config", configuration])
    #expect(run.exitCode == 0, "\(run.messages)")
    return run.messages.split(separator: "\n").filter { $0.hasPrefix("cooee: the microphone") }
  }

  @Test("clipping is reported when it begins, with what to do, and when it ends")
  func clipping() {
    let told = messages("clipping")
    #expect(told.count == 2, "\(told)")
    #expect(told.first?.hasPrefix("cooee: the microphone clipping is clipping; lower its gain") == true)
    #expect(told.last == "cooee: the microphone clipping is no longer clipping")
  }

  @Test("a very quiet microphone is reported with its level and what to do, and again when it is loud enough")
  func quiet() {
    // Whole numbers from −9 to 9: 30 is their mean square, 20 · log₁₀(√30 / 32,768) = −75.5.
    let told = messages("quiet")
    #expect(told.count == 2, "\(told)")
    #expect(told.first?.contains("quiet is very quiet (-76 dBFS); raise its gain") == true, "\(told)")
    #expect(told.last?.contains("quiet is loud enough again (-36 dBFS)") == true, "\(told)")
  }

  @Test(
    "doctor reports levels and a card with an inaccurate clock",
    arguments: [
      ("fine", "ok   microphone", "-36 dBFS, peak -31 dBFS, fine"),
      ("loud", "note microphone", "it is clipping; lower its gain"),
      ("faint", "note microphone", "very quiet; raise its gain"),
      ("drifting", "note microphone", "% off the machine's, which causes misses"),
      ("dead", "bad  microphone", "delivers only zeros; unmute it"),
    ])
  func doctor(device: String, mark: String, part: String) {
    let run = cooee.run(["doctor", "--device", device, "--phrases", phrases])
    #expect(run.exitCode == (device == "dead" ? 69 : 0), "\(run.output)")
    let line = run.lines.first { $0.contains(" microphone: ") } ?? ""
    #expect(line.hasPrefix(mark) && line.contains(part), "\(run.output)")
    if device == "drifting" {
      // 2 %, measured over three seconds on a machine that does other things meanwhile.
      let percent = line.split(separator: " ").first { Double($0) != nil && $0.contains(".") }.flatMap { Double($0) }
      #expect(percent.map { $0 > 1.5 && $0 < 2.5 } == true, "\(line)")
    }
    for check in ["disk", "clock", "real-time priority", "sound cards"] {
      #expect(run.lines.contains { $0.hasPrefix("ok   \(check): ") || $0.hasPrefix("note \(check): ") }, "\(check)")
    }
  }

  @Test("doctor --no-microphone succeeds on a machine without a sound card")
  func doctorWithoutSoundCard() {
    var bare = cooee
    bare.environment["ALSA_CONFIG_PATH"] = "/dev/null"
    let run = bare.run(["doctor", "--no-microphone", "--json"])
    #expect(run.exitCode == 0, "\(run.output)")
    #expect(run.lines.contains(#"{"check":"microphone","ok":true,"detail":"not checked"}"#), "\(run.output)")
    let refused = bare.run(["doctor"])
    #expect(refused.exitCode == 69)
    #expect(refused.output.contains("bad  microphone: "), "\(refused.output)")
  }

  private static func waveFile(_ samples: [Int16]) -> [UInt8] {
    func bytes(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let data = samples.flatMap { bytes(Int($0), 2) }
    return Array("RIFF".utf8) + bytes(data.count + 36, 4) + Array("WAVEfmt ".utf8) + bytes(16, 4) + bytes(1, 2)
      + bytes(1, 2)
      + bytes(16_000, 4) + bytes(32_000, 4) + bytes(2, 2) + bytes(16, 2) + Array("data".utf8) + bytes(data.count, 4)
      + data
  }
}
