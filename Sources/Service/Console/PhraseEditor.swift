import DeviceSetup
import HTTPTypes
import JSON
import KeywordSpotting
import Messages
import Synchronization
import TextEnrollment

/// What the page does with phrases: lists, tries, enrolls, changes, removes, brings back, gives out and takes in.
///
/// Every call may take as long as a phrase takes to be tried, so they belong on a thread that may wait. What was found out
/// of a phrase is remembered, and so are the phrases removed lately.
final class PhraseEditor: Sendable {
  static let removedCapacity = 50
  /// Logits at which false alarms are told: thresholds from 0.0025 to 0.999999.
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
    guard let index = file.index(of: text) else { throw Self.unknown(text) }
    return file.phrases[index]
  }

  /// How a phrase is said, at once.
  func pronounce(_ request: EnrollmentRequest) throws(ConsoleError) -> EnrollmentResult {
    try reported { () throws(Failure) in
      try book.pronounce(request, besides: others(request.text, try book.read()))
    }
  }

  func pronunciation(_ request: EnrollmentRequest) throws(ConsoleError) -> JSONObject {
    try reported { () throws(Failure) in
      let others = others(request.text, try book.read())
      let result = try book.pronounce(request, besides: others)
      var object = result.json(explained: true)
      object.add("warnings", book.warnings(of: result, besides: others))
      return object
    }
  }

  /// All there is to know of a phrase that is not enrolled yet.
  func preview(_ request: EnrollmentRequest) throws(ConsoleError) -> JSONObject {
    try reported { () throws(Failure) in
      let others = others(request.text, try book.read())
      return json(try book.preview(request, besides: others), besides: others)
    }
  }

  /// False alarms an hour at every threshold, for a phrase that is enrolled.
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
      let others = others(request.text, try book.read())
      let result = try book.preview(request, besides: others)
      let (isKnown, count) = try book.store(result)
      if let advice = result.advice { remember(advice, result.enrollment) }
      var object = json(result, besides: others)
      object.add("replaced", isKnown)
      object.add("count", count)
      return object
    }
  }

  /// Sets a phrase's threshold: to a score, or to what goes with so many false alarms an hour.
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
        .conflict, "the model has no background file to test phrases on", remedy: "set the threshold as a score")
    }
    let isKnown = try reported { () throws(Failure) in
      try book.change { (file) throws(Failure) -> Bool in
        do throws(PhraseFileError) {
          return try file.setThreshold(threshold, of: text)
        } catch {
          throw Failure(.badData, "the threshold is \(threshold); accepted are values from 0 to 1")
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
      state.removed.removeAll { $0.phrase.enrollment.text == text }
      if state.removed.count >= Self.removedCapacity { state.removed.removeFirst() }
      state.removed.append(removed)
    }
    return JSONObject("phrase", text)
  }

  /// Brings back a phrase that was removed here lately, as it was.
  func restore(_ text: String) throws(ConsoleError) -> JSONObject {
    guard let removed = state.withLock({ $0.removed.last { $0.phrase.enrollment.text == text } }) else {
      throw ConsoleError(
        .notFound, "the removed phrase \"\(text)\" is no longer stored", remedy: "enroll it again")
    }
    try reported { () throws(Failure) in
      try book.change { (file) throws(Failure) in
        guard file.index(of: text) == nil else { return }
        try book.add(removed.phrase, at: removed.index, to: &file)
      }
    }
    state.withLock { $0.removed.removeAll { $0.phrase.enrollment.text == text } }
    return JSONObject("phrase", text)
  }

  // MARK: Out and in

  /// The phrase file's bytes.
  func export() throws(ConsoleError) -> [UInt8] {
    try reported { () throws(Failure) in try book.read().bytes() }
  }

  /// Takes the phrases of a file, besides those here or in their place.
  func take(_ bytes: [UInt8], replacesAll: Bool) throws(ConsoleError) -> JSONObject {
    let counts = try reported { () throws(Failure) in
      // As aligned as a mapped file.
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
      defer { copy.deallocate() }
      copy.copyBytes(from: bytes)
      let given = try book.phrases(in: UnsafeRawBufferPointer(copy), name: "that was given")
      let count = try book.change { (file) throws(Failure) -> Int in
        for phrase in replacesAll ? file.phrases : given.phrases { file.remove(phrase.enrollment.text) }
        for phrase in given.phrases { try book.add(phrase, to: &file) }
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

  private func others(_ text: String, _ file: PhraseFile) -> [PhraseFile.Phrase] {
    file.phrases.filter { $0.enrollment.text != text }
  }

  private func json(_ result: EnrollmentResult, besides others: [PhraseFile.Phrase]) -> JSONObject {
    var object = result.json(explained: true)
    object.add("thresholdText", scoreText(result.enrollment.threshold))
    object.add("logit", FalseAlarmRate.logit(ofScore: result.enrollment.threshold))
    object.add("sentence", result.thresholdSentence)
    object.add("warnings", book.warnings(of: result, besides: others))
    return object
  }

  /// What is known of a phrase, found out once for each way to say it.
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
      // Of no more phrases than a file holds; who goes beyond begins anew.
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

  /// Does something with the book, whose failures become answers.
  private func reported<Outcome>(_ body: () throws(Failure) -> Outcome) throws(ConsoleError) -> Outcome {
    do throws(Failure) { return try body() } catch { throw ConsoleError(error) }
  }

  private static func unknown(_ text: String) -> ConsoleError {
    ConsoleError(
      .notFound, "there is no phrase \"\(text.prefix(80))\"",
      remedy: "reload the page, as the phrase may have been removed")
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
