import AudioFiles
import Glibc
import Testing

/// A device waits in silence, and must hear the phrase all the same: at the threshold that enrolling sets, with the released model.
@Suite("Phrases after quiet")
struct AfterQuietTests {
  private static let cooee = Program(environment: ["COOEE_MODELS": TestModels.repository + "/models"])
  /// Both phrases of the recordings, enrolled as a user would.
  private static let phrases: String = {
    let path = TemporaryFolder.shared.newPath("phrases.cooeep")
    for phrase in ["hey computer", "hey scout"] {
      let run = cooee.run(["enroll", phrase, "--to", path])
      precondition(run.exitCode == 0, run.messages)
    }
    return path
  }()
  private static let clips = [
    ("hey computer", "hey-computer-1"), ("hey computer", "hey-computer-2"), ("hey scout", "hey-scout-1"),
    ("hey scout", "hey-scout-2"), ("hey scout", "hey-scout-3"),
  ]

  enum Floor: String, CaseIterable, CustomTestStringConvertible {
    case zeros = "digital silence"
    case white80 = "white noise at −80 dBFS"
    case white70 = "white noise at −70 dBFS"
    case white60 = "white noise at −60 dBFS"
    case rumble60 = "a rumble at −60 dBFS"

    var testDescription: String { rawValue }

    /// Root mean square in units of Int16.
    private var level: Double {
      switch self {
      case .zeros: 0
      case .white80: 3.2768
      case .white70: 10.362
      case .white60, .rumble60: 32.768
      }
    }

    /// Noise that goes on for so many samples, from a generator of 64 bits (Knuth).
    func samples(_ count: Int) -> [Double] {
      var state: UInt64 = 1_957
      var previous = 0.0
      let memory = self == .rumble60 ? 0.95 : 0
      // A uniform draw of half width w has the root mean square w / √3; the filter takes √(1 − memory²) to keep it.
      let width = level * 3.0.squareRoot() * (1 - memory * memory).squareRoot()
      return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        previous = memory * previous + width * (Double(state >> 33) / Double(1 << 30) - 1)
        return previous
      }
    }
  }

  /// The recording after so many seconds of a floor, which goes on under it and for a second after it; raw PCM in a file.
  private func stream(_ clip: String, after seconds: Int, of floor: Floor, gain: Double) throws -> String {
    let recording = try AudioFileReader.readAll(path: TestModels.recordings + "/\(clip).opus")
    var mixed = floor.samples(16_000 * (seconds + 1) + recording.count)
    for (index, sample) in recording.enumerated() { mixed[16_000 * seconds + index] += gain * Double(sample) }
    let bytes = mixed.flatMap { value -> [UInt8] in
      let sample = UInt16(bitPattern: Int16(max(-32_768, min(32_767, value.rounded()))))
      return [UInt8(truncatingIfNeeded: sample), UInt8(truncatingIfNeeded: sample >> 8)]
    }
    return TemporaryFolder.shared.write(bytes, "after-quiet.raw")
  }

  @Test("every phrase is detected after 5, 20 and 120 seconds of any background noise", arguments: Floor.allCases)
  func heard(after floor: Floor) throws {
    for seconds in [5, 20, 120] {
      for (phrase, clip) in Self.clips {
        var cooee = Self.cooee
        cooee.input = try stream(clip, after: seconds, of: floor, gain: 1)
        let run = cooee.run(["spot", "--phrases", Self.phrases, "-"])
        #expect(run.exitCode == 0, "\(run.messages)")
        #expect(
          run.lines.count == 1 && run.output.contains(phrase),
          "\(clip) after \(seconds) s of \(floor.rawValue): \(run.output)")
      }
    }
  }

  @Test("a voice 15 dB softer, or as loud as the card allows, is detected after quiet", arguments: [0.178, 2])
  func levels(gain: Double) throws {
    for (phrase, clip) in Self.clips {
      var cooee = Self.cooee
      cooee.input = try stream(clip, after: 20, of: .white80, gain: gain)
      let run = cooee.run(["spot", "--phrases", Self.phrases, "-"])
      #expect(run.lines.count == 1 && run.output.contains(phrase), "\(clip) × \(gain): \(run.output)")
    }
  }

  @Test("the same through the microphone: 30 s of digital silence before each phrase, and a suspended machine")
  func throughTheMicrophone() {
    let list = TemporaryFolder.shared.write(
      Array(Self.clips.map { TestModels.recordings + "/\($0.1).opus\n" }.joined().utf8), "playlist.tsv")
    let configuration = TemporaryFolder.shared.write(
      Array(
        """
        pcm_type.cooeetest { lib "\(Program.folder)/libasound_module_pcm_cooeetest.so" }
        pcm.microphone { type cooeetest playlist "\(list)" gap 30 speed 16 suspend 240000 }

        """.utf8), "alsa.conf")
    var cooee = Self.cooee
    cooee.environment["ALSA_CONFIG_PATH"] = configuration
    let run = cooee.run(["listen", "--phrases", Self.phrases, "--device", "microphone"])
    #expect(run.exitCode == 0, "\(run.messages)")
    #expect(run.lines.count == Self.clips.count, "\(run.output)\(run.messages)")
    for (line, clip) in zip(run.lines, Self.clips) { #expect(line.contains(clip.0), "\(clip.1): \(line)") }
  }
}
