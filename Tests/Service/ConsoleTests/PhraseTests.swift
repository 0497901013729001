import DeviceSetup
import Glibc
import KeywordSpotting
import Messages
import Testing
import TextEnrollment

@Suite("Phrases in the console")
struct PhraseTests {
  private let console: TestConsole

  init() throws { console = try TestConsole() }

  private func enroll(_ text: String, on other: TestConsole? = nil) -> WebAnswer {
    (other ?? console).ask("POST", "/api/phrases", json: "{\"phrase\":\"\(text)\"}")
  }

  private func number(_ answer: WebAnswer, _ name: String) -> Double? {
    if case .number(let value) = answer.json?[name] { return value }
    return nil
  }

  @Test("a typed phrase can be pronounced, previewed and stored")
  func enrolling() throws {
    let console = try TestConsole(hasSpeech: true)
    let shown = console.ask("POST", "/api/pronunciation", json: "{\"phrase\":\"hey computer\"}")
    #expect(shown.json?["pronunciations"] == .array([.text("HH EY . K AH M P Y UW T ER")]))
    #expect(number(shown, "hours") == nil)
    let considered = console.ask(
      "POST", "/api/preview", json: "{\"phrase\":\"hey computer\",\"falseAlarmsPerHour\":0.5}")
    let rate = try #require(number(considered, "falseAlarmsPerHour"))
    #expect(abs(rate - 0.5) < 0.05)
    #expect(number(considered, "hours") ?? 0 > 1)
    #expect(console.texts == [])

    let stored = enroll("hey computer", on: console)
    #expect(stored.status == 200)
    #expect(stored.json?["replaced"] == .truth(false))
    #expect(enroll("hey computer", on: console).json?["replaced"] == .truth(true))
    #expect(console.texts == ["hey computer"])
    // The threshold in the file is the one that was told.
    let threshold = try #require(try console.book.read().phrases.first?.enrollment.threshold)
    #expect(number(stored, "threshold").map { Float($0) } == threshold)
    guard case .array(let phrases) = console.ask("GET", "/api/state").json?["phrases"] else {
      Issue.record("the state has no phrases")
      return
    }
    #expect(phrases.map { $0["phrase"]?.text } == ["hey computer"])
  }

  @Test("warnings refer to the page, not to the command line")
  func warnings() {
    let guessed = console.ask("POST", "/api/pronunciation", json: "{\"phrase\":\"zorblax\"}").text
    #expect(guessed.contains("guess") && guessed.contains("type the pronunciation") && !guessed.contains("--"))
    let wrong = console.ask("POST", "/api/pronunciation", json: "{\"phrase\":\"hey\",\"pronunciation\":\"HH QQ\"}").text
    #expect(wrong.contains("did you mean") && !wrong.contains("--"))
  }

  @Test("a rate of false alarms becomes a stored threshold, and a threshold gives a rate")
  func threshold() throws {
    let console = try TestConsole(hasSpeech: true)
    #expect(enroll("hey computer", on: console).status == 200)
    let strict = console.ask(
      "POST", "/api/threshold", json: "{\"phrase\":\"hey computer\",\"falseAlarmsPerHour\":0.02}")
    let lax = console.ask("POST", "/api/threshold", json: "{\"phrase\":\"hey computer\",\"falseAlarmsPerHour\":0.5}")
    let (high, low) = (try #require(number(strict, "threshold")), try #require(number(lax, "threshold")))
    #expect(high > low)
    #expect(abs((number(lax, "falseAlarmsPerHour") ?? 0) - 0.5) < 0.025)
    #expect(try console.book.read().phrases[0].enrollment.threshold == Float(low))
    let exact = console.ask("POST", "/api/threshold", json: "{\"phrase\":\"hey computer\",\"threshold\":0.25}")
    #expect(number(exact, "threshold") == 0.25)
    #expect(try console.book.read().phrases[0].enrollment.threshold == 0.25)

    let forecast = console.ask("POST", "/api/forecast", json: "{\"phrase\":\"hey computer\"}")
    guard case .array(let curve) = forecast.json?["curve"] else {
      Issue.record("no curve: \(forecast.text)")
      return
    }
    let rates = curve.compactMap { point -> Double? in
      if case .number(let value) = point["falseAlarmsPerHour"] { return value }
      return nil
    }
    #expect(rates.count > 50 && rates == rates.sorted(by: >))
  }

  private func change(_ members: String, on other: TestConsole? = nil) -> WebAnswer {
    (other ?? console).ask("PATCH", "/api/phrases", json: "{\"phrase\":\"lights out\",\(members)}")
  }

  @Test("threshold, pronunciations and text of a phrase can be changed in its place, and the rest stays")
  func changes() throws {
    for text in ["hey computer", "lights out", "good morning kitchen"] { #expect(enroll(text).status == 200) }
    let before = try console.book.read()
    func phrase() throws -> PhraseFile.Phrase { try console.book.read().phrases[1] }

    #expect(change("\"threshold\":0.25").json?["thresholdText"]?.text == "0.250")
    #expect(try phrase().enrollment.variants == before.phrases[1].enrollment.variants)
    let ways = change("\"pronunciation\":[\"L AY T S\",\"/laɪts aʊt/\",\"\\\"lights out\\\"\"]")
    #expect(ways.json?["pronunciations"] == .array([.text("L AY T S"), .text("L AY T S . AW T")]), "\(ways.text)")
    #expect(ways.json?["source"]?.text == "typed")
    #expect(try phrase().enrollment.threshold == 0.25)
    #expect(change("\"text\":\"dark\"").json?["phrase"]?.text == "dark")
    #expect(console.texts == ["hey computer", "dark", "good morning kitchen"])
    #expect(try phrase().enrollment.variants.count == 2)

    let back = console.ask(
      "PATCH", "/api/phrases",
      json: "{\"phrase\":\"dark\",\"text\":\"lights out\",\"pronunciation\":\"\",\"threshold\":0.5}")
    #expect(back.status == 200, "\(back.text)")
    #expect(try console.book.read() == before)
  }

  @Test("new pronunciations are tested on running speech at the threshold of the phrase")
  func changedForecast() throws {
    let console = try TestConsole(hasSpeech: true)
    #expect(enroll("lights out", on: console).status == 200)
    let changed = change("\"pronunciation\":\"L AY T S . AW T AH L\",\"threshold\":0.5", on: console)
    #expect(changed.json?["sentence"]?.text?.contains("false alarms an hour are expected") == true, "\(changed.text)")
    let forecast = console.ask("POST", "/api/forecast", json: "{\"phrase\":\"lights out\"}")
    #expect(number(forecast, "threshold") == 0.5)
  }

  @Test("a change that is not possible is rejected with what to do, and the phrases stay")
  func impossibleChanges() throws {
    for text in ["hey computer", "lights out"] { #expect(enroll(text).status == 200) }
    let before = console.fileBytes
    for (members, status, reason) in [
      ("\"text\":\"hey computer\"", 422, "already"), ("\"text\":\"\"", 422, "another phrase"),
      ("\"pronunciation\":\"HH XX\"", 422, "\\\"XX\\\" at character 4"),
      ("\"pronunciation\":[\"AA\",7]", 400, "not a string"),
      ("\"pronunciation\":\"/hE/\"", 422, "did you mean /ɛ/"), ("\"threshold\":1.5", 400, "not a number"),
      ("\"text\":\"a\\nb\"", 400, "control character"), ("\"other\":1", 400, "changes nothing"),
    ] {
      let answer = change(members)
      #expect(answer.status == status && answer.text.contains(reason), "\(answer.text)")
    }
    let unknown = console.ask("PATCH", "/api/phrases", json: "{\"phrase\":\"lights\",\"threshold\":0.5}")
    #expect(unknown.status == 404 && unknown.text.contains("lights out"), "\(unknown.text)")
    #expect(console.fileBytes == before)
  }

  @Test("a phrase that is enrolled again keeps its typed pronunciations")
  func typedStays() throws {
    let typed = console.ask(
      "POST", "/api/phrases", json: "{\"phrase\":\"lights out\",\"pronunciation\":\"L AY T S, AW T\"}")
    #expect(typed.json?["pronunciations"] == .array([.text("L AY T S"), .text("AW T")]))
    for path in ["/api/pronunciation", "/api/preview", "/api/phrases"] {
      let answer = console.ask("POST", path, json: "{\"phrase\":\"lights out\",\"threshold\":0.7}")
      #expect(
        answer.json?["source"]?.text == "typed" && answer.json?["pronunciations"] == typed.json?["pronunciations"])
    }
    #expect(try console.book.read().phrases[0].enrollment.threshold == 0.7)
  }

  @Test("a removed phrase can be restored unchanged, at its old position")
  func undo() throws {
    for text in ["hey computer", "lights out", "good morning kitchen"] { #expect(enroll(text).status == 200) }
    #expect(
      console.ask("POST", "/api/threshold", json: "{\"phrase\":\"lights out\",\"threshold\":0.625}").status == 200)
    let before = try console.book.read()
    #expect(console.ask("DELETE", "/api/phrases", json: "{\"phrase\":\"lights out\"}").status == 200)
    #expect(console.texts == ["hey computer", "good morning kitchen"])
    #expect(console.ask("POST", "/api/restored", json: "{\"phrase\":\"lights out\"}").status == 200)
    #expect(try console.book.read() == before)
    #expect(console.ask("POST", "/api/restored", json: "{\"phrase\":\"lights out\"}").status == 404)
  }

  @Test("many browsers and another program change phrases at once, and nothing is lost")
  func concurrentChanges() async throws {
    let (setup, arguments) = try TestConsole.setup(console.phrasesPath)
    let other = try setup.phraseBook(arguments)
    let words = ["alpha", "bravo", "delta", "golf", "hotel", "india", "lima", "oscar"]
    let failures = await withTaskGroup(of: String?.self) { group in
      for word in words {
        group.addTask { [self] in
          let answer = enroll("hey \(word)")
          return answer.status == 200 ? nil : answer.text
        }
        group.addTask {
          let result = Result { () throws(Failure) in
            try other.store([try other.pronounce(EnrollmentRequest("good \(word)"), besides: [])])
          }
          if case .failure(let failure) = result { return failure.message }
          return nil
        }
      }
      return await group.reduce(into: [String]()) { if let failure = $1 { $0.append(failure) } }
    }
    #expect(failures == [])
    #expect(Set(console.texts) == Set(words.flatMap { ["hey \($0)", "good \($0)"] }))
  }

  @Test("the phrase file can be exported, and imported as an addition or a replacement")
  func exchange() throws {
    #expect(enroll("hey computer").status == 200)
    let file = console.ask("GET", "/api/file")
    #expect(file["content-disposition"]?.contains("phrases.cooeep") == true)
    let other = try TestConsole()
    #expect(other.ask("POST", "/api/phrases", json: "{\"phrase\":\"lights out\"}").status == 200)
    let type = "Content-Type: application/octet-stream"
    #expect(other.ask("POST", "/api/file", fields: [type], body: file.body).status == 200)
    #expect(other.texts == ["lights out", "hey computer"])
    #expect(other.ask("PUT", "/api/file", fields: [type], body: file.body).status == 200)
    #expect(try other.book.read() == console.book.read())
    #expect(other.ask("POST", "/api/file", fields: ["Content-Type: text/plain"], body: file.body).status == 415)
  }

  @Test("a truncated, changed or foreign file, or one of another model, is rejected, and the phrases stay")
  func badFiles() throws {
    #expect(enroll("hey computer").status == 200)
    let good = console.ask("GET", "/api/file").body
    var changed = good
    changed[changed.count / 2] ^= 0x40
    let tiny = try TestConsole(model: "tiny")
    #expect(tiny.ask("POST", "/api/phrases", json: "{\"phrase\":\"lights out\"}").status == 200)
    let foreign = tiny.ask("GET", "/api/file").body
    let type = "Content-Type: application/octet-stream"
    for (bytes, reason) in [
      (Array(good.dropLast(100)), "cut off"), (changed, "damaged"),
      (Array("PNG no phrases".utf8), "not a Cooee file"),
      ([0x48, 0x45, 0x45, 0x44] + [UInt8](repeating: 0, count: 60), "made by a version before the first release"),
      ([], "is"), (foreign, "a different model"),
    ] {
      for method in ["POST", "PUT"] {
        let answer = console.ask(method, "/api/file", fields: [type], body: bytes)
        #expect(answer.status == 422, "\(reason): \(answer.text)")
        #expect(answer.json?["error"]?.text?.contains(reason) == true, "\(answer.text)")
        #expect(answer.remedy?.isEmpty == false)
      }
    }
    #expect(console.texts == ["hey computer"])
    let otherModel = console.ask("POST", "/api/file", fields: [type], body: foreign)
    #expect(otherModel.text.contains("lights out"), "its phrases are named: \(otherModel.text)")
  }

  @Test("a file damaged while the service runs is reported, not overwritten, and read again once it is valid")
  func damagedFile() throws {
    #expect(enroll("hey computer").status == 200)
    let whole = console.fileBytes
    let damaged = Array(whole.dropLast(100))
    console.fileBytes = damaged
    let problem = try #require(console.ask("GET", "/api/state").json?["problem"])
    #expect(problem["error"]?.text?.contains("cut off") == true, "\(problem)")
    for answer in [
      enroll("lights out"), console.ask("DELETE", "/api/phrases", json: "{\"phrase\":\"hey computer\"}"),
    ] {
      #expect(answer.status == 422 && answer.remedy?.isEmpty == false, "\(answer.text)")
    }
    #expect(console.fileBytes == damaged)
    console.fileBytes = whole
    #expect(enroll("lights out").status == 200)
    #expect(console.texts == ["hey computer", "lights out"])
  }

  @Test("a file of another model is reported on the page and not overwritten")
  func otherModel() throws {
    let tiny = try TestConsole(model: "tiny")
    #expect(tiny.ask("POST", "/api/phrases", json: "{\"phrase\":\"lights out\"}").status == 200)
    let base = try TestConsole(folder: tiny.folder)
    let problem = try #require(base.ask("GET", "/api/state").json?["problem"])
    #expect(problem["error"]?.text?.contains("a different model") == true)
    #expect(base.ask("POST", "/api/phrases", json: "{\"phrase\":\"hey computer\"}").status == 422)
    #expect(tiny.texts == ["lights out"])
  }
}
