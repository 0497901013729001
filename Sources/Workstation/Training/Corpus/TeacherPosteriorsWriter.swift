import Foundation
import KeywordSpotting

/// Writes the frame posteriors of a recognizer as ``TeacherPosteriors`` reads them, utterance by utterance.
///
/// The frames go to `teacher.bin.partial` and the table is kept in memory until ``finish()``. An interrupted run leaves the
/// folder's previous files as they were. One thread at a time.
public final class TeacherPosteriorsWriter {
  /// Frames of the files to one frame of a model.
  private static let repetitions = 4
  private let folder: String
  private let partialPath: String
  private let handle: FileHandle
  private var table = ""
  private var frameCount = 0

  /// Creates the folder if necessary, in one that exists.
  ///
  /// - Throws: ``WholeFileError``.
  public init(folder: String) throws(WholeFileError) {
    self.folder = folder
    partialPath = folder + "/teacher.bin.partial"
    var isFolder: ObjCBool = false
    if !FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) {
      guard mkdir(folder, 0o777) == 0 else {
        throw WholeFileError(path: folder, reason: String(cString: strerror(errno)))
      }
    } else if !isFolder.boolValue {
      throw WholeFileError(path: folder, reason: String(cString: strerror(ENOTDIR)))
    }
    let descriptor = open(partialPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw WholeFileError(path: partialPath, reason: String(cString: strerror(errno)))
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  deinit { unlink(partialPath) }

  /// Appends an utterance.
  ///
  /// - Parameter logPosteriors: `[T, 40]`, natural logarithms, a frame each 40 ms, 39 = blank or silence. Each frame stands for
  ///   four of the file, the third of which lies about the middle of what the network reads for it.
  /// - Throws: ``WholeFileError``.
  public func append(_ utterance: Utterance, logPosteriors: [Float]) throws(WholeFileError) {
    let count = Self.repetitions * logPosteriors.count / Phoneme.classCount
    var rows: [UInt8] = []
    rows.reserveCapacity(count * Phoneme.classCount)
    for row in 0..<count {
      let first = min((row + 2) / Self.repetitions, count / Self.repetitions - 1) * Phoneme.classCount
      for value in logPosteriors[first..<first + Phoneme.classCount] {
        rows.append(UInt8((exp(min(value, 0)) * 255).rounded()))
      }
    }
    do { try handle.write(contentsOf: Data(rows)) } catch {
      throw WholeFileError(path: partialPath, reason: error.localizedDescription)
    }
    table += "\(utterance.corpus)\t\(utterance.id)\t\(frameCount)\t\(count)\n"
    frameCount += count
  }

  /// Writes the table and gives the frames their final name.
  ///
  /// - Throws: ``WholeFileError``.
  public func finish() throws(WholeFileError) {
    let path = folder + "/teacher.bin"
    do {
      try handle.synchronize()
      try handle.close()
    } catch { throw WholeFileError(path: partialPath, reason: error.localizedDescription) }
    // Both files are complete before either is replaced: frames with the table of others would be the wrong ones.
    let tablePath = folder + "/teacher.tsv"
    try table.replaceFile(at: tablePath + ".partial")
    for (partial, path) in [(partialPath, path), (tablePath + ".partial", tablePath)] {
      guard rename(partial, path) == 0 else {
        throw WholeFileError(path: path, reason: String(cString: strerror(errno)))
      }
    }
  }
}
