import Glibc
import Testing

@Suite("cooee listen and cooee devices")
struct ListenTests {
  private var cooee: Program
  private let phrases: String

  init() {
    let recording = TestModels.recordings + "/railway-station-3.opus"
    var text = "pcm_type.cooeetest { lib \"\(Program.folder)/libasound_module_pcm_cooeetest.so\" }\n"
    for (name, keys) in [
      ("ending", "speed 8 hint { show on description \"A test microphone\" }"), ("endless", "at_end silence"),
    ] {
      text += "pcm.\(name) { type cooeetest file \"\(recording)\" \(keys) }\n"
    }
    let configuration = TemporaryFolder.shared.write(Array(text.utf8), "alsa.conf")
    cooee = Program(environment: ["COOEE_MODELS": TestModels.untrained, "ALSA_CONFIG_PATH": configuration])
    phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    #expect(cooee.run(["enroll", "hey computer", "--to", phrases]).exitCode == 0)
  }

  private func listen(_ device: String, _ options: [String] = []) -> [String] {
    ["listen", "--phrases", phrases, "--device", device] + options
  }

  // The full program's libraries for hubs, page and brokers are mapped whether they are used or not. The lean one is built
  // with Swift's runtime here; .ci/device/boards bounds what boards run.
  @Test(
    "a stream is processed to its end in little memory without losing a sample",
    arguments: [("cooee", 24_000), ("cooee-lean", 16_000)])
  func streamIsHeardToItsEnd(program: String, kilobytes: Int) {
    var cooee = cooee
    cooee.executable = Program.folder + "/" + program
    let run = cooee.run(listen("ending"))
    #expect(run.exitCode == 0)
    #expect(run.messages.contains("listened for 7.4 s: 0 detected, 0 overruns, 0 ms lost"), "\(run.messages)")
    #expect(run.peakKilobytes < kilobytes, "\(run.peakKilobytes) KB")
  }

  @Test("listening stops after the requested seconds")
  func stopsAfterSeconds() {
    let run = cooee.run(listen("ending", ["--seconds", "2.5"]))
    #expect(run.exitCode == 0)
    #expect(run.messages.contains("listened for 2.5 s"))
  }

  @Test("SIGINT and SIGTERM end listening cleanly", arguments: [SIGINT, SIGTERM])
  func signalEndsIt(signal: Int32) {
    let program = cooee.start(listen("endless"))
    while !text(of: program.messages).contains("listening on") { usleep(10_000) }
    usleep(300_000)
    program.signal(signal)
    let run = program.wait()
    #expect(run.exitCode == 0)
    #expect(run.messages.contains("listened for"))
  }

  @Test("devices are listed by the names that listen accepts; no device is an error")
  func devicesAreListed() {
    let run = cooee.run(["devices", "--json"])
    #expect(run.exitCode == 0)
    #expect(run.lines == [#"{"name":"ending","description":"A test microphone"}"#])
    var bare = cooee
    bare.environment["ALSA_CONFIG_PATH"] = "/dev/null"
    #expect(bare.run(["devices"]).exitCode == 69)
  }
}
