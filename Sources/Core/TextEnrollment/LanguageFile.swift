import ModelFormat

/// The reason why a language file cannot be used.
public enum LanguageFileError: Error, Equatable, Sendable {
  /// The container is damaged, of another kind, or of a newer version.
  case container(ContainerError)
  /// The lexicon is in the format of cooee 0.2.0 and earlier, which this version does not read.
  case earlierFormat
  /// The section of the lexicon is inconsistent.
  case lexicon(Lexicon.FormatError)
  /// The section of the grapheme-to-phoneme model is damaged.
  case graphemeToPhoneme(ModelFileError)
}

/// A language file: the lexicon, and the model that guesses words that are not in it.
///
/// The bytes belong to the caller, can be a file mapping, and must outlive everything read from them. Opening checks
/// every checksum, which reads the whole file once. Safe to read from several threads.
public struct LanguageFile: @unchecked Sendable {
  /// The section of the lexicon.
  public static let lexiconSection: SectionID = "LEX2"
  /// The section of the lexicon in an earlier format.
  private static let earlierLexiconSection: SectionID = "LEXI"
  /// The section of the grapheme-to-phoneme model; optional. Without it, only words of the lexicon are known.
  public static let graphemeToPhonemeSection: SectionID = "G2PM"
  /// The section that ranks the guesses of that model; optional. Without it, they are as likely as the model says.
  package static let guessRankingSection: SectionID = "G2PR"
  /// The section of the provenance, UTF-8 text in TOML; optional.
  public static let provenanceSection: SectionID = "PROV"

  /// The lexicon.
  public let lexicon: Lexicon
  /// The grapheme-to-phoneme model; `nil` if the file has none.
  public let graphemeToPhoneme: GraphemeToPhoneme?
  /// Ranks the guesses of that model; `nil` if the file has no ranking, as in version 0.2.0.
  package let guessRanking: GuessRanking?
  /// How the file was made; empty if the file does not contain it.
  public let provenance: UnsafeRawBufferPointer

  /// Opens and checks a language file.
  ///
  /// - Throws: the first ``LanguageFileError`` found.
  @export(interface)
  public init(_ bytes: UnsafeRawBufferPointer) throws(LanguageFileError) {
    let container: ContainerReader
    do {
      container = try ContainerReader(bytes, expecting: .language)
    } catch {
      throw .container(error)
    }
    guard let lexiconBytes = container.bytes(of: LanguageFile.lexiconSection) else {
      guard container.bytes(of: LanguageFile.earlierLexiconSection) == nil else { throw .earlierFormat }
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
    if let bytes = container.bytes(of: LanguageFile.guessRankingSection) {
      do {
        guessRanking = try GuessRanking(SectionReader(id: LanguageFile.guessRankingSection, bytes: bytes))
      } catch {
        throw .graphemeToPhoneme(error)
      }
    } else {
      guessRanking = nil
    }
    provenance = container.bytes(of: LanguageFile.provenanceSection) ?? UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// The most likely pronunciations of a word that is not in the lexicon, best first.
  ///
  /// - Parameters:
  ///   - word: lower-case letters and apostrophes; other characters are ignored.
  ///   - maximumCount: the maximum number of guesses.
  /// - Returns: an empty array if the word has no letters or the file has no model.
  @export(interface)
  public func guesses(for word: String, maximumCount: Int = 3) -> [GraphemeToPhoneme.Guess] {
    guard let graphemeToPhoneme else { return [] }
    guard let guessRanking else { return graphemeToPhoneme.guesses(for: word, maximumCount: maximumCount) }
    return guessRanking.guesses(for: word, graphemeToPhoneme, lexicon, maximumCount: maximumCount)
  }
}
