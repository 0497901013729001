import Glibc
import Testing

@Suite("cooee listen without a microphone")
struct ListenFaultTests {
  private let cooee: Program
  private let phrases: String

  init() {
    let recording = TestModels.recordings + "/railway-station-3.opus"
    var text = "pcm_type.cooeetest { lib \"\(Program.folder)/libasound_module_pcm_cooeetest.so\" }\n"
    for (name, keys) in [
      ("busy", "busy 1"), ("released", "busy 1 release 0.5 speed 8"), ("unplugged", "unplug 4000 speed 4"),
      ("replugged", "unplug 16000 replug 0.2 speed 4"),
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

  private func configuration(threads: Int) -> String {
    TemporaryFolder.shared.write(Array("schema = 1\nthreads = \(threads)\n".utf8), "cooee.toml")
  }

  @Test("without retries, busy and absent microphones are reported at once; unknown ones always are")
  func microphonesThatCannotBeOpened() {
    for (device, options, reason) in [
      ("busy", ["--retries", "0"], "another program"), ("hw:7", ["--retries", "0"], "cooee devices"),
      ("nowhere", [], "cooee devices"), ("tcp://127.0.0.1:9", ["--retries", "0"], "start the sender"),
    ] {
      let run = cooee.run(listen(device, options))
      #expect(run.exitCode == 69, "\(device)")
      #expect(run.messages.contains(device) && run.messages.contains(reason), "\(run.messages)")
      #expect(!run.messages.contains("ALSA lib"))
    }
    let wrong = cooee.run(listen("tcp://kitchen"))
    #expect(wrong.exitCode == 64)
    #expect(wrong.messages.contains("tcp://HOST:PORT"), "\(wrong.messages)")
  }

  @Test("a busy microphone is reported once, and used when it is free", arguments: [1, 2])
  func busyForAWhile(threads: Int) {
    let run = cooee.run(listen("released", ["--config", configuration(threads: threads)]))
    #expect(run.exitCode == 0)
    let lines = run.messages.split(separator: "\n")
    #expect(lines.filter { $0.contains("is busy: another program is recording") }.count == 1, "\(run.messages)")
    #expect(run.messages.contains("the microphone released is available; listening"), "\(run.messages)")
    #expect(run.messages.contains("listened for 7.4 s: 0 detected, 0 overruns, 0 ms lost"), "\(run.messages)")
  }

  @Test("an unplugged card is retried as often as requested, or until it returns", arguments: [1, 2])
  func pulledOutCard(threads: Int) {
    let gone = cooee.run(listen("unplugged", ["--retries", "1", "--config", configuration(threads: threads)]))
    #expect(gone.exitCode == 69)
    #expect(gone.messages.contains("stopped: No such device; connect it again; trying again"), "\(gone.messages)")
    let back = cooee.run(listen("replugged", ["--config", configuration(threads: threads)]))
    #expect(back.exitCode == 0)
    #expect(back.messages.contains("is back"), "\(back.messages)")
    #expect(back.messages.contains("1 times opened again"))
  }

  @Test("a signal interrupts the wait for a missing card", arguments: [1, 2])
  func signalEndsTheWait(threads: Int) {
    for (device, told) in [("unplugged", "trying again"), ("busy", "waiting for busy")] {
      let program = cooee.start(listen(device, ["--config", configuration(threads: threads)]))
      while !text(of: program.messages).contains(told) { usleep(10_000) }
      program.signal(SIGTERM)
      let run = program.wait()
      #expect(run.exitCode == 0, "\(run.messages)")
      #expect(run.messages.contains("listened for"))
    }
  }
}
