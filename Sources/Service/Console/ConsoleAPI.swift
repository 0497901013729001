import AudioCapture
import DeviceSetup
import HTTPTypes
import HummingbirdCore
import JSON
import KeywordSpotting
import ListeningService
import Messages
import NIOCore

/// The HTTP API of the page, with JSON bodies.
///
/// | address | method | request | response |
/// |---|---|---|---|
/// | `/api/state` | GET | | version, model, microphone, phrases, history, recent candidates and notices |
/// | `/api/feed` | GET | | server-sent events: `level`, `candidate`, `phrases`, `microphone`, `notice`, `resync` |
/// | `/api/microphones` | GET | | the available devices |
/// | `/api/microphone` | POST | device | none; `microphone` events report the result |
/// | `/api/pronunciation` | POST | phrase, pronunciation | the pronunciation, with warnings |
/// | `/api/preview` | POST | the same, falseAlarmsPerHour or threshold | the same, with results on running speech |
/// | `/api/phrases` | POST, PATCH, DELETE | POST as above; PATCH phrase, and text, threshold or pronunciation; DELETE phrase | the enrolled, changed or removed phrase |
/// | `/api/restored` | POST | phrase | restores a recently removed phrase |
/// | `/api/forecast` | POST | phrase | false alarms per hour at each threshold |
/// | `/api/threshold` | POST | phrase, and falseAlarmsPerHour or threshold | the stored threshold |
/// | `/api/sound` | POST | phrase, pronunciation | a WAV file |
/// | `/api/file` | GET, POST, PUT | POST and PUT a phrase file | the phrase file; POST adds its phrases, PUT replaces |
struct ConsoleAPI: Sendable {
  enum Route: String {
    case state = "/api/state"
    case feed = "/api/feed"
    case microphones = "/api/microphones"
    case microphone = "/api/microphone"
    case pronunciation = "/api/pronunciation"
    case preview = "/api/preview"
    case phrases = "/api/phrases"
    case restored = "/api/restored"
    case forecast = "/api/forecast"
    case threshold = "/api/threshold"
    case sound = "/api/sound"
    case file = "/api/file"

    var methods: [HTTPRequest.Method] {
      switch self {
      case .state, .feed, .microphones: [.get]
      case .phrases: [.post, .patch, .delete]
      case .file: [.get, .post, .put]
      case .microphone, .pronunciation, .preview, .restored, .forecast, .threshold, .sound: [.post]
      }
    }
  }

  let version: String
  let feed: ServiceFeed
  let watchers: ConsoleWatchers
  let workbench: SerialWorkQueue
  let desk: PhraseEditor
  let microphones: (any MicrophoneChoosing)?
  let devices: @Sendable () -> [CaptureDevice]
  let speech: SpeechSynthesis?
  let metrics: @Sendable () -> String
  let limits = Limits()

  /// The rate and concurrency limits for costly requests, over all browsers.
  struct Limits: Sendable {
    let pronouncing = RateLimit(burst: 30, perSecond: 5)
    let trying = RateLimit(burst: 30, perSecond: 3)
    let speaking = RateLimit(burst: 6, perSecond: 1)
    let changing = RateLimit(burst: 30, perSecond: 5)
    let choosing = RateLimit(burst: 6, perSecond: 1)
    /// Simultaneous uploads of phrase files. Each uses at most three times its size in memory, 16 MiB each.
    let incoming = ConcurrencyLimit(2)
  }

  func health() throws(ConsoleError) -> Response {
    for microphone in feed.microphones {
      if case .failed = microphone.condition {
        throw ConsoleError(.serviceUnavailable, "the microphone cannot be used", remedy: "see the console")
      }
    }
    return Response(JSONObject("status", "ok"))
  }

  func answer(
    _ route: Route, _ request: Request, _ channel: any Channel, _ rules: AccessRules
  ) async throws -> Response {
    switch route {
    case .state: return Response(try await state())
    case .feed: return try watch(channel)
    case .microphones:
      try take(limits.choosing)
      return Response(try await deviceList())
    case .microphone:
      try take(limits.choosing)
      return try await chooseMicrophone(try await RequestBodies.object(request, rules).text("device", atMost: 256))
    case .pronunciation:
      try take(limits.pronouncing)
      return try await perform(try await RequestBodies.object(request, rules)) { (desk, body) throws(ConsoleError) in
        try desk.pronunciation(try body.enrollmentRequest)
      }
    case .preview:
      try take(limits.trying)
      return try await perform(try await RequestBodies.object(request, rules)) { (desk, body) throws(ConsoleError) in
        try desk.preview(try body.enrollmentRequest)
      }
    case .phrases where request.method == .delete:
      try take(limits.changing)
      return try await perform(try await RequestBodies.object(request, rules)) { (desk, body) throws(ConsoleError) in
        try desk.remove(try body.text("phrase"))
      }
    case .phrases where request.method == .patch:
      try take(limits.trying)
      return try await perform(try await RequestBodies.object(request, rules)) { (desk, body) throws(ConsoleError) in
        try desk.change(try body.text("phrase"), try body.phraseChange)
      }
    case .phrases:
      try take(limits.trying)
      return try await perform(try await RequestBodies.object(request, rules)) { (desk, body) throws(ConsoleError) in
        try desk.enroll(try body.enrollmentRequest)
      }
    case .restored:
      try take(limits.changing)
      return try await perform(try await RequestBodies.object(request, rules)) { (desk, body) throws(ConsoleError) in
        try desk.restore(try body.text("phrase"))
      }
    case .forecast:
      try take(limits.trying)
      return try await perform(try await RequestBodies.object(request, rules)) { (desk, body) throws(ConsoleError) in
        try desk.forecast(try body.text("phrase"))
      }
    case .threshold:
      try take(limits.trying)
      return try await perform(try await RequestBodies.object(request, rules)) { (desk, body) throws(ConsoleError) in
        try desk.setThreshold(
          of: try body.text("phrase"), score: try body.score, falseAlarmsPerHour: try body.falseAlarmsPerHour)
      }
    case .sound:
      try take(limits.speaking)
      return try await sound(try await RequestBodies.object(request, rules))
    case .file where request.method == .get:
      try take(limits.changing)
      return try await export()
    case .file:
      try take(limits.changing)
      guard limits.incoming.enter() else {
        throw ConsoleError(
          .serviceUnavailable, "other phrase files are being uploaded", remedy: "wait until they are complete",
          retrySeconds: 10)
      }
      defer { limits.incoming.leave() }
      let bytes = try await RequestBodies.file(request, rules)
      let replacesAll = request.method == .put
      let desk = self.desk
      return Response(
        try await workbench.perform { () throws(ConsoleError) in try desk.take(bytes, replacesAll: replacesAll) })
    }
  }

  private func take(_ limit: RateLimit) throws(ConsoleError) {
    guard let seconds = limit.take() else { return }
    throw ConsoleError(
      .tooManyRequests, "there are too many requests of this kind", remedy: "wait \(seconds) s", retrySeconds: seconds)
  }

  private func perform(
    _ body: JSONValue, _ job: @escaping @Sendable (PhraseEditor, JSONValue) throws(ConsoleError) -> JSONObject
  ) async throws -> Response {
    let desk = self.desk
    return Response(try await workbench.perform { () throws(ConsoleError) in try job(desk, body) })
  }

  // MARK: Answers

  private func state() async throws -> JSONObject {
    let desk = self.desk
    let phrases = try await workbench.perform { () throws(ConsoleError) -> Result<[PhraseJSON], ConsoleError> in
      do throws(Failure) { return .success(try desk.phrases().map { PhraseJSON(json: $0.json) }) } catch {
        return .failure(ConsoleError(error))
      }
    }
    var object = JSONObject("version", version)
    object.add("milliseconds", Int(ServiceEvent.currentMilliseconds))
    object.add("model", Self.lastName(desk.modelPath))
    object.add("file", desk.path)
    object.add("microphone", feed.microphone.json)
    object.add("microphones", feed.microphones.map { $0.json })
    object.add("canChoose", microphones != nil)
    object.add("canSpeak", speech != nil)
    switch phrases {
    case .success(let phrases): object.add("phrases", phrases.map { $0.json })
    case .failure(let problem): object.add("problem", problem.json)
    }
    object.add("history", feed.history.suffix(200).map { $0.pageJSON })
    object.add("candidates", watchers.candidates.map { $0.pageJSON })
    object.add("notices", watchers.notices)
    return object
  }

  private struct PhraseJSON: Sendable { var json: JSONObject }

  /// A stream of server-sent events.
  private func watch(_ channel: any Channel) throws(ConsoleError) -> Response {
    guard let watcher = watchers.add(channel) else {
      throw ConsoleError(
        .serviceUnavailable, "too many pages are watching", remedy: "close one of them", retrySeconds: 10)
    }
    // A slow page is asked to load everything again; it is not disconnected as soon as other peers.
    channel.triggerUserOutboundEvent(WriteStallTimeout.OwnRule(), promise: nil)
    let watchers = self.watchers
    let body = ResponseBody { writer in
      defer { watchers.remove(watcher) }
      try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
      for await message in watcher.messages {
        try await writer.write(message)
        if watcher.noteTaken() {
          try await writer.write(ByteBuffer(string: ServiceFeed.Update.message("resync", JSONObject())))
        }
      }
      try await writer.finish(nil)
    }
    return Response(status: .ok, headers: [.contentType: "text/event-stream"], body: body)
  }

  private func deviceList() async throws -> JSONObject {
    let devices = self.devices
    let found = try await workbench.perform { () throws(ConsoleError) in devices() }
    var object = JSONObject("current", feed.microphone.device)
    object.add("canChoose", microphones != nil)
    object.add(
      "devices",
      found.map { device in
        var entry = JSONObject("name", device.name)
        entry.add("description", device.description)
        return entry
      })
    return object
  }

  /// Accepts only listed devices: ALSA names can also refer to files that are written to.
  private func chooseMicrophone(_ device: String) async throws -> Response {
    guard let microphones else {
      throw ConsoleError(
        .conflict, "this service has no microphone, or several",
        remedy: "start it with one microphone, without --no-microphone")
    }
    let devices = self.devices
    let names = try await workbench.perform { () throws(ConsoleError) in devices().map { $0.name } }
    guard names.contains(device) || device == feed.microphone.device else {
      throw ConsoleError(
        .unprocessableContent, "there is no microphone \(device)", remedy: "connect it, or choose another from the list"
      )
    }
    microphones.listen(to: device)
    return Response(JSONObject("device", device), status: .accepted)
  }

  private func sound(_ body: JSONValue) async throws -> Response {
    guard let speech else {
      throw ConsoleError(
        .conflict, "espeak-ng is not installed", remedy: "install it, such as with apt-get install espeak-ng")
    }
    let desk = self.desk
    let bytes = try await workbench.perform { () throws(ConsoleError) -> [UInt8] in
      let variant = try desk.pronounce(try body.enrollmentRequest).enrollment.variants[0]
      do throws(SpeechSynthesis.Problem) { return try speech.wave(of: variant) } catch {
        throw ConsoleError(.badGateway, "espeak-ng produced no sound (\(error))", remedy: "try it on the command line")
      }
    }
    return Response(
      status: .ok, headers: [.contentType: "audio/wav"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  private func export() async throws -> Response {
    let desk = self.desk
    let bytes = try await workbench.perform { () throws(ConsoleError) in try desk.export() }
    return Response(
      status: .ok,
      headers: [
        .contentType: "application/octet-stream", .contentDisposition: "attachment; filename=\"phrases.cooeep\"",
      ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  private static func lastName(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }
}

extension JSONValue {
  /// A phrase to enroll.
  fileprivate var enrollmentRequest: EnrollmentRequest {
    get throws(ConsoleError) {
      var request = EnrollmentRequest(try text("phrase"))
      if let typed = try optionalLines("pronunciation"), !typed.isEmpty { request.pronunciation = typed }
      request.threshold = try score
      if let rate = try falseAlarmsPerHour { request.falseAlarmsPerHour = rate }
      return request
    }
  }

  /// A change of a phrase.
  fileprivate var phraseChange: PhraseChange {
    get throws(ConsoleError) {
      var change = PhraseChange()
      change.text = try optionalText("text")
      change.threshold = try score
      change.pronunciation = try optionalLines("pronunciation")
      guard !change.isEmpty else {
        throw ConsoleError(
          .badRequest, "the request changes nothing", remedy: "send a text, a threshold or a pronunciation")
      }
      return change
    }
  }

  fileprivate var score: Float? {
    get throws(ConsoleError) { try optionalNumber("threshold", in: 0...1).map { Float($0) } }
  }

  fileprivate var falseAlarmsPerHour: Float? {
    get throws(ConsoleError) { try optionalNumber("falseAlarmsPerHour", in: 0.0001...10_000).map { Float($0) } }
  }
}
