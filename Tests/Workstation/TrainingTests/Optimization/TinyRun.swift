import Foundation
import SeededRandom
import Training

/// A training set of noise with made-up pronunciations, and a recipe that is quick to set up.
struct TinyRun {
  let folder: CorpusFolder
  let set: TrainingSet
  var recipe = TrainingRecipe()

  /// - Parameter texts: capitals. Each letter is a phoneme, and every word may also be spoken backwards. `DONT` is two
  ///   words.
  /// - Parameter phones: phones of each text; empty without labels.
  init(_ texts: [String], seconds: Double = 0.1, phones: [[LabeledPhone]] = []) throws {
    folder = try CorpusFolder()
    var generator = SplitMix64(seed: 1401)
    let clips = texts.map { text in
      (text, (0..<Int(16_000 * seconds)).map { _ in Int16(1_000 * generator.nextNormal()) })
    }
    set = TrainingSet(corpus: try folder.prepared(clips, phones: phones), longestSeconds: 17) { text in
      text.split(separator: " ").flatMap { $0 == "DONT" ? ["DO", "NT"] : [String($0)] }.map { word in
        let phonemes = word.utf8.map { $0 - UInt8(ascii: "A") }
        return [phonemes, phonemes.reversed()]
      }
    }
    recipe.network.streaming.stemChannels = 3
    recipe.network.streaming.channels = 4
    recipe.network.streaming.dimension = 4
    recipe.network.streaming.blockKernels = [3]
    recipe.network.streaming.blockRightContexts = [1]
    recipe.shards = 1
  }

  func trainer() throws -> Trainer { try Trainer(set: set, recipe: recipe) }
}
