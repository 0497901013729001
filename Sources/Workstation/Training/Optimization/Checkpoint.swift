import Foundation
import ModelFormat

/// Why a checkpoint could not be read or written.
public enum CheckpointError: Error, CustomStringConvertible {
  case unreadable(path: String)
  case unwritable(path: String, reason: String)
  case damaged(path: String)
  case otherRun(path: String, found: String, wanted: String)
  case notStreaming(found: String)

  public var description: String {
    switch self {
    case .unreadable(let path): "\(path): cannot be read; give the path of a checkpoint that `heed-train train` wrote"
    case .unwritable(let path, let reason):
      "\(path): cannot be written (\(reason)); free space or choose another --checkpoint and run again: training resumes"
    case .damaged(let path): "\(path): is not a whole checkpoint; delete it to start afresh"
    case .notStreaming(let found):
      "the checkpoint's encoder (\(found)) is not the streaming one; only that runs on a device"
    case .otherRun(let path, let found, let wanted):
      "\(path): belongs to another run (\(found), this run is \(wanted)); delete it or choose another --checkpoint"
    }
  }
}

/// The state of a training run between two steps, written whole or not at all.
///
/// Layout, little-endian: `HEEDCKPT`, `u32` length of the JSON header, the header, then four `Float` vectors: values,
/// statistics, first and second moments, then the CRC-32 of all before it (not in checkpoints of earlier versions).
public struct Checkpoint {
  /// What must agree before a run goes on from a checkpoint, and where it stood.
  public struct Header: Codable {
    /// The encoder's name and the recipe, as one text.
    public var run: String
    public var step: Int
    public var optimizerSteps: Int
    public var valueCount: Int
    public var statisticCount: Int
    public var secondsTrained: Double
    /// Word times of the utterances whose alignment is known, by utterance: word start and end in seconds, alternating.
    public var wordTimes: [Int: [Float]]
    /// The pronunciation chosen for each word, by utterance.
    public var variants: [Int: [Int]]
    /// What the network was made of; nil in checkpoints of versions that had no choice.
    public var network: NetworkConfiguration?
    /// Name and count of every tensor in the order of ``Checkpoint/values``; nil as before.
    public var tensors: [Tensor]?
    /// Statistics at the end of ``Checkpoint/statistics`` that are ranges for quantisation; nil as before.
    public var rangeCount: Int?
  }

  /// Where a tensor stands in ``values``.
  public struct Tensor: Codable, Equatable, Sendable {
    public var name: String
    public var count: Int
  }

  public var header: Header
  public var values: [Float]
  public var statistics: [Float]
  public var firstMoment: [Float]
  public var secondMoment: [Float]

  public func write(to path: String) throws(CheckpointError) {
    var data = Data("HEEDCKPT".utf8)
    let failure = { (reason: String) in CheckpointError.unwritable(path: path, reason: reason) }
    let encoder = JSONEncoder()
    // The same state gives the same bytes.
    encoder.outputFormatting = .sortedKeys
    guard let json = try? encoder.encode(header) else { throw failure("header cannot be encoded") }
    withUnsafeBytes(of: UInt32(json.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(json)
    for vector in [values, statistics, firstMoment, secondMoment] {
      vector.withUnsafeBytes { data.append(contentsOf: $0) }
    }
    data.append(Self.checksum(data))
    do {
      try data.replaceFile(at: path)
    } catch { throw failure(error.reason) }
  }

  public init(
    header: Header, values: [Float], statistics: [Float], firstMoment: [Float], secondMoment: [Float]
  ) {
    self.header = header
    self.values = values
    self.statistics = statistics
    self.firstMoment = firstMoment
    self.secondMoment = secondMoment
  }

  public init(path: String) throws(CheckpointError) {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
    guard data.count > 12, data.prefix(8) == Data("HEEDCKPT".utf8) else { throw .damaged(path: path) }
    let length = data.subdata(in: 8..<12).withUnsafeBytes { Int($0.loadUnaligned(as: UInt32.self)) }
    guard data.count >= 12 + length,
      let header = try? JSONDecoder().decode(Header.self, from: data.subdata(in: 12..<12 + length)),
      0...data.count ~= header.valueCount, 0...data.count ~= header.statisticCount
    else { throw .damaged(path: path) }
    let end = 12 + length + 4 * (3 * header.valueCount + header.statisticCount)
    guard data.count == end || data.count == end + 4 && Self.checksum(data.prefix(end)) == data.suffix(4) else {
      throw .damaged(path: path)
    }
    var offset = 12 + length
    func vector(_ count: Int) -> [Float] {
      let bytes = data.subdata(in: offset..<offset + 4 * count)
      offset += 4 * count
      return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        _ = bytes.copyBytes(to: buffer)
        initialized = count
      }
    }
    self.header = header
    values = vector(header.valueCount)
    statistics = vector(header.statisticCount)
    firstMoment = vector(header.valueCount)
    secondMoment = vector(header.valueCount)
    let isUsable =
      header.step >= 0 && header.optimizerSteps >= 0
      && [values, statistics, firstMoment, secondMoment].allSatisfy { $0.allSatisfy(\.isFinite) }
    guard isUsable else { throw .damaged(path: path) }
  }

  /// Its four bytes.
  private static func checksum(_ bytes: Data) -> Data {
    var check = CyclicRedundancyCheck()
    bytes.withUnsafeBytes { check.update($0) }
    return withUnsafeBytes(of: check.checksum.littleEndian) { Data($0) }
  }
}

extension ParameterBank {
  /// Takes over the tensors of a checkpoint that `isWanted` by their names, and the statistics.
  ///
  /// Tensors are found by name; a checkpoint without names must hold exactly this bank's.
  /// - Returns: false, and nothing is changed, where a wanted tensor is missing or has another size.
  func restore(_ checkpoint: Checkpoint, where isWanted: (String) -> Bool) -> Bool {
    // Ranges for quantisation come last, and either run may be without.
    let common = checkpoint.statistics.count - (checkpoint.header.rangeCount ?? 0)
    guard common == statisticCount(before: "quantization.") else { return false }
    var offsets: [String: (offset: Int, count: Int)] = [:]
    if let tensors = checkpoint.header.tensors {
      guard tensors.allSatisfy({ 0...checkpoint.values.count ~= $0.count }),
        tensors.reduce(0, { $0 + $1.count }) == checkpoint.values.count
      else { return false }
      var offset = 0
      for tensor in tensors {
        offsets[tensor.name] = (offset, tensor.count)
        offset += tensor.count
      }
    } else {
      guard checkpoint.values.count == valueCount else { return false }
      for slot in slots { offsets[slot.name] = (slot.offset, slot.count) }
    }
    let wanted = slots.filter { isWanted($0.name) }
    guard wanted.allSatisfy({ offsets[$0.name]?.count == $0.count }) else { return false }
    for slot in wanted {
      let offset = offsets[slot.name]!.offset
      for index in 0..<slot.count { value(slot)[index] = checkpoint.values[offset + index] }
    }
    for index in 0..<min(statisticCount, checkpoint.statistics.count) {
      statistics[index] = checkpoint.statistics[index]
    }
    return true
  }
}

extension SpottingNetwork {
  /// The network of a checkpoint, for evaluation and export, without the parameters of the losses.
  /// - Throws: ``CheckpointError/otherRun(path:found:wanted:)`` where it does not hold a whole network,
  ///   ``CheckpointError/notStreaming(found:)`` where its encoder cannot be exported.
  public convenience init(restoring checkpoint: Checkpoint) throws(CheckpointError) {
    let bank = ParameterBank(seed: 0)
    let configuration = checkpoint.header.network ?? NetworkConfiguration()
    guard configuration.architecture == .streaming else { throw .notStreaming(found: configuration.name) }
    self.init(configuration, bank: bank)
    // A run that trained for quantisation keeps its ranges after the other statistics.
    if checkpoint.header.rangeCount ?? 0 > 0 { encoder.prepareQuantization() }
    bank.seal()
    guard bank.restore(checkpoint, where: { checkpoint.header.tensors == nil || !Self.isTrainingOnly($0) }) else {
      throw .otherRun(path: "checkpoint", found: checkpoint.header.run, wanted: configuration.name)
    }
  }

  /// True for the tensors that only the losses use: another run over other objectives has others.
  public static func isTrainingOnly(_ name: String) -> Bool {
    name.hasPrefix("loss.") || name.hasPrefix("adversary.")
  }
}
