import Glibc
import Testing

@Suite("Changing a model file in use")
struct ChangedModelTests {
  private var cooee: Program
  private let folder: String
  private let phrases: String

  init() {
    folder = TemporaryFolder.shared.newPath("changing")
    #expect(mkdir(folder, 0o700) == 0)
    for name in ["tiny.cooee", "english.cooee"] {
      overwrite(folder + "/" + name, contents(of: TestModels.repository + "/models/" + name))
    }
    let cards = TemporaryFolder.shared.write(
      Array(
        """
        pcm_type.cooeetest { lib "\(Program.folder)/libasound_module_pcm_cooeetest.so" }
        pcm.kitchen { type cooeetest playlist "\(TestModels.recordings)/recordings.tsv" gap 1.0 speed 8 }

        """.utf8), "alsa.conf")
    cooee = Program(environment: ["COOEE_MODELS": folder, "ALSA_CONFIG_PATH": cards])
    phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    for phrase in ["hey computer", "hey scout"] {
      let run = cooee.run(["enroll", phrase, "--to", phrases, "--model", folder + "/tiny.cooee", "--threshold", "0.3"])
      #expect(run.exitCode == 0, "\(run.messages)")
    }
  }

  @Test(
    "detections are the same while the model is replaced, truncated, overwritten or removed",
    arguments: ["replaced", "cut off", "overwritten", "removed"])
  func changed(how: String) {
    let model = folder + "/tiny.cooee"
    let listen = [
      "listen", "--device", "kitchen", "--phrases", phrases, "--model", model, "--json",
    ]
    let expected = cooee.run(listen)
    #expect(expected.exitCode == 0 && expected.lines.count >= 2, "\(expected.messages)")
    let listening = cooee.start(listen)
    for _ in 0..<3_000 where !text(of: listening.messages).contains("listening on") { usleep(10_000) }
    let bytes = contents(of: model)
    switch how {
    case "replaced":
      let other = TemporaryFolder.shared.write(contents(of: TestModels.other + "/base.cooee"), "other.cooee")
      #expect(rename(other, model) == 0)
    case "cut off": #expect(truncate(model, 100) == 0)
    case "overwritten":
      let descriptor = open(model, O_WRONLY)
      let noise = [UInt8](repeating: 0x55, count: bytes.count)
      #expect(write(descriptor, noise, noise.count) == noise.count)
      close(descriptor)
    default: #expect(unlink(model) == 0)
    }
    let run = listening.wait()
    #expect(run.exitCode == 0, "\(how): \(run.messages)")
    #expect(detections(run) == detections(expected), "\(how): \(run.messages)")
    #expect(run.messages.contains("0 overruns, 0 ms lost"), "\(run.messages)")
  }

  @Test("a phrase file that is truncated while in use is reported, and its phrases stay active")
  func phrasesCutOff() {
    let model = folder + "/tiny.cooee"
    let listen = ["listen", "--device", "kitchen", "--phrases", phrases, "--model", model, "--json"]
    let expected = cooee.run(listen)
    let listening = cooee.start(listen)
    for _ in 0..<3_000 where !text(of: listening.messages).contains("listening on") { usleep(10_000) }
    #expect(truncate(phrases, 100) == 0)
    let run = listening.wait()
    #expect(run.exitCode == 0 && detections(run) == detections(expected), "\(run.messages)")
    #expect(run.messages.contains("\(phrases) is cut off"), "\(run.messages)")
  }

  /// `phrase, start, end, score` of each event, without the time of day.
  private func detections(_ run: ProgramRun) -> [[String]] {
    run.lines.map { line in
      line.split(separator: ",").map(String.init).filter { field in
        ["\"phrase\":", "\"start\":", "\"end\":", "\"score\":"].contains { field.contains($0) }
      }
    }
  }
}
