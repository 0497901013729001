import Foundation

/// The processes (ranks) that train one network together, and their collective operations.
///
/// Every operation is collective: all ranks call the same ones in the same order, each from one thread. A rank that
/// fails must exit with an error; the launcher then terminates the others.
public protocol Communicator: AnyObject {
  /// This process's number in `0 ..< rankCount`. Rank 0 writes logs and checkpoints.
  var rank: Int { get }
  /// The number of processes.
  var rankCount: Int { get }

  /// Replaces each value by its sum over all ranks. The result has the same bits on every rank.
  func sum(_ values: UnsafeMutablePointer<Float>, count: Int)

  /// Exchanges bytes between all ranks.
  ///
  /// - Returns: the bytes of every rank, in rank order. Their lengths may differ.
  func gather(_ bytes: [UInt8]) -> [[UInt8]]

  /// Ends communication. Call it once, after a successful run.
  func finish()
}

extension Communicator {
  /// Whether all ranks pass true.
  func agree(_ yes: Bool) -> Bool {
    guard rankCount > 1 else { return yes }
    var votes: Float = yes ? 1 : 0
    sum(&votes, count: 1)
    return votes == Float(rankCount)
  }
}

/// A communicator for a single process. Sums are the identity.
public final class SingleProcess: Communicator {
  /// Always 0.
  public let rank = 0
  /// Always 1.
  public let rankCount = 1

  /// Creates the communicator of a process that trains alone.
  public init() {}

  /// Does nothing: the sum over one rank is the value itself.
  public func sum(_ values: UnsafeMutablePointer<Float>, count: Int) {}

  /// Returns `bytes` as the only element.
  public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }

  /// Does nothing.
  public func finish() {}
}

/// Creates the communicator of this process.
public enum ProcessGroup {
  /// Joins the ranks that the launcher started, or returns a ``SingleProcess`` if there is no launcher.
  /// - Throws: ``TrainingError/cannotExchange`` if a launcher started several ranks and this build has no MPI.
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
