import CommandLineOptions
import DeviceSetup
import HTTPTypes
import JSON
import KeywordSpotting
import Messages
import Synchronization
import TextEnrollment

/// The page's operations on phrases: list, test, enroll, change, remove, restore, export and import.
///
/// A call may take as long as testing a phrase, so use a thread that may block. Results for phrases and recently
/// removed phrases are kept.
final class PhraseEditor: Sendable {
  static let removedCapacity = 50
  /// The logits for which false alarms are reported: thresholds from 0.0025 to 0.999999.
  static let curveLogits = (first: Float(-6), last: AdvisedThreshold.highestLogit, step: Float(0.25))
  static let mostTextBytes = 1_024

  private struct Forecast {
    var variants: [PhraseVariant]
    var advice: PhraseAdvice
  }

  private struct State {
    var forecasts: [String: Forecast] = [:]
    var removed: [(phrase: PhraseFile.Phrase, index: Int)] = []
  }

  private let book: PhraseBook
  private let state = Mutex(State())

  init(_ book: PhraseBook) { self.book = book }

  var path: String { book.path }
  var modelPath: String { book.modelPath }

  // MARK: Looking

  func phrases() throws(Failure) -> [PhraseFile.Phrase] { try book.read().phrases }

  func phrase(_ text: String) throws(ConsoleError) -> PhraseFile.Phrase {
    let file = try reported { () throws(Failure) in try book.read() }
    guard let index = file.index(of: text) else { throw Self.unknown(text, file) }
    return file.phrases[index]
  }

  /// The pronunciation of a phrase, without testing it.
  func pronounce(_ request: EnrollmentRequest) throws(ConsoleError) -> EnrollmentResult {
    try reported { () throws(Failure) in
      let (request, others) = try prepared(request)
      return try book.pronounce(request, besides: others)
    }
  }

  func pronunciation(_ request: EnrollmentRequest) throws(ConsoleError) -> JSONObject {
    try reported { () throws(Failure) in
      let (request, others) = try prepared(request)
      let result = try book.pronounce(request, besides: others)
      var object = result.json(explained: true)
      object.add("warnings", book.warnings(of: result, besides: others))
      return object
    }
  }

  /// The full report on a phrase that is not enrolled yet.
  func preview(_ request: EnrollmentRequest) throws(ConsoleError) -> JSONObject {
    try reported { () throws(Failure) in
      let (request, others) = try prepared(request)
      return json(try book.preview(request, besides: others), besides: others)
    }
  }

  /// The false alarms per hour at every threshold, for an enrolled phrase.
  func forecast(_ text: String) throws(ConsoleError) -> JSONObject {
    let phrase = try phrase(text)
    var object = JSONObject("phrase", text)
    object.add("threshold", phrase.enrollment.threshold)
    object.add("logit", FalseAlarmRate.logit(ofScore: phrase.enrollment.threshold))
    guard let advice = try advice(on: phrase) else { return object }
    add(advice, to: &object)
    object.add("falseAlarmsPerHour", advice.falseAlarms.perHour(atThreshold: phrase.enrollment.threshold))
    return object
  }

  // MARK: Changing

  func enroll(_ request: EnrollmentRequest) throws(ConsoleError) -> JSONObject {
    try reported { () throws(Failure) in
      let (request, others) = try prepared(request)
      let result = try book.preview(request, besides: others)
      let (replacedCount, count) = try book.store([result])
      if let advice = result.advice { remember(advice, result.enrollment) }
      var object = json(result, besides: others)
      object.add("replaced", replacedCount > 0)
      object.add("count", count)
      return object
    }
  }

  /// Changes a phrase's text, threshold and pronunciations.
  func change(_ text: String, _ change: PhraseChange) throws(ConsoleError) -> JSONObject {
    _ = try phrase(text)
    return try reported { () throws(Failure) in
      let (phrase, result, warnings) = try book.change(text, change)
      if let advice = result?.advice { remember(advice, phrase.enrollment) }
      var object = phrase.json
      if let result { object.add("sentence", result.thresholdSentence) }
      object.add("warnings", warnings)
      return object
    }
  }

  /// Sets a phrase's threshold to a score, or to the value for a rate of false alarms.
  func setThreshold(
    of text: String, score: Float?, falseAlarmsPerHour: Float?
  ) throws(ConsoleError) -> JSONObject {
    let advice = try advice(on: try phrase(text))
    let threshold: Float
    if let score {
      threshold = score
    } else if let falseAlarmsPerHour, let advice {
      threshold = AdvisedThreshold(for: advice.falseAlarms, targetPerHour: falseAlarmsPerHour).threshold
    } else {
      throw ConsoleError(
        .conflict, "there is no background file to test phrases on", remedy: "set the threshold as a score instead")
    }
    let isKnown = try reported { () throws(Failure) in
      try book.change { (file) throws(Failure) -> Bool in
        do throws(PhraseFileError) {
          return try file.setThreshold(threshold, of: text)
        } catch {
          throw Failure(.badData, "the threshold is \(threshold); it must be from 0 to 1")
        }
      }
    }
    guard isKnown else { throw Self.unknown(text) }
    var object = JSONObject("phrase", text)
    object.add("threshold", threshold)
    object.add("thresholdText", scoreText(threshold))
    object.add("logit", FalseAlarmRate.logit(ofScore: threshold))
    if let advice { object.add("falseAlarmsPerHour", advice.falseAlarms.perHour(atThreshold: threshold)) }
    return object
  }

  func remove(_ text: String) throws(ConsoleError) -> JSONObject {
    let removed = try reported { () throws(Failure) in
      try book.change { (file) -> (phrase: PhraseFile.Phrase, index: Int)? in
        guard let index = file.index(of: text) else { return nil }
        let phrase = file.phrases[index]
        file.remove(text)
        return (phrase, index)
      }
    }
    guard let removed else { throw Self.unknown(text) }
    state.withLock { state in
      state.removed.removeAll { PhraseText.isSame($0.phrase.enrollment.text, text) }
      if state.removed.count >= Self.removedCapacity { state.removed.removeFirst() }
      state.removed.append(removed)
    }
    return JSONObject("phrase", text)
  }

  /// Restores a phrase that was recently removed on this page.
  func restore(_ text: String) throws(ConsoleError) -> JSONObject {
    let known = state.withLock { state in
      state.removed.last { PhraseText.isSame($0.phrase.enrollment.text, text) }
    }
    guard let removed = known else {
      throw ConsoleError(
        .notFound, "no phrase \"\(text)\" was recently removed here", remedy: "enroll it again")
    }
    try reported { () throws(Failure) in
      try book.change { (file) throws(Failure) in
        guard file.index(of: text) == nil else { return }
        try book.add(removed.phrase, at: removed.index, to: &file)
      }
    }
    state.withLock { $0.removed.removeAll { PhraseText.isSame($0.phrase.enrollment.text, text) } }
    return JSONObject("phrase", text)
  }

  // MARK: Out and in

  /// The bytes of the phrase file.
  func export() throws(ConsoleError) -> [UInt8] {
    try reported { () throws(Failure) in try book.read().bytes() }
  }

  /// Imports the phrases of a file, in addition to the existing ones or in their place.
  func take(_ bytes: [UInt8], replacesAll: Bool) throws(ConsoleError) -> JSONObject {
    let counts = try reported { () throws(Failure) in
      // Aligned like a file that was read.
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
      defer { copy.deallocate() }
      copy.copyBytes(from: bytes)
      let given = try book.phrases(in: UnsafeRawBufferPointer(copy), name: "that was uploaded")
      let count = try book.change { (file) throws(Failure) -> Int in
        if replacesAll { for phrase in file.phrases { file.remove(phrase.enrollment.text) } }
        for phrase in given.phrases {
          file.remove(phrase.enrollment.text)
          try book.add(phrase, to: &file)
        }
        return file.phrases.count
      }
      return (taken: given.phrases.count, count: count)
    }
    var object = JSONObject()
    object.add("taken", counts.taken)
    object.add("count", counts.count)
    return object
  }

  // MARK: Parts

  /// The request with the pronunciations that were typed for the phrase before, and the other phrases.
  private func prepared(
    _ request: EnrollmentRequest
  ) throws(Failure) -> (request: EnrollmentRequest, others: [PhraseFile.Phrase]) {
    var file = try book.read()
    var request = request
    _ = request.keepPronunciations(of: file)
    file.remove(request.text)
    return (request, file.phrases)
  }

  private func json(_ result: EnrollmentResult, besides others: [PhraseFile.Phrase]) -> JSONObject {
    var object = result.json(explained: true)
    object.add("thresholdText", scoreText(result.enrollment.threshold))
    object.add("logit", FalseAlarmRate.logit(ofScore: result.enrollment.threshold))
    object.add("sentence", result.thresholdSentence)
    object.add("warnings", book.warnings(of: result, besides: others))
    return object
  }

  /// The result of testing a phrase, computed once per pronunciation.
  private func advice(on phrase: PhraseFile.Phrase) throws(ConsoleError) -> PhraseAdvice? {
    let enrollment = phrase.enrollment
    if let known = state.withLock({ $0.forecasts[enrollment.text] }), known.variants == enrollment.variants {
      return known.advice
    }
    let advice = try reported { () throws(Failure) in try book.advice(on: phrase) }
    if let advice { remember(advice, enrollment) }
    return advice
  }

  private func remember(_ advice: PhraseAdvice, _ enrollment: Enrollment) {
    state.withLock { state in
      // Keeps no more results than a file has phrases; beyond that, all are discarded.
      if state.forecasts.count >= PhraseFile.maximumPhraseCount { state.forecasts.removeAll() }
      state.forecasts[enrollment.text] = Forecast(variants: enrollment.variants, advice: advice)
    }
  }

  private func add(_ advice: PhraseAdvice, to object: inout JSONObject) {
    object.add("hours", advice.falseAlarms.hours)
    var points: [JSONObject] = []
    var logit = Self.curveLogits.first
    while logit <= Self.curveLogits.last {
      var point = JSONObject()
      point.add("logit", logit)
      point.add("falseAlarmsPerHour", advice.falseAlarms.perHour(atLogit: logit))
      if let share = book.missShare(belowLogit: logit) { point.add("missShare", share) }
      points.append(point)
      logit += Self.curveLogits.step
    }
    object.add("curve", points)
  }

  /// Runs an operation on the book and converts its failures.
  private func reported<Outcome>(_ body: () throws(Failure) -> Outcome) throws(ConsoleError) -> Outcome {
    do throws(Failure) { return try body() } catch { throw ConsoleError(error) }
  }

  private static func unknown(_ text: String, _ file: PhraseFile? = nil) -> ConsoleError {
    let texts = file?.phrases.map { $0.enrollment.text } ?? []
    let hint = texts.isEmpty ? "" : "; did you mean \"\(nearest(to: text, among: texts))\"?"
    return ConsoleError(
      .notFound, "there is no phrase \"\(text.prefix(80))\"",
      remedy: "reload the page; the phrase may have been removed\(hint)")
  }
}

extension PhraseFile.Phrase {
  var json: JSONObject {
    var object = JSONObject("phrase", enrollment.text)
    object.add("threshold", enrollment.threshold)
    object.add("thresholdText", scoreText(enrollment.threshold))
    object.add("logit", FalseAlarmRate.logit(ofScore: enrollment.threshold))
    object.add("pronunciations", enrollment.variants.map { $0.arpabet })
    object.add("source", DeviceSetup.name(of: source))
    return object
  }
}
