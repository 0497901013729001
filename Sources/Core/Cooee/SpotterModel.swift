import AudioFrontEnd
import CoreMemory
import KeywordSpotting
import ModelFormat
import TextEnrollment

/// A model with what enrolling needs: the language, and the background speech that thresholds are set with.
///
/// Copies the bytes into memory of its own and checks them. Safe to use from several threads.
public final class SpotterModel: @unchecked Sendable {
  let model: AcousticModel
  let language: LanguageFile?
  let background: BackgroundSpeech?
  private let memory: [AlignedBytes]

  /// Opens a model.
  ///
  /// - Parameters:
  ///   - model: the bytes of `base.cooee` or `tiny.cooee`.
  ///   - language: the bytes of `english.cooee`; not needed to listen for phrases of a phrase file.
  ///   - background: the bytes of the model's background file; without it, thresholds are 0.5 unless they are given.
  /// - Throws: the first ``SpotterError`` found.
  public init(model: [UInt8], language: [UInt8]? = nil, background: [UInt8]? = nil) throws(SpotterError) {
    let modelBytes = AlignedBytes(model)
    var memory = [modelBytes]
    let opened: AcousticModel
    do throws(ModelFileError) {
      opened = try AcousticModel(modelBytes.buffer, expectedFeatureContract: FeatureContract.hash)
    } catch {
      throw .model(error)
    }
    var openedLanguage: LanguageFile?
    if let language {
      let bytes = AlignedBytes(language)
      memory.append(bytes)
      do throws(LanguageFileError) {
        openedLanguage = try LanguageFile(bytes.buffer)
      } catch {
        throw .language(error)
      }
    }
    var openedBackground: BackgroundSpeech?
    if let background {
      let bytes = AlignedBytes(background)
      memory.append(bytes)
      do throws(BackgroundSpeechError) {
        let speech = try BackgroundSpeech(bytes.buffer)
        // Refuses the background of another model.
        _ = try EnrollmentAdvisor(model: opened, background: speech)
        openedBackground = speech
      } catch {
        throw .background(error)
      }
    }
    self.model = opened
    self.language = openedLanguage
    self.background = openedBackground
    self.memory = memory
  }
}

/// Bytes at an address that files may be read at, freed with this value.
final class AlignedBytes {
  let buffer: UnsafeRawBufferPointer

  init(_ bytes: [UInt8]) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: Workspace.alignment)
    memory.copyBytes(from: bytes)
    buffer = UnsafeRawBufferPointer(rebasing: memory[..<bytes.count])
  }

  deinit { buffer.deallocate() }
}
