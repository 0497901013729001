import Foundation
import ModelFormat
import Testing

/// The specification page is a test vector: its joined hex dumps are a model file.
@Suite struct FileFormatPageTests {
  private static let page = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/Core/ModelFormat/ModelFormat.docc/FileFormat.md")

  /// Reads every row `oooooooo  hh hh …  |text|` of a hex dump. Rows omitted with `*` are zeros.
  private static func dumpedBytes() throws -> [UInt8] {
    var bytes: [UInt8] = []
    for line in try String(contentsOf: page, encoding: .utf8).split(separator: "\n") {
      guard line.count >= 8, let offset = Int(line.prefix(8), radix: 16),
        line.count == 8 || line.dropFirst(8).first == " "
      else { continue }
      try #require(offset >= bytes.count, "row \(line) stands before the row above it")
      bytes += [UInt8](repeating: 0, count: offset - bytes.count)
      let columns = line.dropFirst(8).split(separator: "|").first ?? ""
      for column in columns.split(separator: " ") {
        bytes.append(try #require(UInt8(column, radix: 16), "not a byte: \(column)"))
      }
    }
    return bytes
  }

  @Test("The page's hex dump equals the encoded example")
  func dumpIsTheExample() throws {
    #expect(try Self.dumpedBytes() == ExampleModel.bytes())
  }

  @Test("The page's hex dump opens and contains the numbers on the page")
  func dumpOpens() throws {
    let bytes = try Self.dumpedBytes()
    #expect(bytes.count == 2304)
    try bytes.withUnsafeBytes { buffer in
      let container = try ContainerReader(buffer, expecting: .model)
      #expect(
        container.sections.map(\.id.name) == ["ARCH", "WGTS", "FEAT", "PROX", "TEXT", "POOL", "HEAD", "PROV"])
      #expect(container.sections[0].offset == 192 && container.sections[0].size == 104)

      let model = try AcousticModel(buffer, expectedFeatureContract: 0x0123_4567_89AB_CDEF)
      #expect(model.embeddingDimension == 2)
      #expect(model.layers.map(\.shape.kind) == [.dense, .depthwise, .dense])
      #expect(model.layers[0].shape.stride == 4)
      #expect(model.layers[1].shape.leftContext == 3 && model.layers[1].shape.rightContext == 1)
      #expect(model.layers[2].residualMultiplierQ30 == 1 << 29)
      #expect(Array(model.layers[0].weights) == (-40..<40).map { Int8($0) })
      #expect(model.lookaheadFeatureFrames == 4)
      #expect(Array(model.initialMeans.prefix(2)) == [-12, -11.875])
      #expect(model.classVectors.scale == 16 && model.classVectors.blankBias == -0.5)
      #expect(model.textEncoder.hiddenUnits == 1)
      #expect(model.pooling.attentionScale == 8)
      #expect(model.streamHead.weights.count == 12 && model.streamHead.bias == -3)
      #expect(model.pairHead.weights.count == 14 && model.pairHead.bias == -4)
      #expect(String(decoding: model.provenance, as: UTF8.self) == "recipe = \"example\"\n")
    }
  }

  @Test("The page states the example's content hash")
  func contentHash() throws {
    let bytes = try Self.dumpedBytes()
    let hash = try bytes.withUnsafeBytes { try ContainerReader($0, expecting: .model).contentHash }
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    #expect(text.contains("`" + String(format: "%016lx", hash) + "`"), "the hash is \(String(hash, radix: 16))")
  }
}
