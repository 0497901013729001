import Glibc
import Testing

@Suite("Event sinks of cooee serve")
struct EventSinkTests {
  private var cooee: Program
  private let phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
  private let audio = TemporaryFolder.shared.newPath("audio")
  private let metrics = TemporaryFolder.shared.newPath("cooee.prom")

  init() {
    let text = """
      pcm_type.cooeetest { lib "\(Program.folder)/libasound_module_pcm_cooeetest.so" }
      pcm.kitchen { type cooeetest playlist "\(TestModels.recordings)/recordings.tsv" gap 1.0 speed 8 }

      """
    let cards = TemporaryFolder.shared.write(Array(text.utf8), "alsa.conf")
    cooee = Program(environment: ["COOEE_MODELS": TestModels.withoutSpeech, "ALSA_CONFIG_PATH": cards])
    for phrase in ["hey computer", "hey scout"] {
      #expect(cooee.run(["enroll", phrase, "--to", phrases]).exitCode == 0)
    }
  }

  private var arguments: [String] {
    [
      "serve", "--device", "kitchen", "--phrases", phrases, "--no-wyoming", "--no-console", "--json", "--keep-audio",
      audio,
      "--metrics-file", metrics, "--mqtt", "127.0.0.1:1", "--site", "kitchen",
    ]
  }

  private var kept: [String] {
    guard let folder = opendir(audio) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  @Test("events arrive, audio is kept and counted, and an unavailable broker is reported once")
  func absentBroker() {
    let run = cooee.run(arguments)
    #expect(run.exitCode == 0, "\(run.messages)")
    #expect(run.lines.count >= 4 && run.lines.allSatisfy { $0.hasPrefix("{\"device\":\"kitchen\"") }, "\(run.output)")
    let messages = run.messages.split(separator: "\n")
    #expect(messages.filter { $0.contains("MQTT") }.count == 1, "\(run.messages)")
    #expect(
      messages.contains {
        $0.hasPrefix("cooee: the MQTT broker 127.0.0.1:1 cannot be used: Connection refused; trying again")
      }, "\(run.messages)")
    #expect(
      kept.count == 2 * run.lines.count && kept.filter { $0.hasSuffix(".wav") }.count == run.lines.count, "\(kept)")
    let detections = text(of: metrics).split(separator: "\n").filter { $0.hasPrefix("cooee_detections_total{") }
    #expect(
      detections.reduce(0) { $0 + (Int($1.split(separator: " ").last ?? "") ?? 0) } == run.lines.count, "\(detections)")
  }

  @Test("a file size limit is reported once, leaves no partial files, and affects nothing else")
  func noRoom() {
    var script = cooee
    script.executable = "/bin/sh"
    // 20 kB a file: room for events, metrics and descriptions, not for audio.
    let run = script.run(["-c", "ulimit -f 40 && exec \"$0\" \"$@\"", cooee.executable] + arguments)
    #expect(run.exitCode == 0, "\(run.messages)")
    #expect(run.lines.count >= 4, "\(run.output)")
    let told = run.messages.split(separator: "\n").filter {
      $0.contains("cannot keep audio in \(audio): File too large")
    }
    #expect(told.count == 1, "\(run.messages)")
    #expect(kept.isEmpty, "\(kept)")
    #expect(
      text(of: metrics).contains("cooee_sink_dropped_total{sink=\"recordings\"} \(run.lines.count)\n"),
      "\(run.messages)"
    )
  }
}
