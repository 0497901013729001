import CCooee
import KeywordSpotting
import ModelFormat
import TextEnrollment

/// The status with which a function of the C interface fails.
struct StatusError: Error {
  let status: cooee_status

  init(_ status: cooee_status) { self.status = status }
}

extension StatusError {
  /// - Parameter damaged: The status for a damaged file of this kind.
  init(_ error: ContainerError, damaged: cooee_status) {
    if case .newerVersion = error { self.init(COOEE_ERROR_VERSION) } else { self.init(damaged) }
  }

  init(_ error: ModelFileError) {
    switch error {
    case .container(let error): self.init(error, damaged: COOEE_ERROR_MODEL)
    case .misaligned: self.init(COOEE_ERROR_ALIGNMENT)
    case .featureContractMismatch: self.init(COOEE_ERROR_VERSION)
    default: self.init(COOEE_ERROR_MODEL)
    }
  }

  init(_ error: PhraseFileError) {
    switch error {
    case .container(let error): self.init(error, damaged: COOEE_ERROR_PHRASES)
    case .misaligned: self.init(COOEE_ERROR_ALIGNMENT)
    case .otherModel: self.init(COOEE_ERROR_PHRASES_MODEL)
    default: self.init(COOEE_ERROR_PHRASES)
    }
  }

  init(_ error: LanguageFileError) {
    switch error {
    case .container(let error): self.init(error, damaged: COOEE_ERROR_LANGUAGE)
    case .earlierFormat: self.init(COOEE_ERROR_VERSION)
    default: self.init(COOEE_ERROR_LANGUAGE)
    }
  }

  init(_ error: BackgroundSpeechError) {
    switch error {
    case .container(let error): self.init(error, damaged: COOEE_ERROR_BACKGROUND)
    case .otherModel: self.init(COOEE_ERROR_BACKGROUND_MODEL)
    default: self.init(COOEE_ERROR_BACKGROUND)
    }
  }

  init(_ error: EnrollmentError) {
    switch error {
    case .text(.nothingToSay): self.init(COOEE_ERROR_TEXT_EMPTY)
    case .text(.otherScript), .text(.unsupportedCharacter): self.init(COOEE_ERROR_TEXT_CHARACTER)
    case .text(.tooManyWords), .tooManyPhonemes: self.init(COOEE_ERROR_TEXT_LENGTH)
    case .unknownWord: self.init(COOEE_ERROR_TEXT_WORD)
    case .pronunciation: self.init(COOEE_ERROR_PRONUNCIATION)
    }
  }
}

/// Runs `body` and returns its status.
func status(of body: () throws(StatusError) -> Void) -> cooee_status {
  do throws(StatusError) {
    try body()
    return COOEE_OK
  } catch {
    return error.status
  }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The `COOEE_API_VERSION` of the library.
@c @implementation
public func cooee_api_version() -> UInt32 { UInt32(COOEE_API_VERSION) }

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The meaning of a status and what to do, in English; never null.
@c @implementation
public func cooee_status_text(_ status: cooee_status) -> UnsafePointer<CChar>? {
  let text: StaticString =
    switch status {
    case COOEE_OK: "success"
    case COOEE_ERROR_ARGUMENT: "a pointer is null, or a number is out of range"
    case COOEE_ERROR_ALIGNMENT: "the bytes or the memory do not begin at a multiple of COOEE_ALIGNMENT; map the file"
    case COOEE_ERROR_MEMORY: "the memory is smaller than cooee_spotter_memory requires"
    case COOEE_ERROR_SPACE: "the result does not fit into the given space; its size was written"
    case COOEE_ERROR_KERNEL_PATH: "this processor has no such kernel path; pass NULL for the fastest"
    case COOEE_ERROR_MODEL: "the model is damaged or is not a model; copy it again"
    case COOEE_ERROR_VERSION: "a file was made for another version; use the library and the files of one release"
    case COOEE_ERROR_PHRASES: "the phrase file is damaged or is not a phrase file; enroll the phrases again"
    case COOEE_ERROR_PHRASES_MODEL: "the phrases were enrolled with a different model; enroll them again with this one"
    case COOEE_ERROR_LANGUAGE: "the language file is damaged or is not a language file; copy it again"
    case COOEE_ERROR_BACKGROUND: "the background file is damaged or is not a background file; copy it again"
    case COOEE_ERROR_BACKGROUND_MODEL: "the background file was made with a different model; use the one for this model"
    case COOEE_ERROR_TEXT_EMPTY: "the text has no letters or digits; type the words as they are spoken"
    case COOEE_ERROR_TEXT_CHARACTER: "the text has a character that cannot be pronounced; use Latin letters"
    case COOEE_ERROR_TEXT_LENGTH: "the text has too many words, phonemes or bytes; choose a shorter one"
    case COOEE_ERROR_TEXT_WORD: "the pronunciation of a word is unknown; give the pronunciation"
    case COOEE_ERROR_PRONUNCIATION:
      """
      the pronunciation has no phonemes, an unknown symbol, or too many ways to say the phrase; give ARPAbet such as \
      HH AH L OW, the phonetic alphabet between slashes, or a spelling in quotation marks
      """
    case COOEE_ERROR_ENROLLED: "the phrase is already enrolled; remove it first"
    case COOEE_ERROR_FULL: "the phrase file is full; remove a phrase first"
    default: "unknown status"
    }
  return UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
