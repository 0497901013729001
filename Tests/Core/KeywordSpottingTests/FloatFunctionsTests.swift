import Foundation
import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing

@Suite struct FloatFunctionsTests {
  @Test("The exponential is within 2 units in the last place and limited at both ends")
  func exponential() {
    var worst = 0.0
    for step in -87_000...88_000 {
      let x = Float(step) / 1000
      let exact = exp(Double(x))
      worst = max(worst, abs(Double(FloatFunctions.exponential(x)) - exact) / exact)
    }
    #expect(worst < 2.4e-7)
    #expect(FloatFunctions.exponential(-.infinity) == FloatFunctions.exponential(-87))
    #expect(FloatFunctions.exponential(1000) == FloatFunctions.exponential(88))
    #expect(FloatFunctions.exponential(0) == 1)
    #expect(FloatFunctions.exponentialOrZero(-87) == FloatFunctions.exponential(-87))
    for x in [-87.000_01, -.infinity, .nan] as [Float] { #expect(FloatFunctions.exponentialOrZero(x) == 0, "x = \(x)") }
  }

  @Test("The logarithm is within 2 units in the last place")
  func logarithm() {
    for exponent in -60...60 {
      for step in 0..<500 {
        let x = Float(sign: .plus, exponent: exponent, significand: 1 + Float(step) / 500)
        let exact = log(Double(x))
        #expect(abs(Double(FloatFunctions.naturalLogarithm(x)) - exact) <= max(1e-7, abs(exact) * 2.4e-7), "x = \(x)")
      }
    }
    #expect(FloatFunctions.naturalLogarithm(1) == 0)
  }

  @Test("Hyperbolic tangent and logistic function match their definitions and stay within bounds")
  func saturating() {
    for step in -4000...4000 {
      let x = Float(step) / 100
      #expect(abs(Double(FloatFunctions.hyperbolicTangent(SIMD8(repeating: x))[3]) - tanh(Double(x))) < 2e-7)
      #expect(abs(Double(FloatFunctions.logistic(x)) - 1 / (1 + exp(-Double(x)))) < 2e-7)
    }
  }

  @Test("Dot products are correct for every count", arguments: [1, 7, 8, 9, 16, 23, 96])
  func vectors(count: Int) {
    var generator = SplitMix64(seed: UInt64(count))
    let a = generator.floats(count, magnitude: 2)
    let b = generator.floats(count, magnitude: 2)
    let exact = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(Double(FloatFunctions.dot(a, b, count)) - exact) < 1e-4)
    var sum = b + [7]
    FloatFunctions.addScaled(a, by: -0.5, to: &sum, count)
    for index in 0..<count { #expect(sum[index] == b[index] + -0.5 * a[index]) }
    #expect(sum[count] == 7)
  }
}
