import AudioFiles
import Foundation
import Testing

/// What people plug in and pipe in: other formats, several microphones, channels, gain.
@Suite("Sources of sound", .serialized)
struct SourceTests {
  private var cooee: Program
  private let phrases: String
  private let spoken: [Int16]

  init() throws {
    spoken = try AudioFileReader.readAll(path: TestModels.recordings + "/hey-computer-2.opus")
    cooee = Program(environment: ["COOEE_MODELS": TestModels.withoutSpeech])
    phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    #expect(cooee.run(["enroll", "hey computer", "--to", phrases, "--threshold", "0.3"]).exitCode == 0)
  }

  private func lean() -> Program {
    var lean = cooee
    lean.executable = Program.folder + "/cooee-lean"
    return lean
  }

  private func run(_ program: Program, _ arguments: [String], input: String) -> ProgramRun {
    var piped = program
    piped.input = input
    return piped.run([arguments[0], "--phrases", phrases] + arguments.dropFirst())
  }

  /// The spoken phrase with a second of silence around it.
  private var speech: [Int16] {
    let pause = [Int16](repeating: 0, count: 16_000)
    return pause + spoken + pause
  }

  private func waveOfSpeech(channels: Int = 1, hertz: Int = 16_000, size: Int? = nil) -> [UInt8] {
    let frames = speech.flatMap { sample in [Int16](repeating: sample, count: channels * hertz / 16_000) }
    var file = waveFile(hertz: hertz, channels: channels, samples: frames)
    if let size { file.replaceSubrange(40..<44, with: (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }) }
    return file
  }

  @Test("a WAV file on stdin is decoded by both programs, for spot and for listen")
  func wavePiped() {
    let path = TemporaryFolder.shared.write(waveOfSpeech(channels: 2), "speech.wav")
    for program in [cooee, lean()] {
      let found = run(program, ["spot", "-"], input: path)
      #expect(found.exitCode == 0 && found.lines.count == 1, "\(found.output)\(found.messages)")
      let heard = run(program, ["listen", "--device", "stdin"], input: path)
      #expect(heard.exitCode == 0 && heard.lines.count == 1, "\(heard.output)\(heard.messages)")
      #expect(heard.messages.contains("note: standard input is WAV, 16000 Hz, channels: 2"), "\(heard.messages)")
    }
  }

  @Test("the lean program resamples: a WAV file of 48 kHz has the same detection")
  func leanResamples() {
    let path = TemporaryFolder.shared.write(waveOfSpeech(hertz: 48_000), "speech-48.wav")
    for program in [cooee, lean()] {
      let found = run(program, ["spot", path], input: "/dev/null")
      #expect(found.exitCode == 0 && found.lines.count == 1, "\(found.output)\(found.messages)")
    }
  }

  @Test("an Ogg file on stdin is decoded by the full program; the lean one exits with what to do")
  func oggPiped() {
    let path = TestModels.recordings + "/hey-computer-2.opus"
    let expected = run(cooee, ["spot", "--json", path], input: "/dev/null").lines
    #expect(expected.count == 1)
    for arguments in [["spot", "--json", "-"], ["listen", "--json", "--device", "stdin"]] {
      let full = run(cooee, arguments, input: path)
      #expect(full.exitCode == 0 && full.lines.count == 1, "\(full.output)\(full.messages)")
      #expect(full.lines.first?.contains("hey computer") == true)
      let lean = run(lean(), arguments, input: path)
      #expect(lean.exitCode == 65 && lean.output.isEmpty, "\(lean.output)")
      #expect(
        lean.messages.contains(
          "standard input is Ogg, which this program cannot decode; decode it before: ffmpeg -i INPUT"),
        "\(lean.messages)")
    }
  }

  @Test("a format that neither program decodes is rejected with an ffmpeg line that quotes the path")
  func undecodable() {
    let bytes = Array("\0\0\0\u{20}ftypM4A isom".utf8) + [UInt8](repeating: 9, count: 5_000)
    let path = TemporaryFolder.shared.write(bytes, "my talk.m4a")
    let wave = String(path.dropLast(4)) + ".wav"
    for program in [cooee, lean()] {
      let run = program.run(["spot", "--phrases", phrases, path])
      #expect(run.exitCode == 65)
      #expect(run.messages.contains("is MPEG-4 (m4a, mp4)"), "\(run.messages)")
      #expect(run.messages.contains("ffmpeg -i '\(path)' '\(wave)'"), "\(run.messages)")
    }
  }

  @Test(
    "a WAV file without a size, or with too large a one, is searched to its end and noted",
    arguments: [0, -1, 90_000_000])
  func unfinishedWave(size: Int) {
    let path = TemporaryFolder.shared.write(waveOfSpeech(size: size), "unfinished.wav")
    for program in [cooee, lean()] {
      for arguments in [["spot", path], ["spot", "-"], ["listen", "--device", "stdin"]] {
        let run = run(program, arguments, input: path)
        #expect(run.exitCode == 0 && run.lines.count == 1, "\(arguments): \(run.output)\(run.messages)")
        #expect(run.messages.contains("it was read to its end"), "\(arguments): \(run.messages)")
      }
    }
  }

  @Test("spot hints at channels that cancel each other, and finds the phrase in one of them")
  func cancellingChannels() {
    let path = TemporaryFolder.shared.write(
      waveFile(hertz: 16_000, channels: 2, samples: speech.flatMap { [$0, $0 == .min ? .max : -$0] }), "opposite.wav")
    for program in [cooee, lean()] {
      let mixed = run(program, ["spot", path], input: "/dev/null")
      #expect(mixed.exitCode == 0 && mixed.lines.isEmpty)
      #expect(mixed.messages.contains("the channels of \(path) cancel each other"), "\(mixed.messages)")
      for channel in ["0", "1"] {
        let one = run(program, ["spot", "--channel", channel, path], input: "/dev/null")
        #expect(one.lines.count == 1 && one.messages.isEmpty, "\(one.output)\(one.messages)")
      }
      let third = run(program, ["spot", "--channel", "2", path], input: "/dev/null")
      #expect(third.exitCode == 65 && third.messages.contains("has no channel 2: it has 2"), "\(third.messages)")
    }
  }

  @Test("spot hints at clipping")
  func clipping() {
    let path = TemporaryFolder.shared.write(
      waveFile(hertz: 16_000, channels: 1, samples: speech.map { Int16(clamping: Int($0) * 60) }), "clipped.wav")
    for program in [cooee, lean()] {
      let run = run(program, ["spot", path], input: "/dev/null")
      #expect(run.messages.contains("\(path) clips: ") && run.messages.contains("less gain"), "\(run.messages)")
      let quiet = self.run(program, ["spot", "--gain", "-6", path], input: "/dev/null")
      #expect(!quiet.messages.contains("clips"), "\(quiet.messages)")
    }
  }

  @Test("raw samples of any rate, format and channel count are read as the options say")
  func rawOptions() {
    let frames = speech.flatMap { sample in
      (0..<3).flatMap { _ -> [UInt8] in
        let value = UInt32(bitPattern: Int32(sample)) << 16
        return [7, 7, 7, 7] + (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
      }
    }
    let path = TemporaryFolder.shared.write(frames, "speech.raw")
    let options = ["--rate", "48000", "--format", "s32", "--channels", "2", "--channel", "1"]
    for program in [cooee, lean()] {
      let found = run(program, ["spot"] + options + ["-"], input: path)
      #expect(found.exitCode == 0 && found.lines.count == 1, "\(found.output)\(found.messages)")
      let heard = run(program, ["listen", "--device", "stdin"] + options, input: path)
      #expect(heard.exitCode == 0 && heard.lines.count == 1, "\(heard.output)\(heard.messages)")
    }
  }

  @Test(
    "options that fit no source are rejected",
    arguments: [
      (["spot", "--rate", "48000", "a.wav"], "describes raw samples"),
      (["spot", "--rate", "22254", "-"], "steps of 25"),
      (["listen", "--channel", "first"], "0 to 31"), (["listen", "--channel", "2", "--channels", "2"], "count from 0"),
      (["listen", "--format", "s8"], "s16, s24, s24_3, s32 and float"), (["listen", "--gain", "61"], "-60 to 60"),
      (["spot", "--refractory", "-1", "-"], "0 to 60"), (["listen", "--device", "a", "--device", "a"], "named twice"),
      (["listen", "--device", "x=a", "--device", "x=b"], "named twice"),
    ])
  func badOptions(arguments: [String], part: String) {
    let run = run(lean(), arguments, input: "/dev/null")
    #expect(run.exitCode == 64 && run.messages.contains(part), "\(run.messages)")
  }

  @Test("a gain finds a phrase that is too quiet, and the configuration can set it for the microphone")
  func gain() {
    // −60 dB: two to three bits are left.
    let quiet = TemporaryFolder.shared.write(
      waveFile(hertz: 16_000, channels: 1, samples: speech.map { $0 / 1_000 }), "quiet.wav")
    #expect(run(cooee, ["spot", quiet], input: "/dev/null").lines.isEmpty)
    #expect(run(cooee, ["spot", "--gain", "30", quiet], input: "/dev/null").exitCode == 0)
    let loud = run(cooee, ["listen", "--device", "stdin", "--gain", "55"], input: quiet)
    let configuration = TemporaryFolder.shared.write(Array("schema = 1\ngain_decibels = 55\n".utf8), "cooee.toml")
    let configured = run(cooee, ["listen", "--device", "stdin", "--config", configuration], input: quiet)
    #expect(configured.output == loud.output)
  }

  @Test("the refractory time keeps a repeated phrase from being reported")
  func refractory() {
    let twice = TemporaryFolder.shared.write(
      waveFile(hertz: 16_000, channels: 1, samples: speech + speech), "twice.wav")
    #expect(run(cooee, ["spot", twice], input: "/dev/null").lines.count == 2)
    #expect(run(cooee, ["spot", "--refractory", "20", twice], input: "/dev/null").lines.count == 1)
    let configuration = TemporaryFolder.shared.write(
      Array("schema = 1\nrefractory_milliseconds = 20000\n".utf8), "cooee.toml")
    #expect(run(lean(), ["spot", "--config", configuration, twice], input: "/dev/null").lines.count == 1)
    #expect(run(lean(), ["listen", "--device", "stdin", "--refractory", "20"], input: twice).lines.count == 1)
  }

  /// Programs with cards that play the spoken phrase: `kitchen` at 48 kHz in stereo, `hall` in 32 bits.
  private func withCards(_ program: Program) -> Program {
    let stereo = TemporaryFolder.shared.write(
      waveFile(hertz: 48_000, channels: 2, samples: speech.flatMap { [Int16](repeating: $0, count: 6) }), "48.wav")
    let mono = TemporaryFolder.shared.write(waveOfSpeech(), "16.wav")
    let cards = """
      pcm_type.cooeetest { lib "\(Program.folder)/libasound_module_pcm_cooeetest.so" }
      pcm.kitchen { type cooeetest file "\(stereo)" speed 4 hint { show on description "Stereo" } }
      pcm.hall { type cooeetest file "\(mono)" speed 4 format "S32_LE" hint { show on description "Wide" } }
      pcm.busy { type cooeetest file "\(mono)" busy 1 hint { show on description "In use" } }
      """
    var listening = program
    listening.environment["ALSA_CONFIG_PATH"] = TemporaryFolder.shared.write(Array(cards.utf8), "alsa.conf")
    return listening
  }

  @Test("several microphones are heard at once, each named in its events; one that fails does not stop the others")
  func severalMicrophones() {
    let hook = TemporaryFolder.shared.write(
      Array("#!/bin/sh\necho \"hook $COOEE_MICROPHONE $COOEE_DEVICE\"\n".utf8), "hook.sh")
    chmod(hook, 0o700)
    for program in [cooee, lean()] {
      let listening = withCards(program)
      let run = listening.run([
        "listen", "--phrases", phrases, "--json", "--device", "kitchen", "--device", "stage=hall", "--device", "absent",
        "--device", "busy", "--retries", "1", "--on-detect", hook,
      ])
      #expect(run.exitCode == 69, "\(run.messages)")
      #expect(
        run.lines.map { String($0.prefix { $0 != "p" }) }.sorted()
          == ["{\"device\":\"hall\",\"micro", "{\"device\":\"kitchen\",\"micro"], "\(run.output)")
      #expect(run.output.contains("\"microphone\":\"kitchen\",\"phrase\":\"hey computer\""), "\(run.output)")
      #expect(run.output.contains("\"device\":\"hall\",\"microphone\":\"stage\""), "\(run.output)")
      // Both may be detected at the same time, and a program runs once at a time.
      #expect(run.messages.contains("hook stage hall") || run.messages.contains("hook kitchen kitchen"))
      #expect(run.messages.contains("listening on stage (hall) for"), "\(run.messages)")
      #expect(run.messages.contains("stage: listened for"), "\(run.messages)")
      #expect(run.messages.contains("there is no microphone absent"), "\(run.messages)")
      #expect(run.messages.contains("busy is busy") && !run.messages.contains("busy is available"), "\(run.messages)")
      #expect(run.messages.contains("2 of 4 inputs"), "\(run.messages)")
    }
  }

  @Test("the configuration may list several microphones, and text output begins with their names")
  func microphonesOfConfiguration() {
    let listening = withCards(cooee)
    let configuration = TemporaryFolder.shared.write(
      Array("schema = 1\ndevice = \"kitchen stage=hall\"\n".utf8), "cooee.toml")
    let run = listening.run(["listen", "--phrases", phrases, "--config", configuration])
    #expect(run.exitCode == 0, "\(run.messages)")
    #expect(run.lines.map { $0.prefix { $0 != " " } }.sorted() == ["kitchen", "stage"], "\(run.output)")
    let doctor = listening.run(["doctor", "--config", configuration])
    #expect(doctor.lines.filter { $0.contains(" microphone: ") }.count == 2, "\(doctor.output)")
  }

  @Test("the service hears several microphones, names them in its events, and keeps the audio of each")
  func serviceWithSeveralMicrophones() throws {
    let listening = withCards(cooee)
    let folder = TemporaryFolder.shared.newPath("kept")
    let metrics = TemporaryFolder.shared.newPath("cooee.prom")
    let running = listening.start([
      "serve", "--phrases", phrases, "--json", "--no-wyoming", "--no-console", "--device", "kitchen", "--device",
      "stage=hall", "--device", "absent", "--keep-audio", folder, "--metrics-file", metrics,
    ])
    let deadline = Date().addingTimeInterval(30)
    while text(of: running.messages).components(separatedBy: "has ended").count < 3 && Date() < deadline {
      usleep(50_000)
    }
    running.signal(SIGTERM)
    let run = running.wait()
    #expect(run.exitCode == 0, "\(run.messages)")
    #expect(run.lines.count == 2, "\(run.output)")
    #expect(run.output.contains("\"microphone\":\"kitchen\"") && run.output.contains("\"microphone\":\"stage\""))
    #expect(run.messages.contains("there is no microphone absent"), "\(run.messages)")
    let kept = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(kept.filter { $0.hasSuffix(".wav") }.count == 2, "\(kept)")
    for name in kept where name.hasSuffix(".json") {
      #expect(text(of: folder + "/" + name).contains("\"microphone\":"))
    }
    #expect(text(of: metrics).contains("cooee_detections_total{phrase=\"hey computer\"} 2"), "\(text(of: metrics))")
    #expect(text(of: metrics).contains("cooee_microphone_up 0"))
  }

  @Test("devices opens the cards only when it is asked to, and says what each one records or why it does not")
  func openedDevices() {
    let listening = withCards(lean())
    #expect(!listening.run(["devices"]).output.contains("opens"))
    let run = listening.run(["devices", "--open", "--json"])
    #expect(run.exitCode == 0)
    #expect(
      run.lines.contains(
        #"{"name":"kitchen","description":"Stereo","format":"S16_LE","channels":2,"rate":48000}"#), "\(run.output)")
    #expect(
      run.lines.contains(#"{"name":"hall","description":"Wide","format":"S32_LE","channels":1,"rate":16000}"#),
      "\(run.output)")
    #expect(run.output.contains(#"{"name":"busy","description":"In use","problem":"the microphone busy is busy"#))
    let fixed = listening.run(["devices", "--rate", "44100"])
    #expect(fixed.exitCode == 69 && fixed.output.contains("44100 Hz; it offers 48000 Hz"), "\(fixed.output)")
  }

  @Test("a recording as device points to spot", arguments: ["speech.wav", "my speech.wav"])
  func recordingAsDevice(name: String) {
    let path = TemporaryFolder.shared.write(waveOfSpeech(), name)
    let shown = name.contains(" ") ? "'\(path)'" : path
    let listening = withCards(lean())
    let run = listening.run(["listen", "--phrases", phrases, "--device", path])
    #expect(run.exitCode == 64, "\(run.messages)")
    #expect(run.messages.contains("is a file and no microphone; search it with cooee spot \(shown)"), "\(run.messages)")
  }

  @Test("a microphone that was never opened is not called available")
  func neverOpened() {
    let listening = withCards(lean())
    let run = listening.run(["listen", "--phrases", phrases, "--device", "busy", "--retries", "1"])
    #expect(run.exitCode == 69)
    #expect(!run.messages.contains("available;"), "\(run.messages)")
    let doctor = listening.run(["doctor", "--device", "busy"])
    #expect(doctor.output.contains("bad  microphone: the microphone busy is busy"), "\(doctor.output)")
  }
}
