import CPlatform
import Foundation

/// Why a file could not be written; the one that was there is untouched.
public struct WholeFileError: LocalizedError {
  public var path: String
  public var reason: String

  public var errorDescription: String? {
    "\(path): cannot be written (\(reason)); name a place that can be, or make room"
  }
}

extension Data {
  /// Writes a file whole or not at all: into a temporary file beside it, which is on the disk before it takes the name.
  ///
  /// A temporary file that was left by a writer that was killed is removed by the next one.
  /// - Throws: ``WholeFileError``.
  public func replaceFile(at path: String) throws(WholeFileError) {
    let result = withUnsafeBytes { platform_replace_file(path, $0.baseAddress, $0.count) }
    if result < 0 { throw WholeFileError(path: path, reason: String(cString: strerror(-result))) }
  }
}

extension String {
  /// Writes a text file whole or not at all, as ``Foundation/Data/replaceFile(at:)`` does.
  /// - Throws: ``WholeFileError``.
  public func replaceFile(at path: String) throws(WholeFileError) { try Data(utf8).replaceFile(at: path) }
}
