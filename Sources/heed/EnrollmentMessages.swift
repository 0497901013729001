import KeywordSpotting
import ModelFormat
import TextEnrollment

/// What a person is told about a phrase that cannot be enrolled.
func explanation(of error: EnrollmentError, phrase: String) -> String {
  let subject = "the phrase \"\(phrase)\""
  switch error {
  case .text(.nothingToSay):
    return "\(subject) has no letter and no digit; type the words that will be said"
  case .text(.otherScript(let scalar, let position)):
    return "\(subject) has \"\(scalar)\" at character \(position + 1), which is not a Latin letter; "
      + "type the phrase as it sounds in English, or give --pronunciation"
  case .text(.unsupportedCharacter(let scalar, let position)):
    return "\(subject) has \"\(scalar)\" at character \(position + 1), which cannot be said; leave it out"
  case .text(.tooManyWords(let count, let maximum)):
    return "\(subject) has \(count) words, and at most \(maximum) are accepted; choose a shorter one"
  case .unknownWord(let word):
    return "\(subject): how \"\(word)\" is said is not known; give it with --pronunciation, "
      + "for example --pronunciation \"HH EY . K AH M P Y UW T ER\""
  case .pronunciation(.empty):
    return "--pronunciation has no phoneme; an example is \"HH EY . K AH M P Y UW T ER\""
  case .pronunciation(.unknownPhoneme(let symbol, let position, let nearest)):
    let all = Phoneme.allCases.map(\.arpabet).joined(separator: " ")
    return "--pronunciation has \"\(symbol)\" at character \(position + 1), which is not a phoneme; did you mean "
      + "\(nearest.map(\.arpabet).joined(separator: " or "))? The phonemes are \(all)"
  case .tooManyPhonemes(let count, let maximum):
    return "\(subject) has \(count) phonemes, and at most \(maximum) are accepted; choose a shorter one"
  }
}

/// What a person should know about a phrase that was enrolled.
func explanation(of warning: EnrollmentWarning, enrolled: [PhraseFile.Phrase]) -> String {
  switch warning {
  case .shortPhrase(let count, let recommended):
    return "it has \(count) phonemes; \(recommended) or more are missed and mistaken less, so put a word before it"
  case .guessedPronunciation(let word):
    return "\"\(word)\" is not in the dictionary and its pronunciation is a guess; if it is wrong, enroll again with "
      + "--pronunciation"
  case .sameAs(let index):
    return "it sounds the same as \"\(enrolled[index].enrollment.text)\", and only one of them will be heard"
  case .beginningOf(let index):
    return "\"\(enrolled[index].enrollment.text)\" begins with it, so that saying that one can set off both"
  case .beginsWith(let index):
    return "it begins with \"\(enrolled[index].enrollment.text)\", so that saying it can set off both"
  }
}

/// What a person is told about a phrase file that cannot be used.
func explanation(of error: PhraseFileError, path: String) -> String {
  switch error {
  case .container(let error):
    return explanation(of: error, purpose: "the phrase file", path: path, remedy: "enroll the phrases again")
  case .tooManyPhrases(_, let maximum):
    return "\(path) cannot hold more than \(maximum) phrases"
  case .text:
    return "the phrase is longer than a phrase file can hold; choose a shorter one"
  default:
    return "the phrase file \(path) is damaged (\(error)); enroll the phrases again"
  }
}

/// What a person is told about a language file that cannot be used.
func explanation(of error: LanguageFileError, path: String) -> String {
  let remedy = "download it again"
  switch error {
  case .container(let error):
    return explanation(of: error, purpose: "the language file", path: path, remedy: remedy)
  default:
    return "the language file \(path) is damaged (\(error)); \(remedy)"
  }
}

/// Where a pronunciation came from, in a word.
func name(of source: WordPronunciation.Source) -> String {
  switch source {
  case .lexicon: "dictionary"
  case .guessed: "guessed"
  case .typed: "typed"
  }
}

extension PhraseVariant {
  /// The phonemes as an installer types them.
  var arpabet: String { PhonemeSequence.arpabet(phonemes: phonemes, wordInitial: wordInitial) }
}
