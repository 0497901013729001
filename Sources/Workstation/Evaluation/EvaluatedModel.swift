import AudioFrontEnd
import Foundation
import KeywordSpotting
import ModelFormat
import TextEnrollment
import Training

/// Why an evaluation cannot run.
public enum EvaluationError: Error, Equatable, Sendable {
  case unreadableFile(path: String)
  case model(path: String, ModelFileError)
  case language(path: String, LanguageFileError)
  case background(path: String, BackgroundSpeechError)
  /// A corpus (or all of them together) lacks what the protocol needs.
  case nothingToEvaluate(reason: String)
  /// A phrase of the stream protocol cannot be enrolled.
  case phrase(text: String, EnrollmentError)
}

extension EvaluationError: CustomStringConvertible {
  /// What was found in which file, in one line for a person.
  public var description: String {
    switch self {
    case .unreadableFile(let path): "cannot read \(path); check the path and its permissions"
    case .model(let path, let error): "\(path) is no usable model: \(error)"
    case .language(let path, let error): "\(path) is no usable language file: \(error)"
    case .background(let path, .otherModel): "\(path) was made with another model; make one with heed-train background"
    case .background(let path, let error): "\(path) is no usable background file: \(error)"
    case .nothingToEvaluate(let reason): "nothing to evaluate: \(reason)"
    case .phrase(let text, let error): "the phrase \"\(text)\" cannot be enrolled: \(error)"
    }
  }
}

/// A model and a language file in memory, with what reads text by them. Safe to use from several threads.
public final class EvaluatedModel: @unchecked Sendable {
  /// The features that a model must have been trained on: those of this program's front end.
  public static var featureContract: UInt64 { FeatureContract.hash }

  public let model: AcousticModel
  public let enroller: Enroller
  private let pronouncer: Pronouncer
  private let modelBytes: UnsafeRawBufferPointer
  private let languageBytes: UnsafeRawBufferPointer

  public convenience init(modelPath: String, languagePath: String) throws(EvaluationError) {
    try self.init(
      modelBytes: Self.read(modelPath), languageBytes: Self.read(languagePath), modelPath: modelPath,
      languagePath: languagePath)
  }

  /// From bytes in memory; the paths are for messages.
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

  /// All pronunciations of a word of running text, or of a phrase, the likeliest first, at most eight; empty where there is
  /// none.
  public func pronunciations(of word: String) -> [[UInt8]] {
    // In lower case, so that a word of a corpus in capitals is not taken for an initialism.
    guard let words = try? pronouncer.words(of: word.lowercased()), !words.isEmpty,
      let variants = try? Pronouncer.variants(of: words)
    else { return [] }
    return variants.map(\.phonemes)
  }

  static func read(_ path: String) throws(EvaluationError) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadableFile(path: path) }
    return Array(data)
  }

  /// The caller frees the memory.
  static func copy(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 64)
    buffer.copyBytes(from: bytes)
    return UnsafeRawBufferPointer(rebasing: buffer[..<bytes.count])
  }
}

extension AcousticModel.ScoreHead {
  /// `w · f + b`, the logarithm of the odds: orders as the score does, but never saturates.
  func logit(_ features: [Float]) -> Double {
    zip(weights, features).reduce(Double(bias)) { $0 + Double($1.0) * Double($1.1) }
  }
}

/// The probability of a logit.
func probability(ofLogit logit: Double) -> Double { 1 / (1 + exp(-logit)) }
