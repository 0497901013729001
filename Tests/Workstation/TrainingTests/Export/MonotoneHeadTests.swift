import ModelFormat
import SeededRandom
import Testing
import Training

@Suite struct MonotoneHeadTests {
  /// Two useful features, one that misleads, and one whose weight may be negative, as the last one's may.
  private let samples: [MonotoneHead.Sample] = {
    var generator = SplitMix64(seed: 7)
    return (0..<2_000).map { index in
      let isMatch = index % 4 == 0
      func noise() -> Float { generator.nextUniform(in: -1...1) }
      let (sign, features): (Float, [Float]) = (isMatch ? 1 : -1, [noise(), noise(), noise(), noise()])
      return .init(
        features: [
          features[0] + 0.6 * sign, features[1] + 0.3 * sign, features[2] - 0.5 * sign, features[3] - 0.4 * sign,
        ], isMatch: isMatch)
    }
  }()

  @Test("A fitted head separates matches from mismatches, and no evidence but the last feature lowers its score")
  func separates() {
    let head = MonotoneHead.fit(samples)
    let right = samples.count { (MonotoneHead.logit(head, $0.features) > 0) == $0.isMatch }
    #expect(right > samples.count * 8 / 10, "\(right) of \(samples.count)")
    let weights = Array(head.weights)
    #expect(weights[0] > weights[1] && weights[1] > 0 && weights[2] == 0 && weights[3] < 0, "\(weights)")
  }

  @Test("The unit and the zero of a feature do not change the scores")
  func units() {
    let head = MonotoneHead.fit(samples)
    func changed(_ sample: MonotoneHead.Sample) -> MonotoneHead.Sample {
      var sample = sample
      sample.features[0] = 100 * sample.features[0] + 7
      return sample
    }
    let other = MonotoneHead.fit(samples.map(changed))
    for sample in samples.prefix(50) {
      let difference =
        MonotoneHead.logit(head, sample.features) - MonotoneHead.logit(other, changed(sample).features)
      #expect(abs(difference) < 1e-3)
    }
  }
}
