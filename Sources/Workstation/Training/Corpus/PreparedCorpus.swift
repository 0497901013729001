import AudioFrontEnd
import Foundation
import ModelFormat

/// Recordings decoded to 16 kHz mono, stored one after another in a memory-mapped file with an index.
///
/// File, little-endian:
///
/// | offset | size    | what                                                       |
/// |--------|---------|------------------------------------------------------------|
/// | 0      | 8       | magic `COOECORP`                                           |
/// | 8      | 4       | version 1, or 2 where an utterance has a group             |
/// | 12     | 4       | utterance count                                            |
/// | 16     | 8       | sample count `n`                                           |
/// | 24     | 8       | offset of the index, `4096 + 2n`                           |
/// | 32     | 8       | bytes of the index                                         |
/// | 40     | 8       | feature contract of the means                              |
/// | 48     | 160     | initial means, 40 `Float`                                  |
/// | 208    | 4       | CRC-32 of the index                                        |
/// | 4096   | `2n`    | samples, `Int16`                                           |
/// | …      |         | index: per utterance id, corpus, speaker, split, text (each `u32` length and UTF-8), `u64` first sample, `u64` sample count, `u32` phone count, per phone `u32` start, `u32` end, `u32` class; in version 2 then the group of each utterance (`u32` length and UTF-8) |
///
/// Copies share the mapping, which lives as long as one of them. Safe to use from several threads.
public struct PreparedCorpus: Sendable {
  /// The clips in the order of the file.
  public let utterances: [Utterance]
  /// `[40]`, nepers: average log-mel energies of the speech, the initial means of a ``FeatureExtractor``.
  public let initialMeans: [Float]
  private let mapping: FileMapping
  private let sampleCount: Int

  /// Maps a prepared file and reads its index.
  ///
  /// - Throws: `cannotRead`, `notPrepared` or `featureContractMismatch`.
  public init(path: String) throws(CorpusError) {
    mapping = try FileMapping(path: path)
    let bytes = mapping.bytes
    let header = try PreparedCorpusHeader(bytes, path: path)
    guard header.featureContract == FeatureContract.hash else {
      throw .featureContractMismatch(path: path, file: header.featureContract, frontEnd: FeatureContract.hash)
    }
    initialMeans = header.initialMeans
    sampleCount = header.sampleCount
    let index = UnsafeRawBufferPointer(rebasing: bytes[header.indexOffset..<header.indexOffset + header.indexBytes])
    var check = CyclicRedundancyCheck()
    check.update(index)
    guard check.checksum == header.indexChecksum else {
      throw .notPrepared(path: path, reason: "wrong checksum of the index")
    }
    guard let utterances = PreparedCorpusIndex.decode(index, header) else {
      throw .notPrepared(path: path, reason: "damaged index")
    }
    self.utterances = utterances
  }

  /// All samples of the file. Valid while this value or a copy of it exists.
  public var samples: UnsafeBufferPointer<Int16> {
    let base = mapping.bytes.baseAddress! + PreparedCorpusHeader.byteCount
    return UnsafeBufferPointer(start: base.assumingMemoryBound(to: Int16.self), count: sampleCount)
  }

  /// The samples of one utterance, 16 kHz, sample / 32768. Valid while this value or a copy of it exists.
  ///
  /// - Precondition: The utterance is one of ``utterances``.
  public func samples(of utterance: Utterance) -> UnsafeBufferPointer<Int16> {
    UnsafeBufferPointer(rebasing: samples[utterance.range])
  }
}

/// A file mapped for reading until its last owner releases it.
final class FileMapping: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer

  /// - Throws: `cannotRead`; `notPrepared` if the file is empty.
  init(path: String) throws(CorpusError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotRead(path: path, reason: String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .cannotRead(path: path, reason: "it is not a file")
    }
    let count = Int(status.st_size)
    guard count > 0 else { throw .notPrepared(path: path, reason: "it is empty") }
    guard let base = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
      throw .cannotRead(path: path, reason: String(cString: strerror(errno)))
    }
    bytes = UnsafeRawBufferPointer(start: base, count: count)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress!), bytes.count) }
}
