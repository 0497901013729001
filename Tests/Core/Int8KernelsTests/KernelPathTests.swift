import AudioFrontEnd
import Foundation
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
      seed: 4, shapes: AcousticModelContents.releasedShapes(featureContract: FeatureContract.hash),
      featureContract: FeatureContract.hash
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

  @Test("The released model has the signature that models/base.signature and the page KernelPaths give")
  func releasedSignature() throws {
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../..")
    func text(_ path: String) throws -> String {
      try String(contentsOf: repository.appending(path: path), encoding: .utf8)
    }
    let recorded = try text("models/base.signature").trimmingCharacters(in: .whitespacesAndNewlines)
    let file = try Data(contentsOf: repository.appending(path: "models/base.cooee"))
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: file.count, alignment: 64)
    defer { memory.deallocate() }
    memory.copyBytes(from: file)
    let model = try AcousticModel(UnsafeRawBufferPointer(memory), expectedFeatureContract: FeatureContract.hash)
    let signature = EncoderSignature.text(EncoderSignature.compute(model, path: .best))
    #expect(signature == recorded, "record an intended change in both files, and name both signatures in the commit")
    let page = try text("Sources/Core/Int8Kernels/Int8Kernels.docc/KernelPaths.md")
    #expect(page.contains(recorded), "KernelPaths.md and models/base.signature differ")
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
