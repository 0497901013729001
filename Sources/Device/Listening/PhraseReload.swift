import CPlatform
import DeviceSetup
import Messages

/// Keeps the sessions' phrases up to date with the phrase file. Changes take effect after about a second, or at once on
/// SIGHUP.
///
/// If the file is missing or cannot be used, this is reported once, and the sessions keep the previous phrases. One
/// thread.
package struct PhraseReload {
  private let path: String
  private let model: OpenModel
  private let settings: ProgramSettings
  private var watch: FileWatch
  private var nextLook: Int64 = 0

  /// Create this before you open the phrases for the first time.
  package init(_ path: String, _ model: OpenModel, _ settings: ProgramSettings) {
    self.path = path
    self.model = model
    self.settings = settings
    watch = FileWatch(path)
    _ = watch.hasChanged()
    platform_catch_reload_signal()
  }

  /// Checks the file once a second and exchanges the sessions' phrases if it changed.
  ///
  /// - Parameter sessions: At least one; all have the same phrases.
  /// - Returns: The phrases if they were exchanged.
  package mutating func exchangePhrases(of sessions: [SpottingSession], _ manager: ServiceManager) -> OpenPhrases? {
    let now = platform_monotonic_nanoseconds()
    let isAsked = platform_take_reload_signal() != 0
    guard isAsked || now >= nextLook else { return nil }
    nextLook = now + 1_000_000_000
    let hasChanged = watch.hasChanged()
    guard isAsked || hasChanged else { return nil }
    if isAsked { watch.forgetProblem() }
    manager.tellReloading()
    defer { manager.tellReady("listening for \(sessions[0].phraseTexts.count) phrases") }
    do throws(Failure) {
      let phrases = try OpenPhrases(path, for: model, settings)
      for session in sessions { session.exchange(phrases) }
      watch.forgetProblem()
      report(.information("now listening for \(quotedList(phrases.texts))"))
      return phrases
    } catch {
      if watch.note(error) { report(.warning("\(error.message); keeping the previous phrases")) }
      return nil
    }
  }
}

/// The first eight texts and how many more there are, such as `"a", "b" and 3 more`.
package func quotedList(_ texts: [String]) -> String {
  guard !texts.isEmpty else { return "no phrases yet" }
  let shown = texts.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
  return shown + (texts.count > 8 ? " and \(texts.count - 8) more" : "")
}
