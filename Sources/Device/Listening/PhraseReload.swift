import CPlatform
import DeviceSetup
import Messages

/// Keeps what is listened for as the phrase file has it: phrases that are enrolled, removed or changed meanwhile count from
/// about a second later on, and at once after SIGHUP.
///
/// A file that cannot be used, or is gone, is told once, and the phrases from before go on. One thread.
package struct PhraseReload {
  private let path: String
  private let model: OpenModel
  private let settings: ProgramSettings
  private var watch: FileWatch
  private var nextLook: Int64 = 0

  /// Make it before the phrases are opened the first time.
  package init(_ path: String, _ model: OpenModel, _ settings: ProgramSettings) {
    self.path = path
    self.model = model
    self.settings = settings
    watch = FileWatch(path)
    _ = watch.hasChanged()
    platform_catch_reload_signal()
  }

  /// Looks at the file once a second, and lets the spotter go on with what it has.
  ///
  /// - Returns: Whether the phrases were exchanged.
  package mutating func exchangePhrases(of spotting: SpottingSession, _ manager: ServiceManager) -> Bool {
    let now = platform_monotonic_nanoseconds()
    let isAsked = platform_take_reload_signal() != 0
    guard isAsked || now >= nextLook else { return false }
    nextLook = now + 1_000_000_000
    let hasChanged = watch.hasChanged()
    guard isAsked || hasChanged else { return false }
    if isAsked { watch.forgetProblem() }
    manager.tellReloading()
    defer { manager.tellReady("listening for \(spotting.phraseTexts.count) phrases") }
    do throws(Failure) {
      spotting.exchange(try OpenPhrases(path, for: model, settings))
      watch.forgetProblem()
      report(.information("now listening for \(quotedList(spotting.phraseTexts))"))
      return true
    } catch {
      if watch.note(error) { report(.warning("\(error.message); the phrases from before go on")) }
      return false
    }
  }
}

/// `"a", "b" and 3 more`
package func quotedList(_ texts: [String]) -> String {
  guard !texts.isEmpty else { return "no phrases yet" }
  let shown = texts.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
  return shown + (texts.count > 8 ? " and \(texts.count - 8) more" : "")
}
