import KeywordSpotting
import ModelFormat
import TextEnrollment

/// The reason why a file, a phrase or a threshold cannot be used.
public enum SpotterError: Error, Equatable, Sendable {
  /// The model is damaged, or it is not a model of this version.
  case model(ModelFileError)
  /// The language file is damaged, or it is not a language file of this version.
  case language(LanguageFileError)
  /// The background file is damaged, or it was made with another model.
  case background(BackgroundSpeechError)
  /// The phrase file is damaged, was made with another model, or is full; or the phrase is enrolled already.
  case phrases(PhraseFileError)
  /// The text or its pronunciation cannot be enrolled.
  case phrase(EnrollmentError)
  /// Phrases are added, and the model was opened without a language.
  case noLanguage
  /// A threshold must be in 0…1, and a number of false alarms an hour above 0.
  case outOfRange(Float)
}
