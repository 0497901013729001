import Glibc
import Testing

@Suite("heed listen and heed devices")
struct ListenTests {
  private var heed: Program
  private let phrases: String

  init() {
    let recording = TestModels.recordings + "/railway-station-3.opus"
    var text = "pcm_type.heedtest { lib \"\(Program.folder)/libasound_module_pcm_heedtest.so\" }\n"
    for (name, keys) in [
      ("ending", "speed 8 hint { show on description \"A test microphone\" }"), ("endless", "at_end silence"),
      ("busy", "busy 1"), ("unplugged", "unplug 4000 speed 4"), ("replugged", "unplug 16000 replug 0.2 speed 4"),
    ] {
      text += "pcm.\(name) { type heedtest file \"\(recording)\" \(keys) }\n"
    }
    let configuration = TemporaryFolder.shared.write(Array(text.utf8), "alsa.conf")
    heed = Program(environment: ["HEED_MODELS": TestModels.untrained, "ALSA_CONFIG_PATH": configuration])
    phrases = TemporaryFolder.shared.newPath("phrases.heedp")
    #expect(heed.run(["enroll", "hey computer", "--to", phrases]).exitCode == 0)
  }

  private func listen(_ device: String, _ options: [String] = []) -> [String] {
    ["listen", "--phrases", phrases, "--device", device] + options
  }

  @Test("a stream is heard to its end within 20 MB, and without losing a sample")
  func streamIsHeardToItsEnd() {
    let run = heed.run(listen("ending"))
    #expect(run.exitCode == 0)
    #expect(run.messages.contains("listened for 7.4 s: 0 detected, 0 overruns, 0 ms lost"), "\(run.messages)")
    #expect(run.peakKilobytes < 20_000, "\(run.peakKilobytes) KB")
  }

  @Test("listening stops after the seconds asked for")
  func stopsAfterSeconds() {
    let run = heed.run(listen("ending", ["--seconds", "2.5"]))
    #expect(run.exitCode == 0)
    #expect(run.messages.contains("listened for 2.5 s"))
  }

  @Test("an interrupt or a termination ends it cleanly", arguments: [SIGINT, SIGTERM])
  func signalEndsIt(signal: Int32) {
    let program = heed.start(listen("endless"))
    while !text(of: program.messages).contains("listening on") { usleep(10_000) }
    usleep(300_000)
    program.signal(signal)
    let run = program.wait()
    #expect(run.exitCode == 0)
    #expect(run.messages.contains("listened for"))
  }

  @Test("a busy, an absent and an unknown microphone are told at once")
  func microphonesThatCannotBeOpened() {
    for (device, reason) in [("busy", "another program"), ("hw:7", "heed devices"), ("nowhere", "heed devices")] {
      let run = heed.run(listen(device))
      #expect(run.exitCode == 69, "\(device)")
      #expect(run.messages.contains(device) && run.messages.contains(reason), "\(run.messages)")
      #expect(!run.messages.contains("ALSA lib"))
    }
  }

  @Test("a card that is pulled out is tried again a bounded number of times", arguments: [1, 2])
  func pulledOutCard(threads: Int) {
    let configuration = TemporaryFolder.shared.write(Array("schema = 1\nthreads = \(threads)\n".utf8), "heed.toml")
    let gone = heed.run(listen("unplugged", ["--retries", "1", "--config", configuration]))
    #expect(gone.exitCode == 69)
    #expect(gone.messages.contains("is gone; trying to open it again"), "\(gone.messages)")
    let back = heed.run(listen("replugged", ["--config", configuration]))
    #expect(back.exitCode == 0)
    #expect(back.messages.contains("is gone; trying to open it again"), "\(back.messages)")
    #expect(back.messages.contains("is back"), "\(back.messages)")
    #expect(back.messages.contains("1 times opened again"))
  }

  @Test("a signal ends the wait for a card that is gone", arguments: [1, 2])
  func signalEndsTheWait(threads: Int) {
    let configuration = TemporaryFolder.shared.write(Array("schema = 1\nthreads = \(threads)\n".utf8), "heed.toml")
    let program = heed.start(listen("unplugged", ["--retries", "20", "--config", configuration]))
    while !text(of: program.messages).contains("is gone") { usleep(10_000) }
    program.signal(SIGTERM)
    let run = program.wait()
    #expect(run.exitCode == 0, "\(run.messages)")
    #expect(run.messages.contains("listened for"))
  }

  @Test("devices are listed by the name that listen takes, and none is an error")
  func devicesAreListed() {
    let run = heed.run(["devices", "--json"])
    #expect(run.exitCode == 0)
    #expect(run.lines == [#"{"name":"ending","description":"A test microphone"}"#])
    var bare = heed
    bare.environment["ALSA_CONFIG_PATH"] = "/dev/null"
    #expect(bare.run(["devices"]).exitCode == 69)
  }
}
