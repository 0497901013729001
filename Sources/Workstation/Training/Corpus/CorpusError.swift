/// Why a corpus could not be prepared or a prepared corpus could not be read. Every case names the file or value to
/// fix.
public enum CorpusError: Error, Equatable, Sendable {
  /// The path is not a readable folder.
  case noSuchFolder(path: String)
  /// No known layout matches the folder.
  case unknownLayout(path: String)
  /// A table has no column of this name. `found` lists its columns.
  case missingColumn(path: String, column: String, found: [String])
  /// A line of a table has a different number of columns from its header. Lines count from 1.
  case malformedLine(path: String, line: Int, expectedColumns: Int, foundColumns: Int)
  /// A file of the corpus (not a recording) could not be read.
  case cannotRead(path: String, reason: String)
  /// The folders have no clip of the requested split. `found` lists their splits.
  case noClips(split: String, found: [String])
  /// No clip could be decoded.
  case noReadableClips(count: Int)
  /// The prepared file could not be written.
  case cannotWrite(path: String, reason: String)
  /// The file is not a prepared corpus, or is damaged.
  case notPrepared(path: String, reason: String)
  /// The file's initial means belong to another front end. The corpus must be prepared again.
  case featureContractMismatch(path: String, file: UInt64, frontEnd: UInt64)
}

extension CorpusError: CustomStringConvertible {
  /// The error and its remedy in one line.
  public var description: String {
    switch self {
    case .noSuchFolder(let path):
      return "\(path) is not a readable folder; pass the folder of a corpus"
    case .unknownLayout(let path):
      return "\(path) matches no known layout: manifest.tsv, clips/ with train.tsv (Common Voice), or "
        + "speaker/chapter/*.trans.txt (LibriSpeech); pass a folder with one of them, or set --layout"
    case .missingColumn(let path, let column, let found):
      return "\(path) has no column '\(column)'; its first line names \(found.joined(separator: ", "))"
    case .malformedLine(let path, let line, let expectedColumns, let foundColumns):
      return "\(path), line \(line): \(foundColumns) columns, but the first line names \(expectedColumns); "
        + "columns are separated by tabs"
    case .cannotRead(let path, let reason):
      return "cannot read \(path): \(reason)"
    case .noClips(let split, let found):
      return "no clip of split '\(split)'; splits found: \(found.isEmpty ? "none" : found.joined(separator: ", "))"
    case .noReadableClips(let count):
      return "none of the \(count) clips could be decoded"
    case .cannotWrite(let path, let reason):
      return "cannot write \(path): \(reason)"
    case .notPrepared(let path, let reason):
      return "\(path) is not a usable prepared corpus (\(reason)); run cooee-train prepare again"
    case .featureContractMismatch(let path, let file, let frontEnd):
      return "\(path) was prepared for features \(String(file, radix: 16)), this program computes "
        + "\(String(frontEnd, radix: 16)); run cooee-train prepare again"
    }
  }
}
