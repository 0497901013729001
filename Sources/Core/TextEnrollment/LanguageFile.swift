import ModelFormat

/// Why a language file cannot be used.
public enum LanguageFileError: Error, Equatable, Sendable {
  /// The file itself is damaged, of another kind, or newer.
  case container(ContainerError)
  /// The lexicon's section contradicts itself.
  case lexicon(Lexicon.FormatError)
  /// The grapheme-to-phoneme section is damaged.
  case graphemeToPhoneme(ModelFileError)
}

/// A language file: the lexicon, and the model that guesses the words which the lexicon does not have.
///
/// The bytes belong to the caller, may be a file mapping, and must outlive everything read from them. Opening checks
/// every checksum, which reads the whole file once. Reading from several threads is safe.
public struct LanguageFile: @unchecked Sendable {
  /// The section of the lexicon.
  public static let lexiconSection: SectionID = "LEXI"
  /// The section of the grapheme-to-phoneme model; a file without it knows no words but its lexicon's.
  public static let graphemeToPhonemeSection: SectionID = "G2PM"
  /// The section of the provenance, UTF-8 text in TOML.
  public static let provenanceSection: SectionID = "PROV"

  public let lexicon: Lexicon
  public let graphemeToPhoneme: GraphemeToPhoneme?
  /// How the file was made; empty where it does not say.
  public let provenance: UnsafeRawBufferPointer

  /// Opens a language file.
  public init(_ bytes: UnsafeRawBufferPointer) throws(LanguageFileError) {
    let container: ContainerReader
    do {
      container = try ContainerReader(bytes, expecting: .language)
    } catch {
      throw .container(error)
    }
    guard let lexiconBytes = container.bytes(of: LanguageFile.lexiconSection) else {
      throw .container(.missingSection(id: LanguageFile.lexiconSection))
    }
    do {
      lexicon = try Lexicon(lexiconBytes)
    } catch {
      throw .lexicon(error)
    }
    if let bytes = container.bytes(of: LanguageFile.graphemeToPhonemeSection) {
      do {
        graphemeToPhoneme = try GraphemeToPhoneme(
          SectionReader(id: LanguageFile.graphemeToPhonemeSection, bytes: bytes))
      } catch {
        throw .graphemeToPhoneme(error)
      }
    } else {
      graphemeToPhoneme = nil
    }
    provenance = container.bytes(of: LanguageFile.provenanceSection) ?? UnsafeRawBufferPointer(start: nil, count: 0)
  }
}
