import Foundation
import ModelFormat
import Testing

/// Damaged and forged files, stored under `Hostile`.
///
/// They were written once, from the example of the file format page, with
/// `COOEE_WRITE_HOSTILE_FILES=Tests/Core/ModelFormatTests/Hostile swift test -c release --filter HostileFileTests`.
@Suite struct HostileFileTests {
  struct HostileFile: Sendable, CustomTestStringConvertible {
    let name: String
    let error: ModelFileError
    let make: @Sendable ([UInt8]) throws -> [UInt8]

    init(_ name: String, _ error: ModelFileError, _ make: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
      self.name = name
      self.error = error
      self.make = make
    }

    /// A file that is valid except for the contents of one section.
    init(
      _ name: String, in section: SectionID, _ error: ModelFileError,
      _ change: @escaping @Sendable (inout [UInt8]) -> Void
    ) {
      self.init(name, error) { example in
        try rewriting(example) { id, content in
          if id == section { change(&content) }
        }
      }
    }

    var testDescription: String { name }
  }

  private static let notANumber = Float.nan.bitPattern
  private static let infinity = Float.infinity.bitPattern

  static let files: [HostileFile] = [
    HostileFile("empty.cooee", .container(.truncated(needed: 4, available: 0))) { _ in [] },
    HostileFile("former-magic.cooee", .container(.wrongMagic(found: 0x4445_4548))) {
      [0x48, 0x45, 0x45, 0x44] + $0[4...]
    },
    HostileFile("wrong-magic.cooee", .container(.wrongMagic(found: 0x4646_4952))) { Array("RIFF".utf8) + $0[4...] },
    HostileFile("truncated-header.cooee", .container(.truncated(needed: 32, available: 20))) { Array($0[..<20]) },
    HostileFile("truncated-table.cooee", .container(.truncated(needed: 160, available: 100))) { Array($0[..<100]) },
    HostileFile("truncated-body.cooee", .container(.truncated(needed: 2304, available: 1000))) { Array($0[..<1000]) },
    HostileFile("trailing-bytes.cooee", .container(.trailingBytes(stated: 2304, found: 2368))) {
      $0 + [UInt8](repeating: 0, count: 64)
    },
    HostileFile("newer-version.cooee", .container(.newerVersion(found: 2, supported: 1))) {
      Self.withHeader($0) { $0[4] = 2 }
    },
    HostileFile("phrase-file.cooee", .container(.wrongKind(found: 3, expected: .model))) {
      Self.withHeader($0) { $0[6] = 3 }
    },
    HostileFile("huge-section-count.cooee", .container(.tooManySections(count: 0xFFFF_FFFF, limit: 64))) {
      Self.withHeader($0) { store(.max, at: 8, in: &$0) }
    },
    HostileFile("corrupt-table.cooee", .container(.corruptHeader(stated: 0x1800_BE80, computed: 0x890E_5041))) {
      var file = $0
      file[40] ^= 1
      return file
    },
    HostileFile("huge-section.cooee", .container(.truncatedSection(id: "ARCH", needed: 0x1_0000_00BF, available: 2304)))
    { Self.withHeader($0) { store(.max, at: 40, in: &$0) } },
    HostileFile("overlapping-sections.cooee", .container(.misplacedSection(id: "WGTS", offset: 256))) {
      Self.withHeader($0) { store(256, at: 52, in: &$0) }
    },
    HostileFile("section-over-table.cooee", .container(.misplacedSection(id: "ARCH", offset: 0))) {
      Self.withHeader($0) { store(0, at: 36, in: &$0) }
    },
    HostileFile("duplicate-section.cooee", .container(.duplicateSection(id: "ARCH"))) {
      Self.withHeader($0) { store(SectionID("ARCH").rawValue, at: 48, in: &$0) }
    },
    HostileFile(
      "corrupt-section.cooee",
      .container(.corruptSection(id: "WGTS", stated: 0x69A1_700A, computed: 0xD5FD_47E3))
    ) {
      var file = $0
      file[320] ^= 0x10
      return file
    },

    HostileFile("stray-byte.cooee", .container(.strayByte(offset: 319))) {
      var file = $0
      file[319] = 1
      return file
    },
    HostileFile("stray-last-byte.cooee", .container(.strayByte(offset: 2303))) {
      var file = $0
      file[2303] = 0x80
      return file
    },

    HostileFile("no-layers.cooee", in: "ARCH", .layerCount(0)) { store(0, at: 0, in: &$0) },
    HostileFile("huge-layer-count.cooee", in: "ARCH", .layerCount(.max)) { store(.max, at: 0, in: &$0) },
    HostileFile(
      "more-layers-than-records.cooee", in: "ARCH",
      .container(.truncatedSection(id: "ARCH", needed: 105, available: 104))
    ) { store(4, at: 0, in: &$0) },
    HostileFile(
      "fewer-layers-than-records.cooee", in: "ARCH", .container(.oversizedSection(id: "ARCH", used: 72, size: 104))
    ) { store(2, at: 0, in: &$0) },
    HostileFile("huge-dimension.cooee", in: "ARCH", .embeddingDimension(section: "ARCH", found: .max, expected: 512)) {
      store(.max, at: 4, in: &$0)
    },
    HostileFile("unknown-layer-kind.cooee", in: "ARCH", .layerField(layer: 0, field: .kind, value: 7)) { $0[8] = 7 },
    HostileFile("unknown-activation.cooee", in: "ARCH", .layerField(layer: 1, field: .activation, value: 9)) {
      $0[41] = 9
    },
    HostileFile("huge-channels.cooee", in: "ARCH", .layerField(layer: 0, field: .outputChannels, value: 65535)) {
      $0[14] = 0xFF
      $0[15] = 0xFF
    },
    HostileFile("no-kernel.cooee", in: "ARCH", .layerField(layer: 1, field: .kernel, value: 0)) { $0[48] = 0 },
    HostileFile("no-stride.cooee", in: "ARCH", .layerField(layer: 0, field: .stride, value: 0)) { $0[18] = 0 },
    HostileFile("huge-dilation.cooee", in: "ARCH", .layerField(layer: 1, field: .dilation, value: 65535)) {
      $0[52] = 0xFF
      $0[53] = 0xFF
    },
    HostileFile("look-ahead-past-kernel.cooee", in: "ARCH", .layerField(layer: 1, field: .rightContext, value: 5)) {
      $0[54] = 5
    },
    HostileFile("channel-mismatch.cooee", in: "ARCH", .channelMismatch(layer: 2, takes: 3, given: 2)) { $0[76] = 3 },
    HostileFile("misplaced-residual.cooee", in: "ARCH", .misplacedResidual(layer: 0)) { $0[10] = 1 },
    HostileFile("wrong-time-reduction.cooee", in: "ARCH", .timeReduction(2)) { $0[18] = 2 },
    HostileFile(
      "negative-residual.cooee", in: "ARCH",
      .layerField(layer: 2, field: .residualMultiplier, value: Int64(Int32.min))
    ) { store(0x8000_0000, at: 88, in: &$0) },
    HostileFile(
      "weights-past-end.cooee", in: "ARCH",
      .tensorOutOfBounds(layer: 0, tensor: .weights, offset: 0xFFFF_FFC0, size: 80, available: 640)
    ) { store(0xFFFF_FFC0, at: 28, in: &$0) },
    HostileFile(
      "misaligned-bias.cooee", in: "ARCH",
      .tensorOutOfBounds(layer: 1, tensor: .bias, offset: 257, size: 8, available: 640)
    ) { store(257, at: 64, in: &$0) },
    HostileFile("huge-bias.cooee", in: "WGTS", .biasTooLarge(layer: 0, channel: 1, value: .min)) {
      store(0x8000_0000, at: 132, in: &$0)
    },
    HostileFile("negative-multiplier.cooee", in: "WGTS", .negativeMultiplier(layer: 0, channel: 0, value: -1)) {
      store(.max, at: 192, in: &$0)
    },
    HostileFile("nan-means.cooee", in: "FEAT", .notFinite(section: "FEAT", index: 39)) {
      store(notANumber, at: 164, in: &$0)
    },
    HostileFile(
      "other-front-end.cooee", in: "FEAT", .featureContractMismatch(model: 0, frontEnd: 0x0123_4567_89AB_CDEF)
    ) { $0.replaceSubrange(0..<8, with: [UInt8](repeating: 0, count: 8)) },
    HostileFile("wrong-class-count.cooee", in: "PROX", .count(section: "PROX", found: 39, expected: 40)) {
      store(39, at: 0, in: &$0)
    },
    HostileFile("other-dimension.cooee", in: "PROX", .embeddingDimension(section: "PROX", found: 3, expected: 2)) {
      store(3, at: 4, in: &$0)
    },
    HostileFile("infinite-scale.cooee", in: "PROX", .notFinite(section: "PROX", index: 0)) {
      store(infinity, at: 8, in: &$0)
    },
    HostileFile("long-class-vector.cooee", in: "PROX", .notUnitLength(phonemeClass: 0, squaredLength: 4)) {
      store((2 as Float).bitPattern, at: 16, in: &$0)
    },
    HostileFile("huge-hidden-units.cooee", in: "TEXT", .dimension(section: "TEXT", found: .max, limit: 4096)) {
      store(.max, at: 4, in: &$0)
    },
    HostileFile(
      "huge-matrix.cooee", in: "TEXT",
      .matrixShape(section: "TEXT", rows: .max, columns: .max, expectedRows: 40, expectedColumns: 1)
    ) {
      store(.max, at: 16, in: &$0)
      store(.max, at: 20, in: &$0)
    },
    HostileFile("nan-scale.cooee", in: "TEXT", .invalidScale(section: "TEXT", index: 0)) {
      store(notANumber, at: 24, in: &$0)
    },
    HostileFile("negative-scale.cooee", in: "POOL", .invalidScale(section: "POOL", index: 0)) {
      store((-1 as Float).bitPattern, at: 24, in: &$0)
    },
    HostileFile(
      "truncated-pooling.cooee", in: "POOL", .container(.truncatedSection(id: "POOL", needed: 72, available: 64))
    ) { $0.removeLast(8) },
    HostileFile("wrong-feature-count.cooee", in: "HEAD", .count(section: "HEAD", found: 11, expected: 12)) {
      store(11, at: 0, in: &$0)
    },
    HostileFile("infinite-bias.cooee", in: "HEAD", .notFinite(section: "HEAD", index: 0)) {
      store(infinity, at: 124, in: &$0)
    },
  ]

  /// Changes the header or the table and corrects their checksum.
  private static func withHeader(_ file: [UInt8], _ change: (inout [UInt8]) -> Void) -> [UInt8] {
    var file = file
    let tableEnd = 32 + 16 * Int(file[8])
    change(&file)
    var checksum = CyclicRedundancyCheck()
    file[..<12].withUnsafeBytes { checksum.update($0) }
    file[16..<tableEnd].withUnsafeBytes { checksum.update($0) }
    store(checksum.checksum, at: 12, in: &file)
    return file
  }

  @Test("Each hostile file is rejected with the error for its fault", arguments: files)
  func refused(file: HostileFile) throws {
    if let folder = ProcessInfo.processInfo.environment["COOEE_WRITE_HOSTILE_FILES"] {
      try Data(file.make(ExampleModel.bytes())).write(to: URL(fileURLWithPath: folder).appending(path: file.name))
    }
    let url = Bundle.module.resourceURL!.appending(path: "Hostile").appending(path: file.name)
    let bytes = [UInt8](try Data(contentsOf: url))
    #expect(modelError(bytes) == file.error)
  }

  @Test("A model with any single flipped bit is rejected")
  func flippedBits() throws {
    let model = try ExampleModel.bytes()
    #expect(modelError(model) == nil)
    for index in model.indices {
      for bit in 0..<8 as Range<UInt8> {
        var damaged = model
        damaged[index] ^= 1 << bit
        #expect(modelError(damaged) != nil, "bit \(bit) of byte \(index) was not noticed")
      }
    }
  }

  @Test("Every hostile file has a test")
  func allTested() throws {
    let folder = Bundle.module.resourceURL!.appending(path: "Hostile")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".cooee") }
    #expect(Set(names) == Set(Self.files.map(\.name)))
  }
}
