import Foundation

/// `logit[t, k] = s · ⟨a[t], p[k]⟩` (plus a bias for the blank). The class vectors are the text side's phoneme proxies.
///
/// Embeddings `a` are unit rows `[T, D]`. Proxies `[40, D]` are stored unconstrained and scaled to unit length at each
/// use. Class 39 is the blank. CTC, phoneme-level metric learning and matching share this space.
public final class PhonemeClassifier {
  /// The bank that owns the parameters.
  public let bank: ParameterBank
  /// `[classCount, D]`, before scaling to unit length.
  public let proxies: ParameterSlot
  /// `ln s`.
  public let logScale: ParameterSlot
  /// The bias of the blank's logit.
  public let blankBias: ParameterSlot
  /// The number of classes, including the blank.
  public let classCount: Int
  /// `D`, columns of embeddings and proxies.
  public let dimension: Int
  /// Unit proxies of the current step, `[40, D]`.
  public let unitProxies = Matrix()
  /// The gradient by the unit proxies, accumulated over all uses until ``finishBackward()``.
  public let unitProxyGradient = Matrix()
  private let unitRows = UnitRows()
  private var embeddings: Matrix?
  private var logits: Matrix?

  /// Registers the parameters in `bank`.
  public init(bank: ParameterBank, classCount: Int, dimension: Int) {
    self.bank = bank
    self.classCount = classCount
    self.dimension = dimension
    proxies = bank.slot(
      "proxies", rows: classCount, columns: dimension, decays: false, .scaledNormal(fanIn: dimension, gain: 1))
    logScale = bank.slot("proxies.logScale", rows: 1, columns: 1, decays: false, .constant(logf(12)))
    blankBias = bank.slot("proxies.blankBias", rows: 1, columns: 1, decays: false, .constant(0))
  }

  /// `s`.
  public var scale: Float { expf(bank.value(logScale)[0]) }

  /// Scales the proxies to unit length and clears their gradient. Call it once per step before any use.
  public func prepare() {
    unitProxies.reshape(rows: classCount, columns: dimension)
    unitProxies.pointer.update(from: bank.value(proxies), count: classCount * dimension)
    unitRows.forward(unitProxies)
    unitProxyGradient.reshape(rows: classCount, columns: dimension)
    unitProxyGradient.setZero()
  }

  /// Writes the logits `[T, classCount]`. Keeps references to both matrices until ``backward(_:into:)``.
  public func forward(_ embeddings: Matrix, into logits: Matrix) {
    self.embeddings = embeddings
    self.logits = logits
    logits.reshape(rows: embeddings.rows, columns: classCount)
    MatrixProduct.multiplyTransposed(
      embeddings.pointer, unitProxies.pointer, into: logits.pointer, m: embeddings.rows, n: classCount, k: dimension)
    let scale = scale
    for index in 0..<logits.count { logits.pointer[index] *= scale }
    let bias = bank.value(blankBias)[0]
    for row in 0..<logits.rows { logits[row, classCount - 1] += bias }
  }

  /// Adds to the gradients of the parameters and writes that of the embeddings. `gradient` is overwritten.
  public func backward(_ gradient: Matrix, into embeddingGradient: Matrix) {
    guard let embeddings, let logits else { preconditionFailure("backward before forward") }
    let bias = bank.value(blankBias)[0]
    var byBias: Float = 0
    var byLogScale: Float = 0
    for row in 0..<gradient.rows {
      let blankGradient = gradient[row, classCount - 1]
      byBias += blankGradient
      byLogScale += VectorLoops.dot(gradient.row(row), logits.row(row), classCount) - blankGradient * bias
    }
    bank.gradient(blankBias)[0] += byBias
    bank.gradient(logScale)[0] += byLogScale
    let scale = scale
    for index in 0..<gradient.count { gradient.pointer[index] *= scale }
    embeddingGradient.reshape(rows: embeddings.rows, columns: dimension)
    MatrixProduct.multiply(
      gradient.pointer, unitProxies.pointer, into: embeddingGradient.pointer, m: gradient.rows, n: dimension,
      k: classCount)
    MatrixProduct.accumulateTransposed(
      gradient.pointer, embeddings.pointer, into: unitProxyGradient.pointer, m: classCount, n: dimension,
      k: gradient.rows)
  }

  /// Propagates ``unitProxyGradient`` to the proxies. Call it once per step after the backward pass of every use.
  public func finishBackward() {
    unitRows.backward(unitProxyGradient, output: unitProxies)
    VectorLoops.accumulate(1, unitProxyGradient.pointer, into: bank.gradient(proxies), classCount * dimension)
  }
}
