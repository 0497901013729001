import Foundation

/// The processes that train one network together, and what they can do with each other's numbers.
///
/// Every function is collective: all ranks call the same ones in the same order, each from one thread. A rank that fails
/// must end its process with an error, upon which the launcher ends the others.
public protocol Communicator: AnyObject {
  /// `0 ..< rankCount`; rank 0 writes logs and checkpoints.
  var rank: Int { get }
  var rankCount: Int { get }

  /// Replaces each value by its sum over all ranks: the same bits on every rank.
  func sum(_ values: UnsafeMutablePointer<Float>, count: Int)

  /// - Returns: every rank's bytes, by rank; lengths may differ.
  func gather(_ bytes: [UInt8]) -> [[UInt8]]

  /// Call at the end of a run that went well.
  func finish()
}

extension Communicator {
  /// Whether all ranks say yes.
  func agree(_ yes: Bool) -> Bool {
    guard rankCount > 1 else { return yes }
    var votes: Float = yes ? 1 : 0
    sum(&votes, count: 1)
    return votes == Float(rankCount)
  }
}

/// One process by itself.
public final class SingleProcess: Communicator {
  public let rank = 0
  public let rankCount = 1

  public init() {}

  public func sum(_ values: UnsafeMutablePointer<Float>, count: Int) {}

  public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }

  public func finish() {}
}

/// The ranks among which this process was started.
public enum ProcessGroup {
  /// Joins them; a process that was started alone is by itself.
  /// - Throws: ``TrainingError/cannotExchange`` where a launcher started several and this build cannot exchange.
  public static func join() throws(TrainingError) -> any Communicator {
    #if MPI
      return MPICommunicator()
    #else
      let size = ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_SIZE"].flatMap { Int($0) } ?? 1
      guard size == 1 else { throw .cannotExchange }
      return SingleProcess()
    #endif
  }
}
