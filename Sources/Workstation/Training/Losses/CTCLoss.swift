import Foundation

/// Connectionist temporal classification over one sequence: `−ln p(labels | logits)` and its gradient.
///
/// The computation uses probabilities with one scale per frame, in double precision. It is exact as long as no relevant
/// path falls below 10⁻³⁰⁰ of the best partial path. If all paths do, the sequence is reported as impossible. State
/// posteriors come from the forward probabilities alone, so a product of two vanishing numbers never becomes a divisor.
/// One instance per worker; buffers are reused.
/// - Reference: Graves et al. 2006, *Connectionist temporal classification*, §4.1.
public final class CTCLoss {
  private var probabilities: [Float] = []
  private var alpha: [Double] = []
  private var posteriors: [Double] = []
  private var emissions: [Double] = []
  private var skips: [Double] = []
  private var states: [Int] = []

  /// Creates an instance for one worker.
  public init() {}

  /// Adds `weight · ∂loss/∂logits` to `gradient`.
  ///
  /// - Parameters:
  ///   - logits: `[frameCount, classCount]`, before the softmax.
  ///   - labels: class indices without blanks.
  ///   - gradient: `[frameCount, classCount]`.
  /// - Returns: the loss in nats, or nil if the labels do not fit into the frames. `gradient` is then unchanged.
  public func accumulate(
    logits: UnsafePointer<Float>, frameCount: Int, classCount: Int, labels: [UInt8], blank: Int, weight: Float,
    gradient: UnsafeMutablePointer<Float>
  ) -> Float? {
    let stateCount = 2 * labels.count + 1
    var shortest = labels.count
    for index in 1..<max(labels.count, 1) where labels[index] == labels[index - 1] { shortest += 1 }
    guard frameCount >= max(shortest, 1) else { return nil }
    prepare(labels, blank, frameCount: frameCount, classCount: classCount, stateCount: stateCount)
    softmax(logits, frameCount: frameCount, classCount: classCount)

    var logLikelihood = 0.0
    let impossible = probabilities.withUnsafeBufferPointer { probabilities -> Bool in
      alpha.withUnsafeMutableBufferPointer { alpha -> Bool in
        emissions.withUnsafeMutableBufferPointer { emissions -> Bool in
          skips.withUnsafeBufferPointer { skips -> Bool in
            let skips = skips.baseAddress!
            for frame in 0..<frameCount {
              let emission = emissions.baseAddress!
              let probability = probabilities.baseAddress! + frame * classCount
              for state in 0..<stateCount { emission[state] = Double(probability[states[state]]) }
              let current = alpha.baseAddress! + frame * stateCount
              if frame == 0 {
                for state in 0..<stateCount { current[state] = 0 }
                current[0] = emission[0]
                if stateCount > 1 { current[1] = emission[1] }
              } else {
                let previous = current - stateCount
                current[0] = previous[0] * emission[0]
                if stateCount > 1 { current[1] = (previous[1] + previous[0]) * emission[1] }
                for state in 2..<max(stateCount, 2) {
                  current[state] =
                    (previous[state] + previous[state - 1] + skips[state] * previous[state - 2]) * emission[state]
                }
              }
              var sum = 0.0
              for state in 0..<stateCount { sum += current[state] }
              guard sum > 1e-300 else { return true }
              logLikelihood += log(sum)
              let scale = 1 / sum
              for state in 0..<stateCount { current[state] *= scale }
            }
            let last = alpha.baseAddress! + (frameCount - 1) * stateCount
            let end = last[stateCount - 1] + (stateCount > 1 ? last[stateCount - 2] : 0)
            guard end > 0 else { return true }
            logLikelihood += log(end)
            return false
          }
        }
      }
    }
    guard !impossible else { return nil }
    backward(
      frameCount: frameCount, classCount: classCount, stateCount: stateCount, weight: weight, gradient: gradient)
    return Float(-logLikelihood)
  }

  private func prepare(_ labels: [UInt8], _ blank: Int, frameCount: Int, classCount: Int, stateCount: Int) {
    states = [Int](repeating: blank, count: stateCount)
    skips = [Double](repeating: 0, count: stateCount)
    for index in labels.indices {
      states[2 * index + 1] = Int(labels[index])
      if index > 0 && labels[index] != labels[index - 1] { skips[2 * index + 1] = 1 }
    }
    let cells = frameCount * stateCount
    if alpha.count < cells {
      alpha = [Double](repeating: 0, count: cells)
    }
    if emissions.count < stateCount {
      emissions = [Double](repeating: 0, count: stateCount)
      posteriors = [Double](repeating: 0, count: 2 * stateCount)
    }
    if probabilities.count < frameCount * classCount {
      probabilities = [Float](repeating: 0, count: frameCount * classCount)
    }
  }

  private func softmax(_ logits: UnsafePointer<Float>, frameCount: Int, classCount: Int) {
    probabilities.withUnsafeMutableBufferPointer { probabilities in
      for frame in 0..<frameCount {
        Softmax.probabilities(
          logits + frame * classCount, into: probabilities.baseAddress! + frame * classCount, classCount)
      }
    }
  }

  /// `∂loss/∂logit[t, k] = y[t, k] − Σ_{s: label(s) = k} γ[t, s]`, with γ the state posterior.
  ///
  /// `γ[t, s] = Σ_{s'} γ[t + 1, s'] · α[t, s] / Σ_{s''} α[t, s'']` over the successors `s'` of `s` and the predecessors
  /// `s''` of each: every state of the next frame distributes its posterior over the states from which it can be
  /// reached.
  private func backward(
    frameCount: Int, classCount: Int, stateCount: Int, weight: Float, gradient: UnsafeMutablePointer<Float>
  ) {
    posteriors.withUnsafeMutableBufferPointer { posteriors in
      var current = posteriors.baseAddress!
      var previous = posteriors.baseAddress! + stateCount
      let last = (frameCount - 1) * stateCount
      let first = max(stateCount - 2, 0)
      let end = alpha[last + stateCount - 1] + (stateCount > 1 ? alpha[last + stateCount - 2] : 0)
      for state in 0..<stateCount { current[state] = state >= first ? alpha[last + state] / end : 0 }
      for frame in stride(from: frameCount - 1, through: 0, by: -1) {
        let target = gradient + frame * classCount
        for label in 0..<classCount { target[label] += weight * probabilities[frame * classCount + label] }
        for state in 0..<stateCount { target[states[state]] -= weight * Float(current[state]) }
        guard frame > 0 else { break }
        let row = (frame - 1) * stateCount
        for state in 0..<stateCount { previous[state] = 0 }
        // Smaller values add nothing to a gradient in single precision.
        for state in 0..<stateCount where current[state] > 1e-20 {
          let stay = alpha[row + state]
          let step = state > 0 ? alpha[row + state - 1] : 0
          let skip = skips[state] > 0 ? alpha[row + state - 2] : 0
          let sum = stay + step + skip
          previous[state] += current[state] * (stay / sum)
          if state > 0 { previous[state - 1] += current[state] * (step / sum) }
          if state > 1 { previous[state - 2] += current[state] * (skip / sum) }
        }
        swap(&current, &previous)
      }
    }
  }
}

/// The softmax and its logarithm over one row of `count` values.
public enum Softmax {
  /// Writes the softmax of a row.
  public static func probabilities(
    _ logits: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var largest = -Float.infinity
    for index in 0..<count { largest = max(largest, logits[index]) }
    var sum: Float = 0
    for index in 0..<count {
      output[index] = expf(logits[index] - largest)
      sum += output[index]
    }
    let scale = 1 / sum
    for index in 0..<count { output[index] *= scale }
  }

  /// Writes the natural logarithm of the softmax of a row.
  public static func logProbabilities(
    _ logits: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var largest = -Float.infinity
    for index in 0..<count { largest = max(largest, logits[index]) }
    var sum: Float = 0
    for index in 0..<count { sum += expf(logits[index] - largest) }
    let offset = largest + logf(sum)
    for index in 0..<count { output[index] = logits[index] - offset }
  }
}

/// Cross-entropy of frames with a known class or with target probabilities.
public enum FrameCrossEntropy {
  /// Adds `weight · ∂/∂logits Σ −ln softmax(logits[t])[target[t]]` over the frames with a target of zero or more.
  /// - Returns: the sum of the losses and the number of frames with a target.
  public static func accumulate(
    logits: UnsafePointer<Float>, targets: [Int16], classCount: Int, weight: Float,
    gradient: UnsafeMutablePointer<Float>
  ) -> (loss: Float, count: Int) {
    var loss: Float = 0
    var count = 0
    var probabilities = [Float](repeating: 0, count: classCount)
    probabilities.withUnsafeMutableBufferPointer { probabilities in
      for (frame, target) in targets.enumerated() where target >= 0 {
        Softmax.probabilities(logits + frame * classCount, into: probabilities.baseAddress!, classCount)
        loss -= logf(max(probabilities[Int(target)], 1e-30))
        count += 1
        let row = gradient + frame * classCount
        for label in 0..<classCount { row[label] += weight * probabilities[label] }
        row[Int(target)] -= weight
      }
    }
    return (loss, count)
  }

  /// Adds `weight · ∂/∂logits Σ_t Σ_k −q[t, k] ln softmax(logits[t])[k]`.
  ///
  /// - Parameter probabilities: `[T, classCount]`, q in any unit; each row is divided by its sum. A row of zeros has no
  ///   target.
  /// - Returns: the sum of the losses.
  public static func accumulate(
    logits: UnsafePointer<Float>, probabilities targets: [UInt8], classCount: Int, weight: Float,
    gradient: UnsafeMutablePointer<Float>
  ) -> Float {
    var loss: Float = 0
    withUnsafeTemporaryAllocation(of: Float.self, capacity: classCount) { buffer in
      let logProbabilities = buffer.baseAddress!
      for first in stride(from: 0, to: targets.count, by: classCount) {
        let row = targets[first..<first + classCount]
        let sum = Float(row.reduce(0) { $0 + Int($1) })
        guard sum > 0 else { continue }
        Softmax.logProbabilities(logits + first, into: logProbabilities, classCount)
        for label in 0..<classCount {
          let target = Float(row[first + label]) / sum
          loss -= target * logProbabilities[label]
          gradient[first + label] += weight * (expf(logProbabilities[label]) - target)
        }
      }
    }
    return loss
  }
}
