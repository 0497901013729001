import Testing

@Suite("Selecting a kernel path")
struct KernelPathTests {
  private let cooee = Program(environment: ["COOEE_MODELS": TestModels.untrained])
  #if arch(x86_64)
    private let foreign = "neon"
  #else
    private let foreign = "avx2"
  #endif

  @Test("the command line overrides the kernel path in the configuration")
  func forced() {
    let slow = TemporaryFolder.shared.write(Array("schema = 1\nkernel_path = \"portable\"\n".utf8), "slow.toml")
    for (words, path) in [
      (["--kernel-path", "portable"], "portable"), (["--config", slow], "portable"),
      (["--config", slow, "--kernel-path", "reference"], "reference"),
    ] {
      let run = cooee.run(["doctor"] + words)
      #expect(
        (run.output + run.messages).split(separator: "\n").contains {
          $0.contains("kernel path") && $0.contains(path)
        }, "\(words): \(run.output)\(run.messages)")
    }
  }

  @Test("an unavailable kernel path is rejected with the available ones")
  func missing() {
    let recording = TemporaryFolder.shared.newPath("never-opened.wav")
    for (name, code) in [(foreign, Int32(69)), ("abacus", 64)] {
      let run = cooee.run(["spot", "--phrases", "never-opened", "--kernel-path", name, recording])
      #expect(run.exitCode == code, "\(run.messages)")
      #expect(run.messages.contains(name) && run.messages.contains("auto, reference, portable"), "\(run.messages)")
      #expect(run.output.isEmpty)
    }
  }
}
