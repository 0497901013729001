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
  /// What moves the encoder's dense matrices.
  public var matrixOptimizer = MatrixOptimizer.adamW
  /// Of the encoder's large matrix products.
  public var matrixPrecision = MatrixProduct.Precision.float
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
  /// Share of the utterances that go on where another one ended, as on a device's stream: the encoder's past and the front
  /// end's means are then those of another talker.
  public var joinedShare: Float = 0
  /// How recordings are changed.
  public var augmentation = AugmentationConfiguration()
  /// Whether word times are taken as they were given at the start, in place of the network's own alignments of each step.
  /// Comparisons do: all runs then see the same phrases, and none depends on how well it aligns.
  public var usesGivenAlignments = false
  /// Utterances longer than this are left out, in seconds.
  public var longestSeconds: Double = 17

  public init() {}

  /// Reads JSON in which every key may be missing; a missing key takes its default, an unknown one is refused.
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
    // Which value it was: the one that cannot stand among the defaults.
    let paths = Self.leaves(of: given, like: defaults)
    let culprit = paths.first {
      Self.decoded(Self.replacing(defaults, at: $0[...], by: Self.value(at: $0, in: given)!)) == nil
    }
    let path = culprit ?? []
    throw Self.unusable(path, Self.value(at: path, in: given), like: Self.value(at: path, in: defaults))
  }

  /// The names that a key accepts.
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

  /// The paths of all values that are no objects of keys, in the order of their names.
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

/// Why a recipe could not be read. Keys of nested objects are joined by dots; an empty one is the whole recipe.
public enum RecipeError: Error, Equatable, CustomStringConvertible {
  case notJSON
  /// No recipe has this key; `known` are those that may stand in its place.
  case unknownKey(String, known: [String])
  /// The value is of another type, out of range, or a name that the key does not know.
  case unusableValue(key: String, found: String, accepted: String)

  public var description: String {
    switch self {
    case .notJSON: "it is no JSON"
    case .unknownKey(let key, let known): "unknown key \(key); known are \(known.joined(separator: ", "))"
    case .unusableValue(let key, let found, let accepted):
      "\(key.isEmpty ? "the recipe" : key) cannot be \(found); accepted: \(accepted)"
    }
  }
}
