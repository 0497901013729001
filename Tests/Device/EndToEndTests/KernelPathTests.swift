import Testing

@Suite("heed with a kernel path forced")
struct KernelPathTests {
  private let heed = Program(environment: ["HEED_MODELS": TestModels.untrained])
  #if arch(x86_64)
    private let foreign = "neon"
  #else
    private let foreign = "avx2"
  #endif

  @Test("a path is forced on the command line or in the configuration, the command line first")
  func forced() {
    let slow = TemporaryFolder.shared.write(Array("schema = 1\nkernel_path = \"portable\"\n".utf8), "slow.toml")
    for (words, path) in [
      (["--kernel-path", "portable"], "portable"), (["--config", slow], "portable"),
      (["--config", slow, "--kernel-path", "reference"], "reference"),
    ] {
      let run = heed.run(["doctor"] + words)
      #expect(
        (run.output + run.messages).split(separator: "\n").contains {
          $0.contains("kernel path") && $0.contains(path)
        }, "\(words): \(run.output)\(run.messages)")
    }
  }

  @Test("a path that this machine lacks is refused with those that it has")
  func missing() {
    let recording = TemporaryFolder.shared.newPath("never-opened.wav")
    for (name, code) in [(foreign, Int32(69)), ("abacus", 64)] {
      let run = heed.run(["spot", "--phrases", "never-opened", "--kernel-path", name, recording])
      #expect(run.exitCode == code, "\(run.messages)")
      #expect(run.messages.contains(name) && run.messages.contains("auto, reference, portable"), "\(run.messages)")
      #expect(run.output.isEmpty)
    }
  }
}
