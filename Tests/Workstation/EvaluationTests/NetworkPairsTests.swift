import Evaluation
import Foundation
import SeededRandom
import Testing
import Training

@Suite struct NetworkPairsTests {
  private static let sentences = ["ALFA BRAVO CHARLIE", "BRAVO DELTA", "ECHO ALFA DELTA", "CHARLIE ECHO BRAVO"]

  private static func network(_ architecture: NetworkConfiguration.Architecture) -> SpottingNetwork {
    var configuration = NetworkConfiguration()
    configuration.architecture = architecture
    configuration.streaming.stemChannels = 6
    configuration.streaming.channels = 8
    configuration.streaming.dimension = 8
    configuration.streaming.blockKernels = [3]
    configuration.streaming.blockRightContexts = [1]
    configuration.ecapa.channels = 8
    configuration.ecapa.scale = 4
    configuration.ecapa.bottleneckCount = 4
    configuration.ecapa.aggregationChannels = 12
    configuration.ecapa.dimension = 8
    let bank = ParameterBank(seed: 3)
    let network = SpottingNetwork(configuration, bank: bank)
    bank.seal()
    return network
  }

  /// Each word lasts as long as its letters' square waves.
  private static func aligned(_ corpus: PreparedCorpus) -> [AlignedUtterance] {
    corpus.utterances.map { utterance in
      let words = utterance.words.map(String.init)
      let seconds = utterance.duration / Double(words.count)
      return AlignedUtterance(
        id: utterance.id,
        words: words.enumerated().map { index, word in
          AlignedInterval(
            label: word, startSeconds: Double(index) * seconds, endSeconds: Double(index + 1) * seconds)
        }, phones: [])
    }
  }

  private static func pronounce(_ text: String) -> [[[UInt8]]]? {
    text.split(separator: " ").map { word in [word.utf8.map { ($0 &- 65) % 39 }] }
  }

  @Test(
    "Metrics match the returned pairs for every architecture, and are repeatable",
    arguments: NetworkConfiguration.Architecture.allCases)
  func evaluation(architecture: NetworkConfiguration.Architecture) throws {
    let model = try untrainedModel()
    let noise = { (index: Int) -> [Int16] in
      var generator = SplitMix64(seed: UInt64(90 + index))
      return (0..<Self.sentences[index].utf8.count * 2_400).map { _ in Int16(2_000 * generator.nextNormal()) }
    }
    try withCorpus(model, Self.sentences, audio: noise) { corpus in
      let pairs = try NetworkPairs(corpora: [corpus], alignments: Self.aligned(corpus), pronounce: Self.pronounce)
      let network = Self.network(architecture)
      let outcome = pairs.evaluate(network)
      #expect(outcome.pairs.items.count == pairs.pairCount)
      #expect(outcome.pairs.items.allSatisfy { (-2...2).contains($0.score) })
      let hard = try #require(outcome.pairs.metrics(against: .hard))
      #expect(abs(hard.equalErrorRate - outcome.metrics["eerHard"]!) < 1e-6)
      for name in [
        "eerEasy", "apHard", "headEerHard", "phonemeEerHard", "utteranceEerEasy", "eerOwnHard", "top1TextAudio", "mmd",
        "phonemeMmd",
      ] {
        #expect(outcome.metrics[name]?.isFinite == true, "\(name)")
      }
      #expect(!outcome.embeddings.items.isEmpty)
      #expect(pairs.evaluate(network).metrics == outcome.metrics)
    }
  }

  @Test("Alignments of other recordings are rejected") func foreign() throws {
    let model = try untrainedModel()
    try withCorpus(model, Self.sentences) { corpus in
      #expect(throws: EvaluationError.self) {
        try NetworkPairs(corpora: [corpus], alignments: [], pronounce: Self.pronounce)
      }
    }
  }
}
