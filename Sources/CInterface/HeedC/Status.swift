import CHeed
import KeywordSpotting
import ModelFormat
import TextEnrollment

/// Why a function of the C interface does nothing.
struct StatusError: Error {
  let status: heed_status

  init(_ status: heed_status) { self.status = status }
}

extension StatusError {
  /// - Parameter damaged: the status of a damaged file of this kind.
  init(_ error: ContainerError, damaged: heed_status) {
    if case .newerVersion = error { self.init(HEED_ERROR_VERSION) } else { self.init(damaged) }
  }

  init(_ error: ModelFileError) {
    switch error {
    case .container(let error): self.init(error, damaged: HEED_ERROR_MODEL)
    case .misaligned: self.init(HEED_ERROR_ALIGNMENT)
    case .featureContractMismatch: self.init(HEED_ERROR_VERSION)
    default: self.init(HEED_ERROR_MODEL)
    }
  }

  init(_ error: PhraseFileError) {
    switch error {
    case .container(let error): self.init(error, damaged: HEED_ERROR_PHRASES)
    case .misaligned: self.init(HEED_ERROR_ALIGNMENT)
    case .otherModel: self.init(HEED_ERROR_PHRASES_MODEL)
    default: self.init(HEED_ERROR_PHRASES)
    }
  }

  init(_ error: LanguageFileError) {
    if case .container(let error) = error {
      self.init(error, damaged: HEED_ERROR_LANGUAGE)
    } else {
      self.init(HEED_ERROR_LANGUAGE)
    }
  }

  init(_ error: BackgroundSpeechError) {
    switch error {
    case .container(let error): self.init(error, damaged: HEED_ERROR_BACKGROUND)
    case .otherModel: self.init(HEED_ERROR_BACKGROUND_MODEL)
    default: self.init(HEED_ERROR_BACKGROUND)
    }
  }

  init(_ error: EnrollmentError) {
    switch error {
    case .text(.nothingToSay): self.init(HEED_ERROR_TEXT_EMPTY)
    case .text(.otherScript), .text(.unsupportedCharacter): self.init(HEED_ERROR_TEXT_CHARACTER)
    case .text(.tooManyWords), .tooManyPhonemes: self.init(HEED_ERROR_TEXT_LENGTH)
    case .unknownWord: self.init(HEED_ERROR_TEXT_WORD)
    case .pronunciation: self.init(HEED_ERROR_PRONUNCIATION)
    }
  }
}

/// The status of what `body` does.
func status(of body: () throws(StatusError) -> Void) -> heed_status {
  do throws(StatusError) {
    try body()
    return HEED_OK
  } catch {
    return error.status
  }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
@c @implementation
public func heed_api_version() -> UInt32 { UInt32(HEED_API_VERSION) }

// swift-format-ignore: AlwaysUseLowerCamelCase
@c @implementation
public func heed_status_text(_ status: heed_status) -> UnsafePointer<CChar>? {
  let text: StaticString =
    switch status {
    case HEED_OK: "all is well"
    case HEED_ERROR_ARGUMENT: "a pointer is null, or a number is outside of what the function takes"
    case HEED_ERROR_ALIGNMENT: "the bytes or the memory do not begin at a multiple of HEED_ALIGNMENT; map the file"
    case HEED_ERROR_MEMORY: "the memory is smaller than heed_spotter_memory says"
    case HEED_ERROR_SPACE: "the result does not fit into the space given; its size was written"
    case HEED_ERROR_KERNEL_PATH: "there is no such kernel path on this processor; take NULL for the fastest that is"
    case HEED_ERROR_MODEL: "the model is damaged or no model; copy it again"
    case HEED_ERROR_VERSION: "a file was made for another version; take library and files of one release"
    case HEED_ERROR_PHRASES: "the phrases are damaged or no phrases; enroll them again"
    case HEED_ERROR_PHRASES_MODEL: "the phrases were enrolled with another model; enroll them again with this one"
    case HEED_ERROR_LANGUAGE: "the language file is damaged or none; copy it again"
    case HEED_ERROR_BACKGROUND: "the background file is damaged or none; copy it again"
    case HEED_ERROR_BACKGROUND_MODEL: "the background was made with another model; take the one of this model"
    case HEED_ERROR_TEXT_EMPTY: "the text has no letter and no digit; type the words that will be said"
    case HEED_ERROR_TEXT_CHARACTER: "the text has a character that cannot be said; use Latin letters"
    case HEED_ERROR_TEXT_LENGTH: "the text has too many words, phonemes or bytes; choose a shorter one"
    case HEED_ERROR_TEXT_WORD: "how a word is said is not known; give the pronunciation"
    case HEED_ERROR_PRONUNCIATION: "the pronunciation has no phoneme, or a symbol that is none of ARPAbet's"
    case HEED_ERROR_ENROLLED: "the phrase is enrolled already; remove it first"
    case HEED_ERROR_FULL: "the phrase file is full; remove a phrase first"
    default: "no status of this library"
    }
  return UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
