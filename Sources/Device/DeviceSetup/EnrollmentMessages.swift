import KeywordSpotting
import Messages
import ModelFormat
import TextEnrollment

/// Where a person enrolls, which decides what they can do next.
package enum EnrollmentPlace: Sendable {
  case commandLine
  /// A page with fields for the pronunciation and for the false alarms.
  case page

  /// What gives a pronunciation.
  fileprivate var typing: String { self == .commandLine ? "give --pronunciation" : "type the pronunciation" }
  /// What an example of a pronunciation stands in.
  fileprivate var example: String {
    "\(self == .commandLine ? "--pronunciation " : "")\"HH EY . K AH M P Y UW T ER\""
  }
  fileprivate var pronunciation: String { self == .commandLine ? "--pronunciation" : "the pronunciation" }
}

/// What a person is told about a phrase that cannot be enrolled.
package func explanation(
  of error: EnrollmentError, phrase: String, at place: EnrollmentPlace = .commandLine
) -> String {
  let subject = "the phrase \"\(phrase)\""
  switch error {
  case .text(.nothingToSay):
    return "\(subject) has no letter and no digit; type the words that will be said"
  case .text(.otherScript(let scalar, let position)):
    return "\(subject) has \"\(scalar)\" at character \(position + 1), which is not a Latin letter; "
      + "type the phrase as it sounds in English, or \(place.typing)"
  case .text(.unsupportedCharacter(let scalar, let position)):
    return "\(subject) has \"\(scalar)\" at character \(position + 1), which cannot be said; leave it out"
  case .text(.tooManyWords(let count, let maximum)):
    return "\(subject) has \(count) words, and at most \(maximum) are accepted; choose a shorter one"
  case .unknownWord(let word):
    return "\(subject): how \"\(word)\" is said is not known; "
      + "\(place == .commandLine ? "give it with --pronunciation" : place.typing), for example \(place.example)"
  case .pronunciation(.empty):
    return "\(place.pronunciation) has no phoneme; an example is \"HH EY . K AH M P Y UW T ER\""
  case .pronunciation(.unknownPhoneme(let symbol, let position, let nearest)):
    let all = Phoneme.allCases.map { $0.arpabet }.joined(separator: " ")
    return "\(place.pronunciation) has \"\(symbol)\" at character \(position + 1), which is not a phoneme; "
      + "did you mean \(nearest.map { $0.arpabet }.joined(separator: " or "))? The phonemes are \(all)"
  case .tooManyPhonemes(let count, let maximum):
    return "\(subject) has \(count) phonemes, and at most \(maximum) are accepted; choose a shorter one"
  }
}

/// What a person should know about a phrase that was enrolled, and what to do about it.
package func explanation(
  of warning: EnrollmentWarning, enrolled: [PhraseFile.Phrase], at place: EnrollmentPlace = .commandLine
) -> String {
  func other(_ index: Int) -> String { "\"\(enrolled[index].enrollment.text)\"" }
  switch warning {
  case .shortPhrase(let count, let recommended):
    return "it has \(count) phonemes; \(recommended) or more are missed and mistaken less, so put a word before it"
  case .guessedPronunciation(let word, let guesses):
    return
      "\"\(word)\" is not in the dictionary and its pronunciation is a guess, \(list(guesses, "or")); if that is wrong, "
      + (place == .commandLine ? "enroll again with --pronunciation" : place.typing)
  case .sameAs(let index):
    return "it sounds the same as \(other(index)), and only one of them will be heard"
  case .beginningOf(let index):
    return
      "\(other(index)) begins with it; saying that one reports that one alone, and this one is reported up to half a "
      + "second later than it would be, once nothing follows"
  case .beginsWith(let index):
    return
      "it begins with \(other(index)); saying it reports it alone, and \(other(index)) is reported up to half a second "
      + "later from now on, once nothing follows"
  case .partOf(let index):
    return "\(other(index)) contains it; saying that one reports that one alone"
  case .contains(let index):
    return "it contains \(other(index)); saying it reports it alone"
  case .near(let index, let edits, let count):
    return "it differs from \(other(index)) in only \(edits) of \(count) phonemes, and one may be taken for the other; "
      + "change a word of it that both share"
  case .soundsLike(let words):
    let same = words.filter { $0.edits == 0 }.map { "\"\($0.word)\"" }
    let near = words.filter { $0.edits > 0 }.map { "\"\($0.word)\"" }
    var parts: [String] = []
    if !same.isEmpty { parts.append("it sounds the same as \(list(same, "and"))") }
    if !near.isEmpty { parts.append("\(same.isEmpty ? "it" : "and") is one phoneme away from \(list(near, "and"))") }
    return parts.joined(separator: ", ") + "; put a word before it, or take a longer one"
  case .heardInSpeech(let stretches):
    let heard = stretches.map { "\"\($0.words)\" (score \(scoreText($0.score)))" }
    return
      "in running speech it was heard in \(list(heard, "and")); if such words are said where it listens, take another phrase"
  case .highThreshold(let threshold, let perHour, let missShare):
    let missed = missShare.map { "; of ordinary phrases in the same speech \(percentText($0)) score less" } ?? ""
    return "it is mistaken easily: at 0.5 about \(rateText(perHour)) false alarms an hour, so its threshold is "
      + "\(scoreText(threshold)) and it will often be missed\(missed); put a word like \"hey\" before it, take a longer "
      + "phrase, or allow more\(place == .commandLine ? " with --false-alarms" : " false alarms")"
  }
}

/// "a", "a and b", "a, b and c"
private func list(_ items: [String], _ conjunction: String) -> String {
  guard items.count > 1, let last = items.last else { return items.first ?? "" }
  return "\(items.dropLast().joined(separator: ", ")) \(conjunction) \(last)"
}

/// What a person is told about a background file that cannot be used.
package func explanation(of error: BackgroundSpeechError, path: String) -> String {
  let remedy = "make it again with heed-train background, or download it again"
  switch error {
  case .container(let error):
    return explanation(of: error, purpose: "the background", path: path, remedy: remedy)
  case .otherModel(let file, let model):
    return "the background \(path) was made with another model (\(hexadecimal(file))) than the one in use "
      + "(\(hexadecimal(model))); name that model's with --background, or make one with heed-train background"
  default:
    return "the background \(path) is damaged (\(error.damage)); \(remedy)"
  }
}

/// What a person is told about a phrase file that cannot be used.
package func explanation(of error: PhraseFileError, path: String) -> String {
  switch error {
  case .container(let error):
    return explanation(of: error, purpose: "the phrase file", path: path, remedy: "enroll the phrases again")
  case .tooManyPhrases(_, let maximum):
    return "\(path) cannot hold more than \(maximum) phrases"
  case .text:
    return "the phrase file \(path) has, or would have, a phrase that is empty, longer than "
      + "\(PhraseLimits.textBytes) bytes or has control characters; choose another one"
  default:
    return "the phrase file \(path) is damaged (\(error.damage)); enroll the phrases again"
  }
}

/// What a person is told about a language file that cannot be used.
package func explanation(of error: LanguageFileError, path: String) -> String {
  let remedy = "download it again"
  switch error {
  case .container(let error):
    return explanation(of: error, purpose: "the language file", path: path, remedy: remedy)
  default:
    return "the language file \(path) is damaged (\(error.damage)); \(remedy)"
  }
}

/// Where a pronunciation came from, in a word.
package func name(of source: PronunciationSource) -> String {
  switch source {
  case .lexicon: "dictionary"
  case .guessed: "guessed"
  case .typed: "typed"
  }
}

extension PhraseVariant {
  /// The phonemes as an installer types them.
  package var arpabet: String { PhonemeSequence.arpabet(phonemes: phonemes, wordInitial: wordInitial) }
}
