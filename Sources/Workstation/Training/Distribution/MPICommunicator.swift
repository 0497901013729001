#if MPI
  import CMPI

  /// The ranks that `mpirun` started, or a single rank without it.
  ///
  /// A sum uses reduce-scatter followed by all-gather: each rank adds up its share of the values and sends the result
  /// to all. Every rank therefore gets the same bits regardless of the library's algorithm, and `2 · (N − 1) / N` of
  /// the bytes cross each rank's link in either direction. An MPI error terminates all ranks.
  public final class MPICommunicator: Communicator {
    /// This process's rank in `MPI_COMM_WORLD`.
    public let rank: Int
    /// The size of `MPI_COMM_WORLD`.
    public let rankCount: Int
    private let counts: UnsafeMutablePointer<Int32>
    private let offsets: UnsafeMutablePointer<Int32>

    /// Initializes MPI. Call it once per process, on the thread that will communicate.
    public init() {
      var rank: Int32 = 0
      var rankCount: Int32 = 0
      cooee_mpi_start(&rank, &rankCount)
      self.rank = Int(rank)
      self.rankCount = Int(rankCount)
      counts = .allocate(capacity: Int(rankCount))
      offsets = .allocate(capacity: Int(rankCount))
    }

    deinit {
      counts.deallocate()
      offsets.deallocate()
    }

    /// Replaces each value by its sum over all ranks.
    public func sum(_ values: UnsafeMutablePointer<Float>, count: Int) {
      guard rankCount > 1 else { return }
      split((0..<rankCount).map { count * ($0 + 1) / rankCount - count * $0 / rankCount })
      let own = Int(counts[rank])
      cooee_mpi_reduce_scatter(values, counts)
      // The library leaves this rank's sums at the front of the buffer.
      if rank > 0 { (values + Int(offsets[rank])).update(from: values, count: own) }
      cooee_mpi_gather_floats(values, counts, offsets)
    }

    /// Returns the bytes of every rank, in rank order.
    public func gather(_ bytes: [UInt8]) -> [[UInt8]] {
      var lengths = [Int32](repeating: 0, count: rankCount)
      cooee_mpi_gather_length(Int32(bytes.count), &lengths)
      split(lengths.map(Int.init))
      let total = lengths.reduce(0) { $0 + Int($1) }
      var all = [UInt8](repeating: 0, count: max(total, 1))
      bytes.withUnsafeBufferPointer { bytes in
        all.withUnsafeMutableBufferPointer { all in
          cooee_mpi_gather_bytes(bytes.baseAddress, Int32(bytes.count), all.baseAddress, counts, offsets)
        }
      }
      return (0..<rankCount).map { Array(all[Int(offsets[$0])..<Int(offsets[$0]) + Int(counts[$0])]) }
    }

    /// Finalizes MPI.
    public func finish() { cooee_mpi_finish() }

    private func split(_ sizes: [Int]) {
      var offset = 0
      for (index, size) in sizes.enumerated() {
        counts[index] = Int32(size)
        offsets[index] = Int32(offset)
        offset += size
      }
    }
  }
#endif
