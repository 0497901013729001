import Foundation
import Testing
import Training

@Suite struct TrainingRecipeTests {
  private static func read(_ json: String) throws(RecipeError) -> TrainingRecipe {
    try TrainingRecipe(overridingDefaultsWith: Data(json.utf8))
  }

  private static func failure(_ json: String) -> RecipeError? {
    do throws(RecipeError) {
      _ = try read(json)
      return nil
    } catch { return error }
  }

  @Test("Missing keys take their defaults, at every depth") func defaults() throws {
    #expect(try Self.read("{}") == TrainingRecipe())
    var expected = TrainingRecipe()
    expected.seed = 7
    expected.weights.falseAlarm = 0.25
    expected.objectives.keyword = .sphereFace2
    expected.network.streaming.blockKernels = [3, 5]
    let found = try Self.read(
      """
      {"seed": 7, "weights": {"falseAlarm": 0.25}, "objectives": {"keyword": "sphereFace2"},
       "network": {"streaming": {"blockKernels": [3, 5]}}}
      """)
    #expect(found == expected)
  }

  @Test("A written recipe reads back unchanged") func roundTrip() throws {
    var recipe = TrainingRecipe()
    recipe.objectives.utterance = .relationalProxy
    recipe.objectives.hardNegatives = .all
    recipe.objectives.adaptiveMarginsAndScales = false
    recipe.peakLearningRate = 0.1
    recipe.usesGivenAlignments = true
    #expect(try TrainingRecipe(overridingDefaultsWith: JSONEncoder().encode(recipe)) == recipe)
  }

  @Test("The name of every objective is accepted", arguments: MetricObjective.allCases)
  func objective(objective: MetricObjective) throws {
    #expect(try Self.read(#"{"objectives": {"phoneme": "\#(objective.rawValue)"}}"#).objectives.phoneme == objective)
  }

  @Test("An unknown key is rejected with its path and the accepted keys") func unknownKey() throws {
    #expect(Self.failure(#"{"weights": {"falseAlarms": 1}}"#)?.description.contains("weights.falseAlarms") == true)
    guard case .unknownKey(let key, let known)? = Self.failure(#"{"shard": 2}"#) else {
      Issue.record("not refused")
      return
    }
    #expect(key == "shard")
    #expect(known.contains("shards") && known.contains("objectives"))
  }

  @Test(
    "An unknown name is rejected with its key and the accepted names",
    arguments: [
      ("phoneme", "triplet, infoNCE, proxyAnchor, proxyMS, proxyBD, asyP"), ("utterance", "contrast, relationalProxy"),
      ("keyword", "none, triplet, aamSoftmax, sphereFace2"), ("hardNegatives", "none, substitutions, all"),
    ])
  func unknownName(key: String, names: String) {
    let failure = Self.failure(#"{"objectives": {"\#(key)": "other"}}"#)
    #expect(failure == .unusableValue(key: "objectives.\(key)", found: "\"other\"", accepted: names))
    #expect(failure?.description == "objectives.\(key) cannot be \"other\"; accepted: \(names)")
  }

  @Test(
    "A value of another type is rejected with its key",
    arguments: [
      (#"{"epochs": "ten"}"#, "epochs"), (#"{"epochs": 1.5}"#, "epochs"), (#"{"seed": -1}"#, "seed"),
      (#"{"weights": {"ctc": null}}"#, "weights.ctc"), (#"{"weights": 3}"#, "weights"),
      (#"{"network": {"streaming": {"blockKernels": [3, "5"]}}}"#, "network.streaming.blockKernels"), (#"[1]"#, ""),
    ])
  func otherType(json: String, key: String) {
    guard case .unusableValue(let found, _, let accepted)? = Self.failure(json) else {
      Issue.record("\(json): \(String(describing: Self.failure(json)))")
      return
    }
    #expect(found == key)
    #expect(!accepted.isEmpty)
  }

  @Test("Invalid JSON is rejected", arguments: ["", "{", "seed = 1", "3"])
  func notJSON(text: String) {
    #expect(Self.failure(text) == .notJSON)
  }
}
