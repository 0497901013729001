import SeededRandom

/// The name, position and shape of one trained tensor in a ``ParameterBank``.
public struct ParameterSlot: Sendable, Equatable {
  /// The unique name in the bank.
  public let name: String
  /// Index of the first value in the bank's vectors.
  public let offset: Int
  /// Rows of the tensor.
  public let rows: Int
  /// Columns of the tensor.
  public let columns: Int
  /// Whether weight decay applies: true for matrices, false for biases, norms and scales.
  public let decays: Bool
  /// The number of values.
  public var count: Int { rows * columns }
}

/// The initial values of a parameter.
public enum Initialization: Sendable {
  /// One value for all elements.
  case constant(Float)
  /// Normal with standard deviation `gain / √fanIn`.
  case scaledNormal(fanIn: Int, gain: Float)
  /// Uniform in `−bound … bound`.
  case uniform(Float)
  /// Explicit values in row-major order.
  case values([Float])
}

/// All trained values of a network in one flat vector, with one gradient vector per worker.
///
/// A flat vector reduces the optimizer, the checkpoint and the all-reduce to one loop each. The initializers of layers
/// register slots by name. A worker's bank created by ``init(sharing:)`` replays the same registrations, shares the
/// values and has separate gradients. Running statistics of batch normalization are a second flat vector, updated
/// between steps. Pointers into a bank are valid as long as the bank. Layers keep theirs.
public final class ParameterBank: @unchecked Sendable {
  private let storage: Storage
  private let ownsLayout: Bool

  /// The storage that workers share.
  private final class Storage {
    var slots: [ParameterSlot] = []
    var indexByName: [String: Int] = [:]
    /// Nil until the bank is sealed.
    var values: UnsafeMutablePointer<Float>? = nil
    var sharedStatistics: UnsafeMutablePointer<Float>? = nil
    var pending: [Float] = []
    var statistics: [Float] = []
    var statisticOffsets: [String: Int] = [:]
    deinit {
      values?.deallocate()
      sharedStatistics?.deallocate()
    }
  }

  /// `[valueCount]`, shared by all workers.
  public private(set) var values: UnsafeMutablePointer<Float>
  /// `[valueCount]`, the gradients of this worker.
  public private(set) var gradients: UnsafeMutablePointer<Float>
  /// `[statisticCount]`, running means and variances, used in evaluation and shared by all workers.
  public private(set) var statistics: UnsafeMutablePointer<Float>
  /// `[statisticCount]`, means and variances of this worker's last batch.
  public private(set) var batchStatistics: UnsafeMutablePointer<Float>
  /// The precision of the encoder's dense layers in training.
  public var precision = MatrixProduct.Precision.float
  private var generator: SplitMix64

  /// Creates an empty bank. `seed` determines the initial values.
  public init(seed: UInt64) {
    storage = Storage()
    ownsLayout = true
    generator = SplitMix64(seed: seed)
    let none = UnsafeMutablePointer<Float>.allocate(capacity: 1)
    values = none
    gradients = none
    statistics = none
    batchStatistics = none
  }

  /// Creates a bank for another worker, with shared values and separate gradients.
  /// - Precondition: `other` is sealed.
  public init(sharing other: ParameterBank) {
    storage = other.storage
    ownsLayout = false
    generator = SplitMix64(seed: 0)
    precision = other.precision
    values = other.values
    statistics = other.statistics
    gradients = .allocate(capacity: max(other.valueCount, 1))
    gradients.initialize(repeating: 0, count: max(other.valueCount, 1))
    batchStatistics = .allocate(capacity: max(other.statisticCount, 1))
    batchStatistics.initialize(repeating: 0, count: max(other.statisticCount, 1))
  }

  deinit {
    gradients.deallocate()
    // Before sealing, all vectors of a bank are the same.
    if batchStatistics != gradients { batchStatistics.deallocate() }
  }

  /// All registered tensors in order.
  public var slots: [ParameterSlot] { storage.slots }
  /// The number of trained values.
  public var valueCount: Int { storage.slots.last.map { $0.offset + $0.count } ?? 0 }
  /// The number of running statistics.
  public var statisticCount: Int { storage.statistics.count }

  /// The number of statistics before the first one whose name begins with `prefix`.
  func statisticCount(before prefix: String) -> Int {
    storage.statisticOffsets.filter { $0.key.hasPrefix(prefix) }.map(\.value).min() ?? statisticCount
  }

  /// Registers a tensor, or finds it if the bank shares the layout of another.
  ///
  /// - Precondition: the name is new and the bank is not sealed, or the shared layout has a slot of this name and
  ///   shape.
  public func slot(_ name: String, rows: Int, columns: Int, decays: Bool, _ initialization: Initialization)
    -> ParameterSlot
  {
    if let index = storage.indexByName[name] {
      let found = storage.slots[index]
      precondition(!ownsLayout || storage.values == nil, "parameter \(name) is registered twice")
      precondition(found.rows == rows && found.columns == columns, "parameter \(name) changed its shape")
      return found
    }
    precondition(storage.values == nil, "the bank is sealed; \(name) is unknown")
    let slot = ParameterSlot(name: name, offset: storage.pending.count, rows: rows, columns: columns, decays: decays)
    storage.indexByName[name] = storage.slots.count
    storage.slots.append(slot)
    switch initialization {
    case .constant(let value): storage.pending.append(contentsOf: repeatElement(value, count: slot.count))
    case .scaledNormal(let fanIn, let gain):
      let deviation = gain / Float(fanIn).squareRoot()
      for _ in 0..<slot.count { storage.pending.append(generator.nextNormal() * deviation) }
    case .uniform(let bound):
      for _ in 0..<slot.count { storage.pending.append(generator.nextUniform() * 2 * bound - bound) }
    case .values(let values):
      precondition(values.count == slot.count, "parameter \(name) needs \(slot.count) values")
      storage.pending.append(contentsOf: values)
    }
    return slot
  }

  /// Registers `count` running statistics that start at `initial`. Returns the offset of the first.
  public func statisticOffset(_ name: String, count: Int, initial: Float) -> Int {
    if let offset = storage.statisticOffsets[name] { return offset }
    precondition(storage.values == nil, "the bank is sealed; \(name) is unknown")
    let offset = storage.statistics.count
    storage.statisticOffsets[name] = offset
    storage.statistics.append(contentsOf: repeatElement(initial, count: count))
    return offset
  }

  /// Ends registration and allocates the vectors.
  public func seal() {
    precondition(storage.values == nil, "the bank is sealed already")
    func allocate(_ initial: [Float]) -> UnsafeMutablePointer<Float> {
      let memory = UnsafeMutablePointer<Float>.allocate(capacity: max(initial.count, 1))
      memory.initialize(repeating: 0, count: max(initial.count, 1))
      for index in initial.indices { memory[index] = initial[index] }
      return memory
    }
    values.deallocate()
    values = allocate(storage.pending)
    storage.values = values
    statistics = allocate(storage.statistics)
    storage.sharedStatistics = statistics
    gradients = allocate([Float](repeating: 0, count: storage.pending.count))
    batchStatistics = allocate(storage.statistics)
    storage.pending = []
  }

  /// Sets the gradients of this worker to 0.
  public func zeroGradients() { gradients.update(repeating: 0, count: valueCount) }

  /// The values of a slot, row by row.
  @inline(__always) public func value(_ slot: ParameterSlot) -> UnsafeMutablePointer<Float> { values + slot.offset }

  /// The gradients of a slot from this worker, row by row.
  @inline(__always) public func gradient(_ slot: ParameterSlot) -> UnsafeMutablePointer<Float> {
    gradients + slot.offset
  }

  /// The slot of that name, if there is one.
  public func find(_ name: String) -> ParameterSlot? { storage.indexByName[name].map { storage.slots[$0] } }
}
