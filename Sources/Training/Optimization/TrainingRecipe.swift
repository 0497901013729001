import Foundation

/// Everything that decides a training run but the corpus. A run with the same recipe, corpus and shard count repeats.
public struct TrainingRecipe: Codable, Sendable, Equatable {
  public var seed: UInt64 = 1
  public var network = NetworkConfiguration()
  public var objectives = Objectives()
  /// Passes over the corpus.
  public var epochs = 40
  /// Steps of the run where they are to be counted and not the passes; 0 means ``epochs``.
  public var steps = 0
  /// Audio of one shard, in seconds; a step has `shards` of them, each normalised by its own batch statistics.
  public var shardSeconds: Double = 60
  /// Shards of a step. Threads take them in turn, so the count of threads does not change the result.
  public var shards = 2
  public var peakLearningRate: Float = 2e-3
  public var warmUpSteps = 400
  public var weightDecay: Float = 0.02
  public var weights = ObjectiveWeights()
  /// Share of the steps before the metric and adversarial terms join, when alignments have become usable.
  public var metricLearningStart: Double = 0.08
  /// Share of the steps over which the adversary's reversal ramps up as `2 / (1 + e^(−10 p)) − 1`; 0 means constant.
  public var adversaryRamp: Double = 0.5
  /// Share of the steps before the encoder is trained as its 8-bit form computes; 1 means never.
  public var quantizationStart: Double = 1
  /// Share of the utterances that are cut to a few words, once alignments are known.
  public var phraseCropShare: Float = 0.35
  /// Share of the utterances that are augmented.
  public var augmentedShare: Float = 0.85
  /// Whether word times are taken as they were given at the start, in place of the network's own alignments of each step.
  /// Comparisons do: all runs then see the same phrases, and none depends on how well it aligns.
  public var usesGivenAlignments = false
  /// Utterances longer than this are left out, in seconds.
  public var longestSeconds: Double = 17

  public init() {}

  /// Reads JSON in which every key may be missing; a missing key takes its default, an unknown one is refused.
  /// - Throws: `DecodingError`.
  public init(overridingDefaultsWith data: Data) throws {
    let defaults = try JSONSerialization.jsonObject(with: JSONEncoder().encode(TrainingRecipe()))
    let given = try JSONSerialization.jsonObject(with: data)
    let merged = try Self.merge(defaults, given, path: "")
    self = try JSONDecoder().decode(Self.self, from: JSONSerialization.data(withJSONObject: merged))
  }

  private static func merge(_ defaults: Any, _ given: Any, path: String) throws -> Any {
    guard let known = defaults as? [String: Any] else { return given }
    guard let object = given as? [String: Any] else {
      throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "\(path) must be an object"))
    }
    var result = known
    for (key, value) in object {
      guard let standard = known[key] else {
        let keys = known.keys.sorted().joined(separator: ", ")
        throw DecodingError.dataCorrupted(
          .init(codingPath: [], debugDescription: "unknown key \(path)\(key); known are \(keys)"))
      }
      result[key] = try merge(standard, value, path: "\(path)\(key).")
    }
    return result
  }
}
