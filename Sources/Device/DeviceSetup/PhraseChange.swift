import CommandLineOptions
import KeywordSpotting
import Messages
import TextEnrollment

/// A change of an enrolled phrase; nil members stay as they are.
package struct PhraseChange: Sendable {
  /// The new text.
  package var text: String?
  /// The new threshold, 0…1.
  package var threshold: Float?
  /// The new typed pronunciations, as in ``EnrollmentRequest/pronunciation``; empty to look the words up.
  package var pronunciation: String?

  package init() {}

  package var isEmpty: Bool { text == nil && threshold == nil && pronunciation == nil }

  /// Changes a phrase in a file that was just read.
  ///
  /// - Parameters:
  ///   - text: The present text of the phrase.
  ///   - path: The path of the file, for messages.
  ///   - pronounced: The phrase with its new pronunciations; nil if they stay.
  /// - Returns: The changed phrase.
  /// - Throws: `badData` if there is no such phrase, or the file cannot contain the new one.
  package func apply(
    to text: String, in file: inout PhraseFile, path: String, pronounced: PhraseFile.Phrase? = nil
  ) throws(Failure) -> PhraseFile.Phrase {
    let index = try index(of: text, in: file, path: path)
    var phrase = file.phrases[index]
    if let newText = self.text.map(PhraseText.tidied), !newText.utf8.elementsEqual(phrase.enrollment.text.utf8) {
      phrase.enrollment.text = newText
      // The pronunciations stay those of the former text.
      phrase.source = .typed
    }
    if let pronounced {
      phrase.enrollment.variants = pronounced.enrollment.variants
      phrase.source = pronounced.source
    }
    if let threshold { phrase.enrollment.threshold = threshold }
    do throws(PhraseFileError) {
      try file.replacePhrase(at: index, with: phrase)
    } catch {
      throw Failure(.badData, explanation(of: error, path: path))
    }
    return phrase
  }
}

extension PhraseBook {
  /// Changes an enrolled phrase in its place. New pronunciations are tested on running speech at its threshold.
  ///
  /// - Returns: The changed phrase; what is known about new pronunciations, and the warnings about them.
  /// - Throws: `badData` if there is no such phrase, or the change is not possible. The file then stays as it was.
  package func change(_ text: String, _ change: PhraseChange) throws(Failure)
    -> (phrase: PhraseFile.Phrase, result: EnrollmentResult?, warnings: [String])
  {
    var pronounced: PhraseFile.Phrase?
    var result: EnrollmentResult?
    var warnings: [String] = []
    if let pronunciation = change.pronunciation {
      var others = try read()
      let former = others.phrases[try index(of: text, in: others, path: path)].enrollment
      others.remove(former.text)
      var request = EnrollmentRequest(change.text ?? former.text)
      request.pronunciation = pronunciation
      request.threshold = change.threshold ?? former.threshold
      let tested = try preview(request, besides: others.phrases)
      warnings = self.warnings(of: tested, besides: others.phrases)
      pronounced = PhraseFile.Phrase(tested.enrollment, tested.report)
      result = tested
    }
    // The file is read again: another program may have changed it meanwhile.
    let phrase = try self.change { (file) throws(Failure) in
      try change.apply(to: text, in: &file, path: path, pronounced: pronounced)
    }
    return (phrase, result, warnings)
  }
}

/// The index of a phrase in a file.
///
/// - Throws: `badData` with the most similar phrase if there is no such phrase.
package func index(of text: String, in file: PhraseFile, path: String) throws(Failure) -> Int {
  if let index = file.index(of: text) { return index }
  let texts = file.phrases.map { $0.enrollment.text }
  guard !texts.isEmpty else { throw Failure(.badData, noPhrasesText(path)) }
  throw Failure(
    .badData,
    filled(
      "% has no phrase \"%\"; did you mean \"%\"? Nothing was changed", path, text, nearest(to: text, among: texts)))
}
