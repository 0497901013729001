import AudioFrontEnd
import ModelFormat
import Testing
import Training
import UntrainedModels

@Suite("New score heads of a model file")
struct CalibratedModelTests {
  @Test("Only the heads change")
  func heads() throws {
    var contents = AcousticModelContents.untrained(seed: 1, featureContract: FeatureContract.hash)
    contents.provenance = "hours = 7\n"
    let before = try contents.encoded()
    contents.streamHead = .init(weights: (0..<12).map { Float($0) / 4 }, bias: -3)
    contents.pairHead = .init(weights: (0..<14).map { Float($0) / 8 }, bias: 2)
    let result = HeadCalibration.Result(
      stream: contents.streamHead, pair: contents.pairHead, phraseHours: 1, streamMatches: 2, streamMismatches: 3,
      pairSamples: 4)
    let after = try before.withUnsafeBytes { try result.replacingHeads(of: $0) }
    #expect(try after == contents.encoded())
    #expect(after != before)
  }

  @Test("Other files are rejected")
  func otherFiles() throws {
    let result = HeadCalibration.Result(
      stream: .init(weights: [], bias: 0), pair: .init(weights: [], bias: 0), phraseHours: 0, streamMatches: 0,
      streamMismatches: 0, pairSamples: 0)
    var language = ContainerWriter(kind: .language)
    language.append("LEXI", [1, 2, 3])
    for bytes in [[], [UInt8](repeating: 7, count: 200), language.finish()] {
      #expect(throws: ContainerError.self) { try bytes.withUnsafeBytes { try result.replacingHeads(of: $0) } }
    }
  }
}
