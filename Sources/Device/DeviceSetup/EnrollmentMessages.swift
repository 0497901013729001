import KeywordSpotting
import Messages
import ModelFormat
import TextEnrollment

/// Where a person enrolls, which decides what a message can suggest.
package enum EnrollmentPlace: Sendable {
  /// `cooee enroll`.
  case commandLine
  /// A page with fields for the pronunciation and for the false alarms.
  case page

  /// How to give a pronunciation.
  fileprivate var typing: String { self == .commandLine ? "give --pronunciation" : "type the pronunciation" }
  /// An example of a pronunciation.
  fileprivate var example: String {
    "\(self == .commandLine ? "--pronunciation " : "")\"HH EY . K AH M P Y UW T ER\""
  }
  fileprivate var pronunciation: String { self == .commandLine ? "--pronunciation" : "the pronunciation" }
}

/// The message for a phrase that cannot be enrolled.
package func explanation(
  of error: EnrollmentError, phrase: String, at place: EnrollmentPlace = .commandLine
) -> String {
  let subject = "the phrase \"\(phrase)\""
  switch error {
  case .text(.nothingToSay):
    return "\(subject) has no letters or digits; type the words as they are spoken"
  case .text(.otherScript(let scalar, let position)):
    return filled(
      "% has % at character %, which is not a Latin letter; type the phrase as it sounds in English, or %",
      [subject, name(of: scalar), word(position + 1), place.typing])
  case .text(.unsupportedCharacter(let scalar, let position)):
    return filled(
      "% has % at character %, which cannot be said; remove it, or type it as a word",
      subject, name(of: scalar), word(position + 1))
  case .text(.tooManyWords(let count, let maximum)):
    return filled(
      "% has % words, more than the limit of %; choose a shorter phrase", subject, word(count), word(maximum))
  case .unknownWord(let word):
    return "\(subject): no pronunciation is known for \"\(word)\"; "
      + "\(place == .commandLine ? "give one with --pronunciation" : place.typing), for example \(place.example)"
  case .pronunciation(.empty, _):
    return "\(place.pronunciation) has no phonemes; an example is \"HH EY . K AH M P Y UW T ER\""
  case .pronunciation(.tooManyWays(let count, let maximum), _):
    return filled(
      "% has % pronunciations, more than the limit of %; leave some out", subject, word(count), word(maximum))
  case .pronunciation(.unknownPhoneme(let symbol, let position, let nearest), let way):
    let place = filled(
      "the pronunciation % has \"%\" at character %, which is ", quoted(way), symbol, word(position + 1))
    if TypedPronunciation.isSpelled(way) { return place + "not a Latin letter; spell the sounds as in English" }
    let isPhonetic = PhoneticAlphabet.isUsed(in: way)
    let ways = nearest.map { isPhonetic ? "/" + PhoneticAlphabet.symbol(of: $0) + "/" : $0.arpabet }
    let meant = "did you mean " + ways.joined(separator: " or ") + "?"
    if isPhonetic {
      return place + "not a symbol of English in the phonetic alphabet; "
        + (ways.isEmpty ? "type it in ARPAbet instead" : meant)
    }
    let all = Phoneme.allCases.map { $0.arpabet }.joined(separator: " ")
    return place
      + filled("not a phoneme; % The phonemes are %. The phonetic alphabet goes between slashes: /həˈloʊ/", meant, all)
  case .tooManyPhonemes(let count, let maximum):
    return filled(
      "% has % phonemes, more than the limit of %; choose a shorter phrase", subject, word(count), word(maximum))
  }
}

/// A way to say a phrase in quotation marks, which a spelled one already has.
private func quoted(_ way: String) -> String {
  TypedPronunciation.isSpelled(way) ? way : filled("\"%\"", way)
}

/// A character for a message: itself if it can be seen, and its code point, "U+00AE".
private func name(of scalar: Unicode.Scalar) -> String {
  var digits: [UInt8] = []
  var rest = scalar.value
  while rest > 0 || digits.count < 4 {
    let digit = UInt8(rest % 16)
    digits.insert(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10, at: 0)
    rest /= 16
  }
  let code = "U+" + String(decoding: digits, as: UTF8.self)
  let bytes = Unicode.UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter
  return PhraseText.isRefused(scalar) ? code : filled("\"%\" (%)", String(decoding: bytes, as: UTF8.self), code)
}

/// The message for a warning about an enrolled phrase, with what to do about it.
///
/// - Parameter enrolled: The phrases that the indices of the warning refer to.
package func explanation(
  of warning: EnrollmentWarning, enrolled: [PhraseFile.Phrase], at place: EnrollmentPlace = .commandLine
) -> String {
  func other(_ index: Int) -> String { "\"\(enrolled[index].enrollment.text)\"" }
  switch warning {
  case .shortPhrase(let count, let recommended):
    return filled(
      "it has only % phoneme%; phrases with % or more work better, so add a word before it",
      word(count), count == 1 ? "" : "s", word(recommended))
  case .otherReadings(let readings):
    return filled(
      "these other ways to say it are not listened for: %; to listen for one, enroll those words%",
      list(readings.map { "\"\($0)\"" }, "and"), place == .commandLine ? ", or give --pronunciation" : "")
  case .guessedPronunciation(let word, let guesses):
    return
      "\"\(word)\" is not in the dictionary; its pronunciation is a guess, \(list(guesses, "or")); if that is wrong, "
      + (place == .commandLine ? "enroll again with --pronunciation" : place.typing)
  case .sameAs(let index):
    return "it sounds the same as \(other(index)), so only one of the two is detected"
  case .beginningOf(let index):
    return
      "\(other(index)) begins with it; saying the longer phrase reports only that one, and this phrase is reported "
      + "up to half a second later, once nothing follows it"
  case .beginsWith(let index):
    return
      "it begins with \(other(index)); saying the longer phrase reports only that one, and \(other(index)) is "
      + "now reported up to half a second later, once nothing follows it"
  case .partOf(let index):
    return "\(other(index)) contains it; saying the longer phrase reports only that one"
  case .contains(let index):
    return "it contains \(other(index)); saying the longer phrase reports only that one"
  case .near(let index, let edits, let count):
    return "it differs from \(other(index)) in only \(edits) of \(count) phonemes, so the two may be confused; "
      + "change a word that both share"
  case .soundsLike(let words):
    let same = words.filter { $0.edits == 0 }.map { "\"\($0.word)\"" }
    let near = words.filter { $0.edits > 0 }.map { "\"\($0.word)\"" }
    var parts: [String] = []
    if !same.isEmpty { parts.append("it sounds the same as \(list(same, "and"))") }
    if !near.isEmpty { parts.append("\(same.isEmpty ? "it" : "and") is one phoneme away from \(list(near, "and"))") }
    return parts.joined(separator: ", ") + "; add a word before it, or choose a longer one"
  case .heardInSpeech(let stretches):
    let heard = stretches.map { "\"\($0.words)\" (score \(scoreText($0.score)))" }
    return
      "in speech it matches \(list(heard, "and")); if such words are spoken near the microphone, choose another"
  case .highThreshold(let threshold, let perHour, let missShare):
    let missed = missShare.map { "; \(percentText($0)) of ordinary phrases in the same speech score less" } ?? ""
    return "it causes false alarms easily: about \(rateText(perHour)) an hour at 0.5, so its threshold is "
      + "\(scoreText(threshold)) and it will often be missed\(missed); add a word like \"hey\" before it, choose a "
      + "longer phrase, or allow more\(place == .commandLine ? " with --false-alarms" : " false alarms")"
  }
}

/// "a", "a and b", or "a, b and c".
func list(_ items: [String], _ conjunction: String) -> String {
  guard items.count > 1, let last = items.last else { return items.first ?? "" }
  return "\(items.dropLast().joined(separator: ", ")) \(conjunction) \(last)"
}

/// The message for a background file that cannot be used.
package func explanation(of error: BackgroundSpeechError, path: String) -> String {
  let remedy = "make it again with cooee-train background, or download it again"
  switch error {
  case .container(let error):
    return explanation(of: error, purpose: "the background file", path: path, remedy: remedy)
  case .otherModel(let file, let model):
    return "the background file \(path) was made with a different model (\(hexadecimal(file))) than the one in use "
      + "(\(hexadecimal(model))); name this model's file with --background, or make one with cooee-train background"
  default:
    return "the background file \(path) is damaged (\(error.damage)); \(remedy)"
  }
}

/// The message for a phrase file that cannot be used.
package func explanation(of error: PhraseFileError, path: String) -> String {
  switch error {
  case .container(let error):
    return explanation(of: error, purpose: "the phrase file", path: path, remedy: "enroll the phrases again")
  case .tooManyPhrases(_, let maximum):
    return "\(path) cannot have more than \(maximum) phrases"
  case .text:
    return "the phrase file \(path) contains, or would contain, a phrase that is empty, is longer than "
      + "\(PhraseLimits.textBytes) bytes, or has control characters; choose another phrase"
  case .alreadyEnrolled:
    return filled("% has this phrase already; choose another text, or remove the other phrase first", path)
  default:
    return "the phrase file \(path) is damaged (\(error.damage)); enroll the phrases again"
  }
}

/// The message for a language file that cannot be used.
package func explanation(of error: LanguageFileError, path: String) -> String {
  let remedy = "download it again"
  switch error {
  case .container(let error):
    return explanation(of: error, purpose: "the language file", path: path, remedy: remedy)
  case .earlierFormat:
    return "the language file \(path) is in the format of cooee 0.2.0 and earlier; use the english.cooee of this "
      + "version"
  default:
    return "the language file \(path) is damaged (\(error.damage)); \(remedy)"
  }
}

/// The source of a pronunciation, in one word.
package func name(of source: PronunciationSource) -> String {
  switch source {
  case .lexicon: "dictionary"
  case .guessed: "guessed"
  case .typed: "typed"
  case .spelled: "spelled"
  }
}

extension PhraseVariant {
  /// The phonemes in ARPAbet, as accepted by `--pronunciation`.
  package var arpabet: String { PhonemeSequence.arpabet(phonemes: phonemes, wordInitial: wordInitial) }
}
