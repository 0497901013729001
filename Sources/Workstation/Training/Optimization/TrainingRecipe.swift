import Foundation

/// All settings of a training run except the corpus. A run with the same recipe, corpus and shard count is repeatable.
public struct TrainingRecipe: Codable, Sendable, Equatable {
  /// Determines the initial weights, the order of the utterances and every augmentation.
  public var seed: UInt64 = 1
  /// The shapes of the encoders.
  public var network = NetworkConfiguration()
  /// The forms of the loss terms.
  public var objectives = Objectives()
  /// Passes over the corpus.
  public var epochs = 40
  /// Steps of the run; 0 derives them from ``epochs``.
  public var steps = 0
  /// Audio per shard, in seconds. A step has `shards` of them, each normalized by its own batch statistics.
  public var shardSeconds: Double = 60
  /// Shards per step. The number of threads does not change the result.
  public var shards = 2
  /// The highest learning rate, reached after `warmUpSteps`.
  public var peakLearningRate: Float = 2e-3
  /// Steps over which the learning rate rises linearly from zero.
  public var warmUpSteps = 400
  /// Decoupled weight decay of the matrices.
  public var weightDecay: Float = 0.02
  /// The optimizer of the encoder's dense matrices.
  public var matrixOptimizer = MatrixOptimizer.adamW
  /// The learning rate of ``Muon`` relative to that of all other parameters. The metric losses diverge at rates from which
  /// the encoder's matrices still learn.
  public var matrixRateFactor: Float = 1
  /// The precision of the encoder's large matrix products.
  public var matrixPrecision = MatrixProduct.Precision.float
  /// The weights of the loss terms.
  public var weights = ObjectiveWeights()
  /// Share of the steps before the metric and adversarial terms join. By then alignments are usable.
  public var metricLearningStart: Double = 0.08
  /// Share of the steps over which the adversary's reversal ramps up as `2 / (1 + e^(−10 p)) − 1`; 0 for a constant
  /// reversal.
  public var adversaryRamp: Double = 0.5
  /// Share of the steps before the encoder trains with the arithmetic of its 8-bit form; 1 for never.
  public var quantizationStart: Double = 1
  /// Share of the utterances that are cut to a few words, once alignments are known.
  public var phraseCropShare: Float = 0.35
  /// Share of the utterances that are augmented.
  public var augmentedShare: Float = 0.85
  /// Share of the steps over which the share of augmented utterances grows from 0 to ``augmentedShare``. A network that
  /// starts from random weights learns faster if it first hears clean speech.
  public var augmentationRamp: Double = 0
  /// Share of the utterances that continue directly after another one, as in a device's stream. The encoder's past and
  /// the front end's means are then those of another talker.
  public var joinedShare: Float = 0
  /// How recordings are augmented.
  public var augmentation = AugmentationConfiguration()
  /// Whether to use the word times given at the start instead of the network's alignments of each step. Comparisons set
  /// it: all runs then use the same phrases, and none depends on the quality of its alignments.
  public var usesGivenAlignments = false
  /// Utterances longer than this are skipped, in seconds.
  public var longestSeconds: Double = 17

  /// Creates the default recipe.
  public init() {}

  /// Reads JSON in which every key is optional. A missing key takes its default; an unknown key is an error.
  public init(overridingDefaultsWith data: Data) throws(RecipeError) {
    let defaults: Any
    let given: Any
    do {
      defaults = try JSONSerialization.jsonObject(with: JSONEncoder().encode(TrainingRecipe()))
      given = try JSONSerialization.jsonObject(with: data)
    } catch { throw .notJSON }
    let merged = try Self.merge(defaults, given, path: [])
    if let recipe = Self.decoded(merged) {
      self = recipe
      return
    }
    // Find the value at fault: the one that cannot replace its default.
    let paths = Self.leaves(of: given, like: defaults)
    let culprit = paths.first {
      Self.decoded(Self.replacing(defaults, at: $0[...], by: Self.value(at: $0, in: given)!)) == nil
    }
    let path = culprit ?? []
    throw Self.unusable(path, Self.value(at: path, in: given), like: Self.value(at: path, in: defaults))
  }

  /// The names accepted by a key.
  private static let names = [
    "matrixOptimizer": MatrixOptimizer.allCases.map(\.rawValue),
    "matrixPrecision": MatrixProduct.Precision.allCases.map(\.rawValue),
    "objectives.phoneme": MetricObjective.allCases.map(\.rawValue),
    "objectives.utterance": UtteranceObjective.allCases.map(\.rawValue),
    "objectives.keyword": KeywordObjective.allCases.map(\.rawValue),
    "objectives.hardNegatives": HardNegatives.allCases.map(\.rawValue),
  ]

  private static func merge(_ defaults: Any, _ given: Any, path: [String]) throws(RecipeError) -> Any {
    guard let known = defaults as? [String: Any] else { return given }
    guard let object = given as? [String: Any] else { throw unusable(path, given, like: defaults) }
    var result = known
    for (key, value) in object {
      guard let standard = known[key] else {
        throw .unknownKey((path + [key]).joined(separator: "."), known: known.keys.sorted())
      }
      result[key] = try merge(standard, value, path: path + [key])
    }
    return result
  }

  private static func unusable(_ path: [String], _ found: Any?, like standard: Any?) -> RecipeError {
    let key = path.joined(separator: ".")
    var accepted = standard is [String: Any] ? "an object" : "a value like \(text(standard))"
    if let names = names[key] { accepted = names.joined(separator: ", ") }
    return .unusableValue(key: key, found: text(found), accepted: accepted)
  }

  private static func decoded(_ object: Any) -> TrainingRecipe? {
    try? JSONDecoder().decode(Self.self, from: JSONSerialization.data(withJSONObject: object))
  }

  /// The paths of all values that are not objects of keys, in the order of their names.
  private static func leaves(of object: Any, like defaults: Any) -> [[String]] {
    guard let known = defaults as? [String: Any], let fields = object as? [String: Any] else { return [[]] }
    return fields.keys.sorted().flatMap { key in leaves(of: fields[key]!, like: known[key]!).map { [key] + $0 } }
  }

  private static func replacing(_ object: Any, at path: ArraySlice<String>, by value: Any) -> Any {
    guard let key = path.first, var fields = object as? [String: Any] else { return value }
    fields[key] = replacing(fields[key]!, at: path.dropFirst(), by: value)
    return fields
  }

  private static func value(at path: [String], in object: Any) -> Any? {
    path.reduce(object as Any?) { ($0 as? [String: Any])?[$1] }
  }

  /// A value as JSON.
  private static func text(_ value: Any?) -> String {
    guard let value else { return "nothing" }
    let data = try? JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
  }
}

/// Why a recipe could not be read. Keys of nested objects are joined by dots. An empty key is the whole recipe.
public enum RecipeError: Error, Equatable, CustomStringConvertible {
  /// The data is not JSON.
  case notJSON
  /// The recipe has no such key. `known` lists the keys allowed in its place.
  case unknownKey(String, known: [String])
  /// The value has the wrong type, is out of range, or is a name that the key does not accept.
  case unusableValue(key: String, found: String, accepted: String)

  /// The error in one line.
  public var description: String {
    switch self {
    case .notJSON: "not valid JSON"
    case .unknownKey(let key, let known): "unknown key \(key); accepted: \(known.joined(separator: ", "))"
    case .unusableValue(let key, let found, let accepted):
      "\(key.isEmpty ? "the recipe" : key) cannot be \(found); accepted: \(accepted)"
    }
  }
}
