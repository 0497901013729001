/// Why a corpus could not be prepared or a prepared one not be read. Every case names what a person has to look at.
public enum CorpusError: Error, Equatable, Sendable {
  /// The path is no folder that can be read.
  case noSuchFolder(path: String)
  /// None of the known layouts fits the folder.
  case unknownLayout(path: String)
  /// A table has no column of this name; `found` are those it has.
  case missingColumn(path: String, column: String, found: [String])
  /// A line of a table has another number of columns than its header. Lines count from 1.
  case malformedLine(path: String, line: Int, expectedColumns: Int, foundColumns: Int)
  /// A file of the corpus (not a recording) could not be read.
  case cannotRead(path: String, reason: String)
  /// The folders hold no clip of the split that was asked for; `found` are the splits they have.
  case noClips(split: String, found: [String])
  /// Not one of the clips could be decoded.
  case noReadableClips(count: Int)
  /// The prepared file could not be written.
  case cannotWrite(path: String, reason: String)
  /// The file is no prepared corpus, or is damaged.
  case notPrepared(path: String, reason: String)
  /// The file's initial means belong to another front end; the corpus has to be prepared again.
  case featureContractMismatch(path: String, file: UInt64, frontEnd: UInt64)
}

extension CorpusError: CustomStringConvertible {
  /// What went wrong with which file and what to do, in one line for a person.
  public var description: String {
    switch self {
    case .noSuchFolder(let path):
      return "\(path) is not a folder that can be read; give the folder of a corpus"
    case .unknownLayout(let path):
      return "\(path) has none of the known layouts: manifest.tsv, clips/ with train.tsv (Common Voice), or "
        + "speaker/chapter/*.trans.txt (LibriSpeech); give a folder that has, or name the layout with --layout"
    case .missingColumn(let path, let column, let found):
      return "\(path) has no column '\(column)'; its first line names \(found.joined(separator: ", "))"
    case .malformedLine(let path, let line, let expectedColumns, let foundColumns):
      return "\(path), line \(line): \(foundColumns) columns where the first line names \(expectedColumns); "
        + "columns are parted by tabs"
    case .cannotRead(let path, let reason):
      return "cannot read \(path): \(reason)"
    case .noClips(let split, let found):
      return "no clip of split '\(split)'; the folders have: \(found.isEmpty ? "none" : found.joined(separator: ", "))"
    case .noReadableClips(let count):
      return "none of the \(count) clips could be decoded"
    case .cannotWrite(let path, let reason):
      return "cannot write \(path): \(reason)"
    case .notPrepared(let path, let reason):
      return "\(path) is not a usable prepared corpus (\(reason)); make it again with heed-train prepare"
    case .featureContractMismatch(let path, let file, let frontEnd):
      return "\(path) was prepared for features \(String(file, radix: 16)), this program makes "
        + "\(String(frontEnd, radix: 16)); make it again with heed-train prepare"
    }
  }
}
