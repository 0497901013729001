import CBLAS
import Synchronization

#if BFloat16
  import COneDNN
#endif

/// A dense row-major matrix of `Float` whose storage grows on demand and is reused from step to step.
///
/// The activations of a ragged batch form one matrix `[frames of all sequences, channels]`. ``SequenceBounds`` gives
/// the rows of each sequence. One thread at a time.
public final class Matrix: @unchecked Sendable {
  /// The number of rows.
  public private(set) var rows: Int
  /// The number of columns.
  public private(set) var columns: Int
  /// The first value. Valid until the next ``reshape(rows:columns:)`` that grows the storage.
  public private(set) var pointer: UnsafeMutablePointer<Float>
  private var capacity: Int

  /// The number of values.
  public var count: Int { rows * columns }

  /// Allocates `rows · columns` zeros.
  public init(rows: Int = 0, columns: Int = 0) {
    self.rows = rows
    self.columns = columns
    capacity = max(rows * columns, 8)
    pointer = UnsafeMutablePointer<Float>.allocate(capacity: capacity)
    pointer.initialize(repeating: 0, count: capacity)
  }

  /// Creates a matrix from row-major `values`.
  public convenience init(rows: Int, columns: Int, values: [Float]) {
    precondition(values.count == rows * columns, "a matrix needs rows · columns values")
    self.init(rows: rows, columns: columns)
    for index in values.indices { pointer[index] = values[index] }
  }

  deinit { pointer.deallocate() }

  /// Changes the shape. The contents are unspecified afterwards.
  public func reshape(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    if rows * columns > capacity {
      pointer.deallocate()
      capacity = rows * columns + rows * columns / 4
      pointer = UnsafeMutablePointer<Float>.allocate(capacity: capacity)
      pointer.initialize(repeating: 0, count: capacity)
    }
  }

  /// Sets all values to 0.
  public func setZero() { pointer.update(repeating: 0, count: count) }

  /// Takes the shape and values of `other`.
  public func copy(from other: Matrix) {
    reshape(rows: other.rows, columns: other.columns)
    pointer.update(from: other.pointer, count: count)
  }

  /// The first value of a row.
  public func row(_ index: Int) -> UnsafeMutablePointer<Float> { pointer + index * columns }

  /// One value.
  public subscript(row: Int, column: Int) -> Float {
    get { pointer[row * columns + column] }
    set { pointer[row * columns + column] = newValue }
  }

  /// The values in row-major order.
  public var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}

/// The rows of each sequence in a ragged batch: sequence `i` spans rows `starts[i] ..< starts[i + 1]`.
public struct SequenceBounds: Sendable, Equatable {
  /// The first row of each sequence, followed by the number of rows.
  public var starts: [Int]

  /// Creates the bounds of consecutive sequences of the given lengths.
  public init(lengths: [Int]) {
    starts = [0]
    starts.reserveCapacity(lengths.count + 1)
    for length in lengths { starts.append(starts[starts.count - 1] + length) }
  }

  /// The number of sequences.
  public var count: Int { starts.count - 1 }
  /// The number of rows of all sequences.
  public var rowCount: Int { starts[starts.count - 1] }
  /// The number of rows of a sequence.
  public func length(_ index: Int) -> Int { starts[index + 1] - starts[index] }

  /// The bounds after time reduction: every length becomes `⌈length / stride⌉`.
  public func strided(by stride: Int) -> SequenceBounds {
    SequenceBounds(lengths: (0..<count).map { (length($0) + stride - 1) / stride })
  }
}

/// Single-precision matrix products with BLAS, all row-major.
public enum MatrixProduct {
  private static let operations = Atomic<Int>(0)

  /// Floating-point operations of all products so far on all threads. Each term counts as an addition and a
  /// multiplication.
  public static var operationCount: Int { operations.load(ordering: .relaxed) }

  @inline(__always) private static func count(_ m: Int, _ n: Int, _ k: Int) {
    operations.wrappingAdd(2 * m * n * k, ordering: .relaxed)
  }

  /// The arithmetic of the large products in the encoder's layers.
  public enum Precision: String, Codable, Sendable, CaseIterable {
    /// Single precision.
    case float
    /// Operands rounded to 8 bits of mantissa, sums in `Float`. Up to twice as fast on processors with instructions for it.
    case bfloat16
  }

  /// Whether this build and this processor support a precision.
  public static func supports(_ precision: Precision) -> Bool {
    #if BFloat16
      precision == .float || cooee_bfloat16_is_fast() != 0
    #else
      precision == .float
    #endif
  }

  /// Rows per bfloat16 product, which lets shapes repeat from step to step. Remaining rows are multiplied as `Float`.
  private static let blockRows = 128

  /// Computes the whole blocks of a product: blocks of rows, or of terms for a gradient by weights.
  /// - Returns: the number of rows or terms computed; 0 if the whole product must be computed as `Float`.
  @inline(__always)
  private static func multiplyBlocks(
    _ left: UnsafePointer<Float>, transposed transposesLeft: Bool, _ right: UnsafePointer<Float>,
    transposed transposesRight: Bool, into output: UnsafeMutablePointer<Float>, m: Int, n: Int, k: Int, beta: Float,
    _ precision: Precision
  ) -> Int {
    #if BFloat16
      guard precision == .bfloat16, beta == 0 || beta == 1, min(m, n, k) >= 32 else { return 0 }
      let rows = (transposesLeft ? k : m) / blockRows * blockRows
      guard rows > 0 else { return 0 }
      let failed = cooee_bfloat16_multiply(
        left, transposesLeft ? 1 : 0, right, transposesRight ? 1 : 0, output, transposesLeft ? m : rows, n,
        transposesLeft ? rows : k, beta == 1 ? 1 : 0)
      return failed == 0 ? rows : 0
    #else
      return 0
    #endif
  }

  /// `output[m, n] = beta · output + Σₖ left[m, k] · right[n, k]`: the forward pass of a layer with weights
  /// `[out, in]`.
  @inline(__always)
  public static func multiplyTransposed(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, m: Int,
    n: Int, k: Int, beta: Float = 0, precision: Precision = .float
  ) {
    guard m > 0, n > 0 else { return }
    count(m, n, k)
    let done = multiplyBlocks(
      left, transposed: false, right, transposed: true, into: output, m: m, n: n, k: k, beta: beta, precision)
    guard done < m else { return }
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m - done), Int32(n), Int32(k), 1, left + done * k, Int32(k), right,
      Int32(k), beta, output + done * n, Int32(n))
  }

  /// `output[m, n] = beta · output + Σₖ left[m, k] · right[k, n]`: the gradient by the input of a layer.
  @inline(__always)
  public static func multiply(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, m: Int,
    n: Int, k: Int, beta: Float = 0, precision: Precision = .float
  ) {
    guard m > 0, n > 0 else { return }
    count(m, n, k)
    let done = multiplyBlocks(
      left, transposed: false, right, transposed: false, into: output, m: m, n: n, k: k, beta: beta, precision)
    guard done < m else { return }
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(m - done), Int32(n), Int32(k), 1, left + done * k, Int32(k),
      right, Int32(n), beta, output + done * n, Int32(n))
  }

  /// `output[m, n] += Σₖ left[k, m] · right[k, n]`: the gradient by the weights of a layer.
  @inline(__always)
  public static func accumulateTransposed(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, m: Int,
    n: Int, k: Int, precision: Precision = .float
  ) {
    guard m > 0, n > 0, k > 0 else { return }
    count(m, n, k)
    let done = multiplyBlocks(
      left, transposed: true, right, transposed: false, into: output, m: m, n: n, k: k, beta: 1, precision)
    guard done < k else { return }
    cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, Int32(m), Int32(n), Int32(k - done), 1, left + done * m, Int32(m),
      right + done * n, Int32(n), 1, output, Int32(n))
  }

  /// Limits BLAS to one thread per caller. One worker per core was faster and steadier than threaded BLAS.
  public static func useOneThreadPerCaller() { openblas_set_num_threads(1) }
}

/// Vector loops over contiguous `Float`s, eight lanes at a time.
public enum VectorLoops {
  /// `Σᵢ a[i] · b[i]`.
  @inline(__always)
  public static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var sum0 = SIMD8<Float>(repeating: 0)
    var sum1 = SIMD8<Float>(repeating: 0)
    let rawA = UnsafeRawPointer(a)
    let rawB = UnsafeRawPointer(b)
    var index = 0
    while index + 16 <= count {
      sum0 +=
        rawA.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<Float>.self)
        * rawB.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<Float>.self)
      sum1 +=
        rawA.loadUnaligned(fromByteOffset: index * 4 + 32, as: SIMD8<Float>.self)
        * rawB.loadUnaligned(fromByteOffset: index * 4 + 32, as: SIMD8<Float>.self)
      index += 16
    }
    var sum = (sum0 + sum1).sum()
    while index < count {
      sum += a[index] * b[index]
      index += 1
    }
    return sum
  }

  /// `y[i] += scale · x[i]`.
  @inline(__always)
  public static func accumulate(
    _ scale: Float, _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    for index in 0..<count { y[index] += scale * x[index] }
  }
}
