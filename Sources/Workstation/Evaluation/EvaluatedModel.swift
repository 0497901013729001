import AudioFrontEnd
import Foundation
import KeywordSpotting
import ModelFormat
import TextEnrollment
import Training

/// Why an evaluation cannot run.
public enum EvaluationError: Error, Equatable, Sendable {
  /// The file cannot be read.
  case unreadableFile(path: String)
  /// The file is not a usable model.
  case model(path: String, ModelFileError)
  /// The file is not a usable language file.
  case language(path: String, LanguageFileError)
  /// The file is not a usable background file.
  case background(path: String, BackgroundSpeechError)
  /// The corpora lack data that the protocol requires.
  case nothingToEvaluate(reason: String)
  /// A phrase of the stream protocol cannot be enrolled.
  case phrase(text: String, EnrollmentError)
}

extension EvaluationError: CustomStringConvertible {
  /// The error and its file in one line.
  public var description: String {
    switch self {
    case .unreadableFile(let path): "cannot read \(path); check the path and its permissions"
    case .model(let path, let error): "\(path) is not a usable model: \(error)"
    case .language(let path, let error): "\(path) is not a usable language file: \(error)"
    case .background(let path, .otherModel): "\(path) was made with another model; run cooee-train background"
    case .background(let path, let error): "\(path) is not a usable background file: \(error)"
    case .nothingToEvaluate(let reason): "nothing to evaluate: \(reason)"
    case .phrase(let text, let error): "cannot enroll the phrase \"\(text)\": \(error)"
    }
  }
}

/// A model and a language file in memory, with an enroller for both. Safe to use from several threads.
public final class EvaluatedModel: @unchecked Sendable {
  /// Hash of the features that a model must be trained on: those of this program's front end.
  public static var featureContract: UInt64 { FeatureContract.hash }

  /// The acoustic model.
  public let model: AcousticModel
  /// Enrolls phrases with the model and the language file.
  public let enroller: Enroller
  private let pronouncer: Pronouncer
  private let modelBytes: UnsafeRawBufferPointer
  private let languageBytes: UnsafeRawBufferPointer

  /// Reads both files.
  ///
  /// - Throws: ``EvaluationError``.
  public convenience init(modelPath: String, languagePath: String) throws(EvaluationError) {
    try self.init(
      modelBytes: Self.read(modelPath), languageBytes: Self.read(languagePath), modelPath: modelPath,
      languagePath: languagePath)
  }

  /// Parses both files from memory. The paths appear in error messages.
  ///
  /// - Throws: ``EvaluationError/model(path:_:)`` or ``EvaluationError/language(path:_:)``.
  public init(
    modelBytes: [UInt8], languageBytes: [UInt8], modelPath: String = "model", languagePath: String = "language"
  ) throws(EvaluationError) {
    let modelBuffer = Self.copy(modelBytes)
    let languageBuffer = Self.copy(languageBytes)
    do {
      model = try AcousticModel(modelBuffer, expectedFeatureContract: Self.featureContract)
    } catch {
      modelBuffer.deallocate()
      languageBuffer.deallocate()
      throw .model(path: modelPath, error)
    }
    let language: LanguageFile
    do {
      language = try LanguageFile(languageBuffer)
    } catch {
      modelBuffer.deallocate()
      languageBuffer.deallocate()
      throw .language(path: languagePath, error)
    }
    enroller = Enroller(model: model, language: language)
    pronouncer = Pronouncer(language)
    self.modelBytes = modelBuffer
    self.languageBytes = languageBuffer
  }

  deinit {
    modelBytes.deallocate()
    languageBytes.deallocate()
  }

  /// All pronunciations of a word or phrase, most likely first, at most eight; empty if there are none.
  public func pronunciations(of word: String) -> [[UInt8]] {
    // Lower case, because a word in capitals would be read as an initialism.
    guard let words = try? pronouncer.words(of: word.lowercased()), !words.isEmpty,
      let variants = try? Pronouncer.variants(of: words)
    else { return [] }
    return variants.map(\.phonemes)
  }

  static func read(_ path: String) throws(EvaluationError) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadableFile(path: path) }
    return Array(data)
  }

  /// Copies bytes to memory that the caller must free.
  static func copy(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 64)
    buffer.copyBytes(from: bytes)
    return UnsafeRawBufferPointer(rebasing: buffer[..<bytes.count])
  }
}

extension AcousticModel.ScoreHead {
  /// `w · f + b`, the log odds. They order as the score does, but never saturate.
  func logit(_ features: [Float]) -> Double {
    zip(weights, features).reduce(Double(bias)) { $0 + Double($1.0) * Double($1.1) }
  }
}

/// The probability of a logit.
func probability(ofLogit logit: Double) -> Double { 1 / (1 + exp(-logit)) }
