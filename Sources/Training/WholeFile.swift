import CPlatform
import Foundation

/// Why a file could not be written; the one that was there is untouched.
public struct WholeFileError: LocalizedError {
  public var errorDescription: String?
}

extension Data {
  /// Writes a file whole or not at all: into a temporary file beside it, which is on the disk before it takes the name.
  ///
  /// A temporary file that was left by a writer that was killed is removed by the next one.
  /// - Throws: ``WholeFileError``.
  public func replaceFile(at path: String) throws(WholeFileError) {
    let result = withUnsafeBytes { platform_replace_file(path, $0.baseAddress, $0.count) }
    if result < 0 { throw WholeFileError(errorDescription: String(cString: strerror(-result))) }
  }
}
