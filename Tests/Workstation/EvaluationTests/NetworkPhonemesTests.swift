import Evaluation
import Foundation
import ModelFormat
import Testing
import Training
import UntrainedModels

@Suite struct NetworkPhonemesTests {
  private static func network() -> SpottingNetwork {
    var configuration = NetworkConfiguration()
    configuration.streaming.stemChannels = 6
    configuration.streaming.channels = 8
    configuration.streaming.dimension = 8
    configuration.streaming.blockKernels = [3]
    configuration.streaming.blockRightContexts = [1]
    let bank = ParameterBank(seed: 3)
    let network = SpottingNetwork(configuration, bank: bank)
    bank.seal()
    return network
  }

  /// The front end starts at the means of the model in one case and at those of the corpus in the other.
  private static func modelWithMeansOfCorpora() throws -> EvaluatedModel {
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    var contents = AcousticModelContents.untrained(seed: 5, featureContract: EvaluatedModel.featureContract)
    contents.initialMeans = .init(repeating: 0, count: 40)
    return try EvaluatedModel(
      modelBytes: contents.encoded(),
      languageBytes: [UInt8](Data(contentsOf: repository.appendingPathComponent("models/english.cooee"))))
  }

  /// The phoneme protocol decodes one recording at a time, with the model's blank bias, which the network then has.
  @Test("A network's phoneme error rates equal those of the phoneme protocol, by corpus") func rates() throws {
    let model = try Self.modelWithMeansOfCorpora()
    let pronounce = { (text: String) in text.split(separator: " ").map { model.pronunciations(of: String($0)) } }
    let texts = ["THE GARDEN WINDOW", "SEVEN CANDLES", "A YELLOW BASKET"]
    try withCorpus(model, name: "first", texts) { first in
      try withCorpus(model, name: "second", ["PAINTED"] + [String](repeating: "MY NEIGHBOUR", count: 40)) { second in
        let network = Self.network()
        let report = try PhonemeProtocol.run(
          corpora: [first, second], model: model, scorer: FloatScorer(network: network, model: model.model),
          bootstrap: nil)
        let rates = try NetworkPhonemes(corpora: [first, second], pronounce: pronounce).evaluate(network)
        #expect(rates.count == 2)
        for name in ["first", "second"] {
          let expected = try #require(report.results.first { $0.corpus == name }).phonemeErrorRate
          #expect(rates[NetworkPhonemes.metricPrefix + name] == expected)
          #expect(expected > 0.5, "an untrained network should err")
        }
      }
    }
  }

  @Test("Corpora without text are rejected") func nothing() throws {
    let model = try untrainedModel()
    try withCorpus(model, ["SEVEN CANDLES"]) { corpus in
      #expect(throws: EvaluationError.self) { try NetworkPhonemes(corpora: [corpus], pronounce: { _ in nil }) }
    }
  }
}
