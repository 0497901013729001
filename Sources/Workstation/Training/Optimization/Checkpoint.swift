import Foundation
import ModelFormat

/// Why a checkpoint could not be read or written.
public enum CheckpointError: Error, CustomStringConvertible {
  /// The file cannot be read.
  case unreadable(path: String)
  /// The file cannot be written.
  case unwritable(path: String, reason: String)
  /// The file is truncated or corrupt.
  case damaged(path: String)
  /// The checkpoint belongs to a run with another network, corpus or recipe.
  case otherRun(path: String, found: String, wanted: String)
  /// The checkpoint's encoder is not the streaming one.
  case notStreaming(found: String)

  /// The error and its remedy in one line.
  public var description: String {
    switch self {
    case .unreadable(let path): "\(path): cannot read the file; pass a checkpoint written by `cooee-train train`"
    case .unwritable(let path, let reason):
      "\(path): cannot write the file (\(reason)); free disk space or change --checkpoint, then run again to resume"
    case .damaged(let path): "\(path): damaged checkpoint; delete it to start over"
    case .notStreaming(let found):
      "the checkpoint's encoder (\(found)) is not the streaming one, which devices require"
    case .otherRun(let path, let found, let wanted):
      "\(path): belongs to another run (\(found), this run is \(wanted)); delete it or change --checkpoint"
    }
  }
}

/// The state of a training run between two steps. Files are written atomically.
///
/// Layout, little-endian: `COOECKPT`, `u32` length of the JSON header, the header, four `Float` vectors (values,
/// statistics, first and second moments), and the CRC-32 of everything before it. Checkpoints of earlier versions have
/// no CRC.
public struct Checkpoint {
  /// The position of the run, and the properties that a resumed run must match.
  public struct Header: Codable {
    /// The encoder's name and the recipe in one string.
    public var run: String
    /// Steps of the run so far.
    public var step: Int
    /// Steps of the optimizer so far. They restart with ``Trainer/start(from:path:where:)``.
    public var optimizerSteps: Int
    /// The length of ``Checkpoint/values``.
    public var valueCount: Int
    /// The length of ``Checkpoint/statistics``.
    public var statisticCount: Int
    /// Seconds of audio processed so far.
    public var secondsTrained: Double
    /// Word times of the aligned utterances, by index: start and end of each word in seconds, alternating.
    public var wordTimes: [Int: [Float]]
    /// The pronunciation chosen for each word, by index of the utterance.
    public var variants: [Int: [Int]]
    /// The shapes of the network; nil in checkpoints of versions without a choice.
    public var network: NetworkConfiguration?
    /// Name and size of every tensor in the order of ``Checkpoint/values``; nil in checkpoints of earlier versions.
    public var tensors: [Tensor]?
    /// The number of quantization ranges at the end of ``Checkpoint/statistics``; nil in checkpoints of earlier
    /// versions.
    public var rangeCount: Int?
  }

  /// Name and size of a tensor in ``values``.
  public struct Tensor: Codable, Equatable, Sendable {
    /// The name of the tensor.
    public var name: String
    /// The number of its values.
    public var count: Int
  }

  /// The position and identity of the run.
  public var header: Header
  /// Trained values in the layout of the ``ParameterBank``.
  public var values: [Float]
  /// Running statistics in the layout of the ``ParameterBank``.
  public var statistics: [Float]
  /// First moments of the optimizer.
  public var firstMoment: [Float]
  /// Second moments of the optimizer.
  public var secondMoment: [Float]

  /// Writes the checkpoint atomically.
  ///
  /// - Throws: ``CheckpointError/unwritable(path:reason:)``.
  public func write(to path: String) throws(CheckpointError) {
    var data = Data("COOECKPT".utf8)
    let failure = { (reason: String) in CheckpointError.unwritable(path: path, reason: reason) }
    let encoder = JSONEncoder()
    // The same state must give the same bytes.
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

  /// Creates a checkpoint.
  public init(
    header: Header, values: [Float], statistics: [Float], firstMoment: [Float], secondMoment: [Float]
  ) {
    self.header = header
    self.values = values
    self.statistics = statistics
    self.firstMoment = firstMoment
    self.secondMoment = secondMoment
  }

  /// Reads a checkpoint.
  ///
  /// - Throws: ``CheckpointError/unreadable(path:)`` or ``CheckpointError/damaged(path:)``.
  public init(path: String) throws(CheckpointError) {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
    guard data.count > 12, data.prefix(8) == Data("COOECKPT".utf8) else { throw .damaged(path: path) }
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

  /// The four bytes of the CRC-32.
  private static func checksum(_ bytes: Data) -> Data {
    var check = CyclicRedundancyCheck()
    bytes.withUnsafeBytes { check.update($0) }
    return withUnsafeBytes(of: check.checksum.littleEndian) { Data($0) }
  }
}

extension ParameterBank {
  /// Restores the statistics and those tensors of a checkpoint whose names satisfy `isWanted`.
  ///
  /// Tensors are matched by name. A checkpoint without names must have the layout of this bank.
  /// - Returns: false, with nothing changed, if a wanted tensor is missing or has another size.
  func restore(_ checkpoint: Checkpoint, where isWanted: (String) -> Bool) -> Bool {
    // Quantization ranges come last, and either run may lack them.
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

  /// Sets the quantization ranges to 0, as before their first measurement. Averages of another run would fall towards 0 until
  /// this one measures, and the first rounding would divide by them.
  func forgetRanges() {
    for index in statisticCount(before: "quantization.")..<statisticCount { statistics[index] = 0 }
  }
}

extension SpottingNetwork {
  /// Creates the network of a checkpoint for evaluation and export, without the parameters of the losses.
  /// - Throws: ``CheckpointError/otherRun(path:found:wanted:)`` if the checkpoint does not contain a whole network,
  ///   ``CheckpointError/notStreaming(found:)`` if its encoder cannot be exported.
  public convenience init(restoring checkpoint: Checkpoint) throws(CheckpointError) {
    let bank = ParameterBank(seed: 0)
    let configuration = checkpoint.header.network ?? NetworkConfiguration()
    guard configuration.architecture == .streaming else { throw .notStreaming(found: configuration.name) }
    self.init(configuration, bank: bank)
    // A run with quantization stores its ranges after the other statistics.
    if checkpoint.header.rangeCount ?? 0 > 0 { encoder.prepareQuantization() }
    bank.seal()
    guard bank.restore(checkpoint, where: { checkpoint.header.tensors == nil || !Self.isTrainingOnly($0) }) else {
      throw .otherRun(path: "checkpoint", found: checkpoint.header.run, wanted: configuration.name)
    }
  }

  /// Whether only the losses use a tensor. Such tensors differ between runs with different objectives.
  public static func isTrainingOnly(_ name: String) -> Bool {
    name.hasPrefix("loss.") || name.hasPrefix("adversary.")
  }
}
