import Foundation

/// Adam with decoupled weight decay and a limit on the gradient's global norm.
///
/// `m ← β₁ m + (1 − β₁) g`, `v ← β₂ v + (1 − β₂) g²`, `θ ← θ − η (m̂ / (√v̂ + ε) + λ θ)`. The decay `λ` applies to
/// slots with ``ParameterSlot/decays``. ``Muon``, which may update the encoder's matrices, shares the gradient limit.
/// - Reference: Loshchilov and Hutter 2019, arXiv:1711.05101.
public final class AdamW {
  /// `m`, in the layout of the bank's values.
  public var firstMoment: [Float]
  /// `v`, in the layout of the bank's values.
  public var secondMoment: [Float]
  /// Steps taken so far.
  public var stepCount = 0
  /// `β₁`.
  public let beta1: Float = 0.9
  /// `β₂`.
  public let beta2: Float
  /// `λ`.
  public let weightDecay: Float
  /// The limit on the gradient's global norm.
  public let maximumNorm: Float
  private let epsilon: Float = 1e-8
  private let muon: Muon?
  private let isMuons: Set<Int>

  /// Creates an optimizer with moments of 0.
  public convenience init(valueCount: Int, weightDecay: Float = 0.01, beta2: Float = 0.98, maximumNorm: Float = 5) {
    self.init(valueCount: valueCount, weightDecay: weightDecay, beta2: beta2, maximumNorm: maximumNorm, muon: nil)
  }

  /// - Parameter muon: updates its matrices in place of AdamW.
  package init(valueCount: Int, weightDecay: Float, beta2: Float = 0.98, maximumNorm: Float = 5, muon: Muon?) {
    self.muon = muon
    isMuons = Set(muon.map { $0.slots.map(\.offset) } ?? [])
    firstMoment = [Float](repeating: 0, count: valueCount)
    secondMoment = [Float](repeating: 0, count: valueCount)
    self.weightDecay = weightDecay
    self.beta2 = beta2
    self.maximumNorm = maximumNorm
  }

  /// Takes one step with the gradient in `bank`.
  /// - Returns: the norm of the gradient before limiting.
  @discardableResult
  public func step(_ bank: ParameterBank, learningRate: Float) -> Float {
    let count = bank.valueCount
    let norm = VectorLoops.dot(bank.gradients, bank.gradients, count).squareRoot()
    guard norm.isFinite else { return norm }
    stepCount += 1
    let clip = norm > maximumNorm ? maximumNorm / norm : 1
    let correction1 = 1 / (1 - powf(beta1, Float(stepCount)))
    let correction2 = 1 / (1 - powf(beta2, Float(stepCount)))
    let (beta1, beta2, epsilon) = (beta1, beta2, epsilon)
    firstMoment.withUnsafeMutableBufferPointer { first in
      secondMoment.withUnsafeMutableBufferPointer { second in
        let first = first.baseAddress!
        let second = second.baseAddress!
        for slot in bank.slots where !isMuons.contains(slot.offset) {
          let decay = slot.decays ? weightDecay : 0
          let values = bank.value(slot)
          let gradients = bank.gradient(slot)
          let m = first + slot.offset
          let v = second + slot.offset
          for index in 0..<slot.count {
            let gradient = gradients[index] * clip
            m[index] = beta1 * m[index] + (1 - beta1) * gradient
            v[index] = beta2 * v[index] + (1 - beta2) * gradient * gradient
            let update = m[index] * correction1 / ((v[index] * correction2).squareRoot() + epsilon)
            values[index] -= learningRate * (update + decay * values[index])
          }
        }
        muon?.step(bank, moments: first, clip: clip, learningRate: learningRate, weightDecay: weightDecay)
      }
    }
    return norm
  }
}

/// A learning rate with linear warm-up from zero, then half a cosine down to `finalShare` of the peak.
public struct CosineSchedule: Sendable {
  /// The highest rate.
  public var peak: Float
  /// Steps until the peak.
  public var warmUpSteps: Int
  /// Steps of the whole run.
  public var totalSteps: Int
  /// The last rate as a share of the peak.
  public var finalShare: Float = 0.02

  /// Creates a schedule that ends at 2 % of the peak.
  public init(peak: Float, warmUpSteps: Int, totalSteps: Int) {
    self.peak = peak
    self.warmUpSteps = warmUpSteps
    self.totalSteps = totalSteps
  }

  /// The learning rate of a step, counted from 0.
  public func rate(at step: Int) -> Float {
    if step < warmUpSteps { return peak * Float(step + 1) / Float(warmUpSteps) }
    let progress = min(Float(step - warmUpSteps) / Float(max(totalSteps - warmUpSteps, 1)), 1)
    return peak * (finalShare + (1 - finalShare) * 0.5 * (1 + cosf(.pi * progress)))
  }
}
