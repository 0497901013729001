import AudioFrontEnd
import Foundation
import Testing

@Suite struct GoldenFeaturesTests {
  static let means = (0..<40).map { Float($0) * -0.1 - 4 }

  @Test("Features of a seeded signal match the recorded ones within one step")
  func golden() throws {
    var draw = Draw(seed: 16_735)
    let samples = draw.signal(sampleCount: 48_000)
    let file = "seeded-signal.int8"
    if ProcessInfo.processInfo.environment["COOEE_RECORD_GOLDEN"] != nil {
      let recorded = ReferenceFrontEnd.features(samples, initialMeans: Self.means)
      let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
      try Data(recorded.map(UInt8.init(bitPattern:))).write(to: folder.appendingPathComponent(file))
    }
    let resources = try #require(Bundle.module.resourceURL)
    let golden = try Data(contentsOf: resources.appendingPathComponent("Golden").appendingPathComponent(file)).map(
      Int8.init(bitPattern:))
    var extractor = FeatureExtractor(initialMeans: Self.means)
    var features: [Int8] = []
    samples.withUnsafeBufferPointer { buffer in
      extractor.process(buffer) { features.append(contentsOf: UnsafeBufferPointer(start: $0, count: 40)) }
    }
    try #require(features.count == golden.count)
    var differing = 0
    for index in features.indices {
      let distance = abs(Int(features[index]) - Int(golden[index]))
      #expect(distance <= 1, "frame \(index / 40) band \(index % 40): \(features[index]), golden \(golden[index])")
      if distance != 0 { differing += 1 }
    }
    // Only values that are on a rounding boundary in the reference may differ.
    #expect(differing * 200 < features.count, "\(differing) of \(features.count) differ")
  }
}
