import AudioFrontEnd
import Foundation
import KeywordSpotting
import ModelFormat
import Testing
import TextEnrollment

/// The model page is a specification: its tables contain the constants of the code, and its formulas give the same
/// bits.
@Suite struct ModelPageTests {
  private static let page = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/Core/KeywordSpotting/KeywordSpotting.docc/Model.md")

  /// Rows without a constant to compare with.
  ///
  /// ``elementaryFunctions()`` uses those of the first line, ``candidateFeatures()`` those of the second. The others
  /// are literals in function bodies, or constants of targets above the core.
  private static let notCompared: Set<String> = [
    "ln2", "expLowest", "expHighest", "log2e", "ln2High", "ln2Low", "tanhLimit",
    "framesPerPhoneme", "additionalFrames", "longestLength", "lengthUnit",
    "sampleScale", "melFactor", "melHertz", "heldAboveLowest", "featureLimit",
    "multiplierBits", "upperBound", "linearLowerBound",
    "beamWidth", "leastLabelProbability", "unitFloor",
    "repeatedPhonemeLimit", "leastVariance", "coverParts", "sparePhonemes",
    "defaultThreshold", "targetPerHour", "warnedThreshold", "warnedMissShare", "warnedWithoutShare",
    "referencePhraseCount", "saidPhraseCount", "leastPhonemeCounts", "packingStep", "varianceShare", "surelyBlank",
    "holdCount", "leastRateEvents", "mostRateEvents",
  ]

  /// The rows of the page's tables of constants, by name, that are not compared yet.
  private struct Constants {
    var rows: [String: [Float]]

    /// Compares a row's values with those of the code.
    mutating func compare(_ name: String, _ values: [Float]) {
      let written = rows.removeValue(forKey: name)
      #expect(written == values, "\(name) is not what the code has")
    }

    mutating func compare(_ name: String, _ value: Float) { compare(name, [value]) }

    mutating func compare(_ name: String, _ value: Int) { compare(name, [Float(value)]) }

    /// The value of a row that has one.
    func value(_ name: String) throws -> Float {
      let values = try #require(rows[name], "the page has no \(name)")
      try #require(values.count == 1)
      return values[0]
    }
  }

  /// Reads every row ``| `name` | value | unit | `declaration` |``.
  private static func readConstants() throws -> Constants {
    var rows: [String: [Float]] = [:]
    for line in try String(contentsOf: page, encoding: .utf8).components(separatedBy: "\n") {
      var cells: [String] = []
      for cell in line.components(separatedBy: "|") { cells.append(cell.trimmingCharacters(in: .whitespaces)) }
      guard cells.count == 6, cells[1].hasPrefix("`"), cells[4].hasPrefix("`") else { continue }
      let name = cells[1].replacingOccurrences(of: "`", with: "")
      let isNew = rows[name] == nil
      try #require(isNew, "the page has \(name) twice")
      var values: [Float] = []
      for value in cells[2].components(separatedBy: ", ") { values.append(try number(value)) }
      rows[name] = values
    }
    return Constants(rows: rows)
  }

  /// A number in the page's notation: `16000`, `−6`, `1e-6`, `1 / 100`, `2^15`.
  private static func number(_ text: String) throws -> Float {
    let text = text.replacingOccurrences(of: "−", with: "-")
    let quotient = text.components(separatedBy: " / ")
    if quotient.count == 2 {
      let numerator = try number(quotient[0])
      let denominator = try number(quotient[1])
      return numerator / denominator
    }
    if text.hasPrefix("2^") {
      let exponent = try #require(Int(String(text.dropFirst(2))), "not a number: \(text)")
      return Float(sign: .plus, exponent: exponent, significand: 1)
    }
    return try #require(Float(text), "not a number: \(text)")
  }

  @Test("The constants on the page equal those in the code")
  func constants() throws {
    var page = try Self.readConstants()
    Self.compareEncoder(&page)
    Self.compareSpotting(&page)
    try Self.compareEnrollment(&page)
    let left = Set(page.rows.keys)
    let unknown = left.subtracting(Self.notCompared).sorted()
    #expect(unknown.isEmpty, "nothing compares \(unknown) with the code")
    let missing = Self.notCompared.subtracting(left).sorted()
    #expect(missing.isEmpty, "the page has no \(missing)")
  }

  private static func compareEncoder(_ page: inout Constants) {
    page.compare("sampleRate", FeatureContract.sampleRate)
    page.compare("hopSamples", FeatureContract.hopSamples)
    page.compare("windowSamples", FeatureContract.windowSamples)
    page.compare("fftSize", FeatureContract.fftSize)
    page.compare("melBandCount", FeatureContract.melBandCount)
    page.compare("lowestHertz", FeatureContract.lowestHertz)
    page.compare("highestHertz", FeatureContract.highestHertz)
    page.compare("energyFloor", FeatureContract.energyFloor)
    page.compare("levelRise", FeatureContract.levelRise)
    page.compare("levelFall", FeatureContract.levelFall)
    page.compare("levelAboveMean", FeatureContract.levelAboveMean)
    page.compare("levelRange", FeatureContract.levelRange)
    page.compare("heldLevelFall", FeatureContract.heldLevelFall)
    page.compare("floorFall", FeatureContract.floorFall)
    page.compare("floorRise", FeatureContract.floorRise)
    page.compare("speechRange", FeatureContract.speechRange)
    page.compare("speechOverFloor", FeatureContract.speechOverFloor)
    page.compare("colorTimeConstantFrames", FeatureContract.colorTimeConstantFrames)
    page.compare("lowestFeature", FeatureContract.lowestFeature)
    page.compare("stepsPerNeper", FeatureContract.stepsPerNeper)
    page.compare("timeReduction", LayerLimits.timeReduction)
    page.compare("largestDepth", LayerLimits.depth)
    page.compare("largestBias", Int(LayerLimits.biasMagnitude))
    page.compare("largestDimension", LayerLimits.embeddingDimension)
  }

  private static func compareSpotting(_ page: inout Constants) {
    let configuration = SpotterConfiguration()
    page.compare("samplesPerFrame", FrameTiming.samplesPerFrame)
    page.compare("framesPerSecond", FrameTiming.framesPerSecond)
    page.compare("samplesPerMillisecond", FeatureContract.sampleRate / 1000)
    page.compare("phonemeCount", Phoneme.count)
    page.compare("blankIndex", Phoneme.blankIndex)
    page.compare("classCount", Phoneme.classCount)
    page.compare("candidateFloor", configuration.candidateFloor)
    page.compare("furtherPhonemeFloor", configuration.furtherPhonemeFloor)
    page.compare("longestPauseFrames", configuration.longestPauseFrames)
    page.compare("closingFrames", configuration.closingFrames)
    page.compare("historyFrames", configuration.historyFrames)
    page.compare("waitingFrames", configuration.waitingFrames)
    page.compare("continuationPauseFrames", configuration.continuationPauseFrames)
    page.compare("longestContinuationFrames", configuration.longestContinuationFrames)
    page.compare("refractoryMilliseconds", configuration.refractoryMilliseconds)
    page.compare("ratioFloor", CandidateFeatures.ratioFloor)
    page.compare("framesBefore", Int(Verifier.framesBefore))
    page.compare("framesAfter", Int(Verifier.framesAfter))
    page.compare("streamFeatureCount", AcousticModel.streamFeatureCount)
    page.compare("pairFeatureCount", AcousticModel.pairFeatureCount)
    page.compare("forgetting", Clarity.forgetting)
    page.compare("typical", Clarity.typical)
    page.compare("priorFrames", Clarity.priorFrames)
    page.compare("relaxation", Clarity.relaxation)
    page.compare("leastActivity", Clarity.leastActivity)
    page.compare("activityStep", Clarity.activityStep)
    page.compare("beatingMargin", PhraseDetector.beatingMargin)
    page.compare("waitingCapacity", Decision.capacity)
  }

  private static func compareEnrollment(_ page: inout Constants) throws {
    page.compare("maximumVariantCount", PhraseLimits.variantCount)
    page.compare("maximumPhonemeCount", PhraseLimits.phonemeCount)
    page.compare("maximumWordCount", TextNormalizer.maximumWordCount)
    page.compare("maximumReadingCount", Pronouncer.maximumReadingCount)
    page.compare("assuredReadingCount", Pronouncer.assuredReadingCount)
    page.compare("maximumGuessCount", Pronouncer.maximumGuessCount)
    page.compare("leastGuessProbability", Pronouncer.leastGuessProbability)
    page.compare("toleranceFrames", EnrollmentAdvisor.toleranceFrames)
    page.compare("distinctFrames", EnrollmentAdvisor.refractoryFrames)
    page.compare("leastLogit", ReferencePhrases.leastLogit)
    page.compare("lowestThreshold", AdvisedThreshold.lowest)
    page.compare("highestLogit", AdvisedThreshold.highestLogit)
    page.compare("homeKindShares", BackgroundMix.home.kinds.map { $0.share })
    page.compare("homeConditionShares", BackgroundMix.home.conditions.map { $0.share })

    let levels = DeclineLevels.standard
    page.compare("firstLogit", levels.first)
    page.compare("logitStep", levels.step)
    page.compare("levelCount", levels.count)
    let decline = TypicalDecline.standard(levels)
    page.compare("standardRate", decline.ratePerHour)
    page.compare("standardHours", decline.rateHours)
    page.compare("standardWeight", decline.weight)

    let nothing = PhraseTally(mix: .home, levels: levels).forecast(nil, phonemeCount: 8)
    page.compare("unknownHours", nothing.mixed.hours)
    let rarest = FalseAlarmRate(
      counts: [0, 0], hours: 1, levels: DeclineLevels(first: 0, step: 1, count: 2),
      decline: TypicalDecline(ratePerHour: 1e-9, rateHours: 1e-9, weight: 1, survival: [1e-30]))
    page.compare("leastRate", rarest.rates[1])
    let leastMatchCount = 20
    page.compare("leastMatchCount", leastMatchCount)
    for count in [leastMatchCount - 1, leastMatchCount] {
      let reference = ReferencePhrases(
        levels: levels, lengths: [.init(leastPhonemeCount: 0, mixed: decline, kinds: [], conditions: [])],
        matchLogits: [Float](repeating: 0, count: count))
      let isKnown = reference.missShare(belowLogit: 1) != nil
      #expect(isKnown == (count == leastMatchCount), "the share of misses over \(count) occurrences")
    }
  }

  @Test("The page's elementary functions and constants give the bits of the code")
  func elementaryFunctions() throws {
    let page = try Self.readConstants()
    let ln2 = try page.value("ln2")
    let lowest = try page.value("expLowest")
    let highest = try page.value("expHighest")
    let log2e = try page.value("log2e")
    let ln2High = try page.value("ln2High")
    let ln2Low = try page.value("ln2Low")
    let tanhLimit = try page.value("tanhLimit")

    func exponential(_ value: Float) -> Float {
      let x = max(lowest, min(highest, value))
      let whole = (x * log2e).rounded(.toNearestOrEven)
      let rest = (x - whole * ln2High) + whole * ln2Low
      var series = rest * Float(1.0 / 5040) + Float(1.0 / 720)
      series = series * rest + Float(1.0 / 120)
      series = series * rest + Float(1.0 / 24)
      series = series * rest + Float(1.0 / 6)
      series = series * rest + Float(0.5)
      series = series * rest + Float(1)
      series = series * rest + Float(1)
      return series * Float(sign: .plus, exponent: Int(whole), significand: 1)
    }
    func textExponential(_ value: Float) -> Float { value < lowest ? 0 : exponential(value) }
    func textTangent(_ value: Float) -> Float {
      let squared = textExponential(2 * max(-tanhLimit, min(tanhLimit, value)))
      return (squared - 1) / (squared + 1)
    }
    func logarithm(_ value: Float) -> Float {
      var exponent = Float(value.exponent)
      var mantissa = value.significand
      if mantissa > Float(2).squareRoot() {
        mantissa /= 2
        exponent += 1
      }
      let ratio = (mantissa - 1) / (mantissa + 1)
      let square = ratio * ratio
      var series = square * Float(1.0 / 9) + Float(1.0 / 7)
      series = series * square + Float(1.0 / 5)
      series = series * square + Float(1.0 / 3)
      series = series * square + Float(1)
      return exponent * ln2 + (ratio + ratio) * series
    }

    var differing: Set<String> = []
    func compare(_ name: String, _ ours: Float, _ theirs: Float) {
      if ours.bitPattern != theirs.bitPattern { differing.insert(name) }
    }
    for step in -10_000...10_000 {
      let x = Float(step) / 100
      compare("exp", exponential(x), FloatFunctions.exponential(x))
      compare("σ", 1 / (1 + exponential(-x)), FloatFunctions.logistic(x))
      let tangent = FloatFunctions.hyperbolicTangent(SIMD8<Float>(repeating: x))
      compare("tanh", 1 - 2 / (exponential(x + x) + 1), tangent[0])
      compare("expText", textExponential(x), FloatFunctions.exponentialOrZero(x))
      compare("σText", 1 / (1 + textExponential(-x)), Activations.sigmoid(x))
      compare("tanhText", textTangent(x), Activations.hyperbolicTangent(x))
    }
    for exponent in -60...60 {
      for step in 0..<100 {
        let x = Float(sign: .plus, exponent: exponent, significand: 1 + Float(step) / 100)
        compare("ln", logarithm(x), FloatFunctions.naturalLogarithm(x))
      }
    }
    let names = differing.sorted()
    #expect(names.isEmpty, "other bits: \(names)")
  }

  @Test("The page's features of duration and length give the bits of the code")
  func candidateFeatures() throws {
    let page = try Self.readConstants()
    let framesPerPhoneme = try page.value("framesPerPhoneme")
    let additionalFrames = try page.value("additionalFrames")
    let longestLength = try page.value("longestLength")
    let lengthUnit = try page.value("lengthUnit")
    for phonemeCount in 1...48 {
      let phonemes = Float(phonemeCount)
      let length = CandidateFeatures.length(phonemeCount: phonemeCount)
      #expect(length == min(phonemes, longestLength) / lengthUnit, "\(phonemeCount) phonemes")
      for frameCount in [1, 5, 20, 150] {
        let expected = framesPerPhoneme * phonemes + additionalFrames
        let plausibility = -abs(FloatFunctions.naturalLogarithm(Float(frameCount) / expected))
        let computed = CandidateFeatures.durationPlausibility(frameCount: frameCount, phonemeCount: phonemeCount)
        #expect(computed == plausibility, "\(frameCount) frames, \(phonemeCount) phonemes")
      }
    }
  }

  @Test("The page states the feature contract")
  func featureContract() throws {
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    let stated = "`" + String(format: "%016lx", FeatureContract.hash) + "`"
    #expect(text.components(separatedBy: stated).count == 3, "the contract is \(stated)")
  }
}
