import Evaluation
import Foundation
import Testing

@Suite struct PrincipalComponentsTests {
  @Test("The directions and variances of a known point cloud are found") func knownCloud() {
    // Corners of a box with half sides 3, 2 and 1 along three orthogonal directions, centered on (5, −1, 2, 0).
    let along: [[Double]] = [[0.5, 0.5, 0.5, 0.5], [0.5, -0.5, 0.5, -0.5], [0.5, 0.5, -0.5, -0.5]]
    let centre = [5.0, -1, 2, 0]
    var cloud: [[Float]] = []
    for a in [-3.0, 3] {
      for b in [-2.0, 2] {
        for c in [-1.0, 1] {
          cloud.append((0..<4).map { Float(centre[$0] + a * along[0][$0] + b * along[1][$0] + c * along[2][$0]) })
        }
      }
    }
    let components = PrincipalComponents(cloud, count: 4)
    for (found, expected) in zip(components.mean, centre) { #expect(abs(found - expected) < 1e-6) }
    for (found, expected) in zip(components.varianceShares, [9.0 / 14, 4.0 / 14, 1.0 / 14, 0]) {
      #expect(abs(found - expected) < 1e-9)
    }
    for (direction, expected) in zip(components.directions, along) {
      #expect(abs(abs(zip(direction, expected).reduce(0) { $0 + $1.0 * $1.1 }) - 1) < 1e-9)
      #expect(direction.max { abs($0) < abs($1) }! > 0)
    }
    for vector in cloud {
      let place = components.project(vector)
      #expect(abs(abs(place[0]) - 3) < 1e-5 && abs(abs(place[1]) - 2) < 1e-5)
    }
  }

  /// numpy 2.4.6: `c = cov(x.T, bias=True)` of `x[i][k] = ((i * 37 + k * k * 11 + 3) % 29) / 29` as 32-bit floats for
  /// i < 50 and k < 12; `eigvalsh(c)[::-1][:3] / trace(c)`, and `|eigh(c)[1][:, -1]|`.
  @Test("Shares and directions equal numpy's") func recorded() {
    func entry(_ i: Int, _ k: Int) -> Float { Float((i * 37 + k * k * 11 + 3) % 29) / 29 }
    let vectors = (0..<50).map { i in (0..<12).map { entry(i, $0) } }
    let components = PrincipalComponents(vectors, count: 3)
    for (found, expected) in zip(components.varianceShares, Self.shares) { #expect(abs(found - expected) < 1e-9) }
    for (found, expected) in zip(components.directions[0], Self.direction) {
      #expect(abs(abs(found) - expected) < 1e-7)
    }
  }

  @Test("Directions in many dimensions are orthonormal and deterministic") func orthonormal() {
    func entry(_ i: Int, _ k: Int) -> Float { Float(sin(Double((i + 1) * (k + 3)))) }
    let vectors = (0..<200).map { i in (0..<96).map { entry(i, $0) } }
    let components = PrincipalComponents(vectors, count: 5)
    for (i, left) in components.directions.enumerated() {
      for (j, right) in components.directions.enumerated() {
        #expect(abs(zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } - (i == j ? 1 : 0)) < 1e-9)
      }
    }
    #expect(PrincipalComponents(vectors, count: 5).directions == components.directions)
    #expect(components.varianceShares == components.varianceShares.sorted(by: >))
  }

  @Test("Identical vectors project to the origin") func noVariance() {
    let components = PrincipalComponents([[1, 2], [1, 2], [1, 2]])
    #expect(components.varianceShares == [0, 0] && components.project([1, 2]) == [0, 0])
  }

  private static let shares = [0.40078599894950895, 0.2426524136081105, 0.09737597270309234]
  private static let direction = [
    0.356790807008, 0.281615754626, 0.358515155785, 0.334848634685, 0.281616178193, 0.36956761195, 0.155039191947,
    0.293270090316, 0.04952338408, 0.033591088798, 0.353493909819, 0.31347233063,
  ]
}
