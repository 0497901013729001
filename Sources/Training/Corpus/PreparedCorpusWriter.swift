import AudioFrontEnd
import Foundation
import ModelFormat

/// Writes a prepared corpus utterance by utterance.
///
/// Everything goes to `path.partial`, which takes the place of `path` only in ``finish(initialMeans:)``: an
/// interrupted run leaves what was there before. One thread at a time.
public final class PreparedCorpusWriter {
  public let path: String
  private let partialPath: String
  private var descriptor: Int32
  private var header = PreparedCorpusHeader()
  private var index: [UInt8] = []
  /// Of the utterances so far.
  private var groups: [String] = []
  private var isFinished = false

  /// Samples written so far.
  public var sampleCount: Int { header.sampleCount }

  /// - Throws: `cannotWrite`.
  public init(path: String) throws(CorpusError) {
    self.path = path
    partialPath = path + ".partial"
    descriptor = open(partialPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .cannotWrite(path: partialPath, reason: String(cString: strerror(errno))) }
    let placeholder = header.encoded()
    try write(placeholder.span.bytes)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if !isFinished { unlink(partialPath) }
  }

  /// Appends an utterance; its `range` is set to where the samples come to stand.
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

  /// Writes index and header and puts the file in its place.
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
    guard fsync(descriptor) == 0 else { throw failure() }
    close(descriptor)
    descriptor = -1
    guard rename(partialPath, path) == 0 else { throw failure() }
    isFinished = true
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
