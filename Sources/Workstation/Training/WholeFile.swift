import CPlatform
import Foundation

/// A file could not be written. The previous file at that path is unchanged.
public struct WholeFileError: LocalizedError {
  /// The path of the file.
  public var path: String
  /// The text of the system error.
  public var reason: String

  /// The error in one line, with a remedy.
  public var errorDescription: String? {
    "\(path): cannot write the file (\(reason)); choose another path or free disk space"
  }
}

extension Data {
  /// Writes a file atomically: to a temporary file in the same folder, which is flushed to disk and then renamed.
  ///
  /// A temporary file left by a killed writer is removed by the next one.
  /// - Throws: ``WholeFileError``.
  public func replaceFile(at path: String) throws(WholeFileError) {
    let result = withUnsafeBytes { platform_replace_file(path, $0.baseAddress, $0.count) }
    if result < 0 { throw WholeFileError(path: path, reason: String(cString: strerror(-result))) }
  }
}

extension String {
  /// Writes a text file atomically, as ``Foundation/Data/replaceFile(at:)`` does.
  /// - Throws: ``WholeFileError``.
  public func replaceFile(at path: String) throws(WholeFileError) { try Data(utf8).replaceFile(at: path) }
}
