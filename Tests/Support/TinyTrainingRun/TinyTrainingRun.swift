import Foundation
import SeededRandom
import Training

/// A run of a few steps on synthetic recordings with a network of a few hundred values.
public struct TinyTrainingRun {
  private let path: String
  private let set: TrainingSet
  public var recipe = TrainingRecipe()

  public static let configuration: EncoderConfiguration = {
    var configuration = EncoderConfiguration()
    configuration.stemChannels = 6
    configuration.channels = 8
    configuration.dimension = 8
    configuration.blockKernels = [3, 5]
    configuration.blockRightContexts = [1, 0]
    return configuration
  }()

  /// Twenty-four recordings of 1.2 s, each of three words of the alphabet, determined by the seed.
  ///
  /// - Throws: `CorpusError`.
  public init(seed: UInt64) throws {
    path = NSTemporaryDirectory() + "/cooee-tiny-\(UUID().uuidString).cooeecorpus"
    var generator = SplitMix64(seed: seed)
    let writer = try PreparedCorpusWriter(path: path)
    let alphabet = ["alfa", "bravo", "charlie", "delta", "echo"]
    for number in 0..<24 {
      let text = (0..<3).map { _ in alphabet[generator.nextIndex(5)] }.joined(separator: " ")
      let samples = (0..<19_200).map { _ in Int16(generator.nextNormal() * 2_000) }
      try writer.append(
        Utterance(id: "\(number)", corpus: "tiny", speaker: "", split: "train", text: text, range: 0..<0), samples)
    }
    try writer.finish(initialMeans: [Float](repeating: -8, count: 40))
    set = TrainingSet(corpus: try PreparedCorpus(path: path), longestSeconds: 17) { text in
      text.split(separator: " ").map { word in [word.utf8.prefix(3).map { $0 % 39 }] }
    }
    try FileManager.default.removeItem(atPath: path)
    recipe.seed = seed
    recipe.network = NetworkConfiguration(streaming: Self.configuration)
    recipe.epochs = 2
    recipe.shardSeconds = 5
    recipe.warmUpSteps = 2
    recipe.metricLearningStart = 0
  }

  /// A trainer at the start of the run. Its posteriors are flat, so every transcript can be aligned.
  public func trainer(among communicator: any Communicator = SingleProcess()) throws -> Trainer {
    let trainer = try Trainer(set: set, recipe: recipe, communicator: communicator)
    trainer.bank.value(trainer.network.classifier.logScale)[0] = logf(1.5)
    return trainer
  }
}
