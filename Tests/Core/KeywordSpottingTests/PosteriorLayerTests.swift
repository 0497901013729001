import Foundation
import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing

@Suite struct PosteriorLayerTests {
  @Test("Unit vector and log posteriors match the formulas")
  func formulas() throws {
    let model = try TestModel.make(seed: 9)
    let layer = PosteriorLayer(model)
    let dimension = model.embeddingDimension
    for seed in 0..<20 as Range<UInt64> {
      var generator = SplitMix64(seed: seed)
      let embedding = (0..<dimension).map { _ in Int8(generator.integer(in: -127...127)) }
      var unit = [Float](repeating: 0, count: dimension)
      var logPosteriors = [Float](repeating: 0, count: 40)
      layer.process(embedding, unit: &unit, logPosteriors: &logPosteriors)

      let length = embedding.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      for index in 0..<dimension { #expect(abs(Double(unit[index]) - Double(embedding[index]) / length) < 1e-6) }
      var logits = (0..<40).map { row in
        (0..<dimension).reduce(0.0) {
          $0 + Double(model.classVectors.vectors[row * dimension + $1]) * Double(embedding[$1]) / length
        } * Double(model.classVectors.scale)
      }
      logits[39] += Double(model.classVectors.blankBias)
      let total = log(logits.reduce(0) { $0 + exp($1) })
      for row in 0..<40 {
        #expect(abs(Double(logPosteriors[row]) - (logits[row] - total)) < 2e-5, "seed \(seed), class \(row)")
      }

      var again = [Float](repeating: 0, count: 40)
      layer.process(unit: unit, logPosteriors: &again)
      #expect(again == logPosteriors)
    }
  }

  @Test("An embedding of zeros leaves only the bias of the blank")
  func zeros() throws {
    let model = try TestModel.make(seed: 9)
    let layer = PosteriorLayer(model)
    var unit = [Float](repeating: 1, count: model.embeddingDimension)
    var logPosteriors = [Float](repeating: 0, count: 40)
    layer.process(
      [Int8](repeating: 0, count: model.embeddingDimension), unit: &unit, logPosteriors: &logPosteriors)
    #expect(unit.allSatisfy { $0 == 0 })
    #expect(Set(logPosteriors.prefix(39)).count == 1)
    #expect(abs(logPosteriors[39] - logPosteriors[0] - model.classVectors.blankBias) < 1e-6)
  }
}
