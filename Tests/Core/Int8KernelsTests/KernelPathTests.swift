import AudioFrontEnd
import Int8Kernels
import KernelChecks
import ModelFormat
import Testing
import UntrainedModels

/// Every path of this machine against the reference. `kernel-check` does the same on boards and emulators.
@Suite(.serialized) struct KernelPathTests {
  @Test("Every path gives the reference's bytes and touches only its operands", arguments: KernelPath.available)
  func equalsReference(path: KernelPath) throws {
    var comparison = KernelComparison([path])
    KernelCase.forEach(seed: 2, randomCount: 3000) { comparison.check($0) }
    let result = try #require(comparison.results.first)
    #expect(result.caseCount > 7000)
    #expect(result.failureCount == 0, "\(result.firstFailure ?? "")")
  }

  @Test("A case reports its seed and shape and can be reproduced")
  func casesAreSeeded() {
    var first: [String] = []
    var second: [String] = []
    KernelCase.forEach(seed: 5, randomCount: 10) { first.append($0.description) }
    KernelCase.forEach(seed: 5, randomCount: 10) { second.append($0.description) }
    #expect(first == second)
    #expect(first.allSatisfy { $0.contains("seed ") && $0.contains("depth ") && $0.contains("outputs ") })
    #expect(Set(first).count == first.count)
  }

  @Test("The signature of an encoder does not depend on the path")
  func signature() throws {
    let bytes = try AcousticModelContents.untrained(
      seed: 4, shapes: AcousticModelContents.releasedSizeShapes, featureContract: FeatureContract.hash
    ).encoded()
    try bytes.withUnsafeBytes { memory in
      let model = try AcousticModel(memory, expectedFeatureContract: FeatureContract.hash)
      let expected = EncoderSignature.compute(model, path: .reference)
      for path in KernelPath.available {
        let signature = EncoderSignature.compute(model, path: path)
        #expect(signature == expected, "path \(path.name)")
      }
    }
  }

  @Test("Paths with special instructions have a peak measurement")
  func peak() throws {
    #expect(KernelPath.reference.runPeak(rounds: 1) == nil)
    #expect(KernelPath.portable.runPeak(rounds: 1) == nil)
    for path in KernelPath.available where path != .reference && path != .portable {
      let once = try #require(path.runPeak(rounds: 1), "path \(path.name)")
      #expect(once >= 4 * 16 && path.runPeak(rounds: 7) == 7 * once, "path \(path.name)")
    }
    for path in KernelPath.allCases where !path.isAvailable {
      #expect(path.runPeak(rounds: 1) == nil, "path \(path.name)")
    }
  }
}
