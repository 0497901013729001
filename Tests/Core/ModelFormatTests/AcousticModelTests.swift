import ModelFormat
import SeededRandom
import Testing
import UntrainedModels

@Suite struct AcousticModelTests {
  @Test("All contents are read back, from any address that is a multiple of four")
  func roundTrip() throws {
    let contents = AcousticModelContents.untrained(seed: 3, featureContract: 42)
    let file = try contents.encoded()
    for shift in [0, 4, 20] {
      let moved = [UInt8](repeating: 0xEE, count: shift) + file
      try moved.withUnsafeBytes { buffer in
        let model = try AcousticModel(
          UnsafeRawBufferPointer(rebasing: buffer[shift...]), expectedFeatureContract: 42)
        #expect(model.layers.count == contents.layers.count)
        for (read, written) in zip(model.layers, contents.layers) {
          #expect(read.shape == written.shape)
          #expect(Array(read.weights) == written.weights)
          #expect(Array(read.biases) == written.biases)
          #expect(Array(read.multipliersQ30) == written.multipliersQ30)
          #expect(read.residualMultiplierQ30 == written.residualMultiplierQ30)
        }
        #expect(Array(model.initialMeans) == contents.initialMeans)
        #expect(Array(model.classVectors.vectors) == contents.classVectors)
        #expect(Array(model.textEncoder.forward.inputBiases) == contents.textEncoder.forward.inputBiases)
        #expect(Array(model.textEncoder.backward.hiddenBiases) == contents.textEncoder.backward.hiddenBiases)
        let hidden = EncodedRowQuantizedMatrix(
          contents.textEncoder.backward.hiddenWeights, rowCount: 24, columnCount: 8)
        #expect(Array(model.textEncoder.backward.hiddenWeights.values) == hidden.values)
        #expect(Array(model.textEncoder.backward.hiddenWeights.rowScales) == hidden.rowScales)
        #expect(Array(model.textEncoder.utteranceBiases) == contents.textEncoder.utteranceBiases)
        #expect(Array(model.pooling.frameScorer) == contents.pooling.frameScorer)
        #expect(Array(model.pooling.projectionBiases) == contents.pooling.projectionBiases)
        #expect(model.streamHead == contents.streamHead && model.pairHead == contents.pairHead)
      }
    }
  }

  @Test("At any other address it is rejected, and the error states the alignment", arguments: [1, 2, 3, 6])
  func misaligned(shift: Int) throws {
    let moved = [UInt8](repeating: 0xEE, count: shift) + (try ExampleModel.bytes())
    moved.withUnsafeBytes { buffer -> Void in
      #expect(throws: ModelFileError.misaligned(alignment: 4)) {
        try AcousticModel(
          UnsafeRawBufferPointer(rebasing: buffer[shift...]), expectedFeatureContract: ExampleModel.featureContract)
      }
    }
  }

  @Test("Look-ahead and operation count follow from the layers")
  func derivedNumbers() throws {
    let file = try AcousticModelContents.untrained(seed: 3, featureContract: 42).encoded()
    try file.withUnsafeBytes { buffer in
      let model = try AcousticModel(buffer, expectedFeatureContract: 42)
      // 1 frame at 100 Hz, then 2 and 1 at 50 Hz.
      #expect(model.lookaheadFeatureFrames == 1 + 2 * 2 + 2 * 1)
      // The first three layers run twice per embedding.
      #expect(model.operationsPerEmbedding == 2 * (24 * 120 + 24 * 5 + 24 * 24) + 24 * 3 + 24 * 16)
    }
  }

  @Test("A model for another front end is rejected with both contracts")
  func otherFrontEnd() throws {
    let error = modelError(try ExampleModel.bytes(), featureContract: 99)
    #expect(error == .featureContractMismatch(model: ExampleModel.featureContract, frontEnd: 99))
  }

  @Test("A section with an unknown name is skipped")
  func unknownSection() throws {
    let file = try ExampleModel.bytes()
    let extended = try file.withUnsafeBytes { buffer in
      let reader = try ContainerReader(buffer, expecting: .model)
      var writer = ContainerWriter(kind: .model)
      writer.append("LATE", [1, 2, 3])
      for section in reader.sections { writer.append(section.id, Array(reader.bytes(of: section.id)!)) }
      return writer.finish()
    }
    #expect(modelError(extended) == nil)
  }

  @Test("Every section except provenance is required")
  func missingSections() throws {
    let file = try ExampleModel.bytes()
    for name in ["ARCH", "WGTS", "FEAT", "PROX", "TEXT", "POOL", "HEAD"] as [SectionID] {
      let without = try file.withUnsafeBytes { buffer in
        let reader = try ContainerReader(buffer, expecting: .model)
        var writer = ContainerWriter(kind: .model)
        for section in reader.sections where section.id != name {
          writer.append(section.id, Array(reader.bytes(of: section.id)!))
        }
        return writer.finish()
      }
      #expect(modelError(without) == .container(.missingSection(id: name)))
    }
  }

  @Test("Opening any bytes of a section returns a model or an error")
  func mutatedSections() throws {
    let file = try ExampleModel.bytes()
    var accepted = 0
    for seed in 0..<2000 as Range<UInt64> {
      var generator = SplitMix64(seed: seed)
      let target = generator.integer(in: 0...6)
      var index = 0
      let damaged = try rewriting(file) { _, content in
        if index == target {
          for _ in 0..<generator.integer(in: 1...4) {
            content[generator.integer(in: 0...content.count - 1)] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(
              using: &generator)!
          }
          if generator.integer(in: 0...9) == 0 { content.removeLast(generator.integer(in: 1...content.count)) }
        }
        index += 1
      }
      if modelError(damaged) == nil { accepted += 1 }
    }
    // Weights, scales and biases can be any finite number, so some of these are valid models.
    #expect(accepted > 0 && accepted < 2000)
  }

  @Test("Inconsistent contents are not written")
  func inconsistentContents() {
    var contents = ExampleModel.contents
    contents.layers[0].shape.stride = 2
    #expect(throws: ModelFileError.timeReduction(2)) { try contents.encoded() }
    contents = ExampleModel.contents
    contents.blankBias = .infinity
    #expect(throws: ModelFileError.notFinite(section: "PROX", index: 1)) { try contents.encoded() }
    contents = ExampleModel.contents
    contents.layers[2].biases[1] = 1 << 29
    #expect(throws: ModelFileError.biasTooLarge(layer: 2, channel: 1, value: 1 << 29)) { try contents.encoded() }
  }
}
