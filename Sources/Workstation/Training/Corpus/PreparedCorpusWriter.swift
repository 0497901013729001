import AudioFrontEnd
import Foundation
import ModelFormat

/// Writes a prepared corpus utterance by utterance.
///
/// Everything goes to `path.partial`, which ``finish(initialMeans:)`` renames to `path`. An interrupted run keeps the
/// previous file. One thread at a time. A lock on the file excludes other programs.
public final class PreparedCorpusWriter {
  /// The path of the finished file.
  public let path: String
  private let partialPath: String
  private var descriptor: Int32
  private var header = PreparedCorpusHeader()
  private var index: [UInt8] = []
  /// The groups of the utterances so far.
  private var groups: [String] = []
  private var isFinished = false

  /// Samples written so far.
  public var sampleCount: Int { header.sampleCount }

  /// Opens `path.partial` and locks it.
  ///
  /// - Throws: `cannotWrite`.
  public init(path: String) throws(CorpusError) {
    // A symbolic link is kept, and its target is replaced.
    let resolved = realpath(path, nil)
    defer { free(resolved) }
    self.path = resolved.map { String(cString: $0) } ?? path
    partialPath = self.path + ".partial"
    descriptor = try Self.openAlone(partialPath)
    let placeholder = header.encoded()
    try write(placeholder.span.bytes)
  }

  deinit {
    // Closed last, to keep the lock.
    if !isFinished { unlink(partialPath) }
    if descriptor >= 0 { close(descriptor) }
  }

  /// Opens an empty file that no other program is writing.
  private static func openAlone(_ path: String) throws(CorpusError) -> Int32 {
    while true {
      let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: String(cString: strerror(errno))) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        close(descriptor)
        throw .cannotWrite(path: path, reason: "another program is writing it")
      }
      var (opened, named) = (stat(), stat())
      // Between open and lock, the previous writer may have renamed the file to its final name.
      guard fstat(descriptor, &opened) == 0, stat(path, &named) == 0, opened.st_ino == named.st_ino,
        opened.st_dev == named.st_dev
      else {
        close(descriptor)
        continue
      }
      if ftruncate(descriptor, 0) == 0 { return descriptor }
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw .cannotWrite(path: path, reason: reason)
    }
  }

  /// Appends an utterance. The stored `range` is the position of its samples in the file.
  ///
  /// - Throws: `cannotWrite`.
  public func append(_ utterance: Utterance, _ samples: [Int16]) throws(CorpusError) {
    var placed = utterance
    placed.range = header.sampleCount..<header.sampleCount + samples.count
    try write(samples.span.bytes)
    PreparedCorpusIndex.append(placed, to: &index)
    groups.append(utterance.group)
    header.sampleCount += samples.count
    header.utteranceCount += 1
  }

  /// Writes index and header and renames the file to its final name.
  ///
  /// - Parameter initialMeans: `[40]`, nepers.
  /// - Throws: `cannotWrite`.
  public func finish(initialMeans: [Float]) throws(CorpusError) {
    precondition(initialMeans.count == FeatureContract.melBandCount, "one initial mean per mel band")
    if groups.contains(where: { !$0.isEmpty }) {
      header.hasGroups = true
      PreparedCorpusIndex.append(groups: groups, to: &index)
    }
    var check = CyclicRedundancyCheck()
    index.withUnsafeBytes { check.update($0) }
    let index = index
    header.indexBytes = index.count
    header.indexChecksum = check.checksum
    header.featureContract = FeatureContract.hash
    header.initialMeans = initialMeans
    try write(index.span.bytes)
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw failure() }
    let encodedHeader = header.encoded()
    try write(encodedHeader.span.bytes)
    guard fsync(descriptor) == 0, rename(partialPath, path) == 0 else { throw failure() }
    isFinished = true
    close(descriptor)
    descriptor = -1
  }

  private func write(_ bytes: borrowing RawSpan) throws(CorpusError) {
    var written = 0
    while written < bytes.byteCount {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      written += count
    }
  }

  private func failure() -> CorpusError {
    .cannotWrite(path: partialPath, reason: String(cString: strerror(errno)))
  }
}
