import AudioFrontEnd
import Foundation
import Testing

@Suite struct LogMelTransformTests {
  /// Nepers. Single precision leaves up to 6e-6 of the loudest bin in the quiet ones, so the bound applies to loud
  /// bands.
  static let tolerance = 2e-3

  func logMel(_ window: [Int16]) -> [Float] {
    var transform = LogMelTransform()
    var output = [Float](repeating: 0, count: 40)
    transform.transform(window, into: &output)
    return output
  }

  @Test("Log-mel energies match a double-precision Fourier sum", arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
  func agreesWithReference(seed: UInt64) {
    var draw = Draw(seed: seed)
    let amplitude = 1 << (2 * Int(seed) - 1)
    let window = (0..<400).map { _ in Int16(Int(draw.next() % UInt64(amplitude)) - amplitude / 2) }
    for (band, (got, expected)) in zip(logMel(window), ReferenceFrontEnd.logMel(window)).enumerated() {
      #expect(abs(Double(got) - expected) < Self.tolerance, "seed \(seed) band \(band): \(got), reference \(expected)")
    }
  }

  @Test("Single-sample windows match the reference at both ends of the window and of the transform's rows")
  func impulses() {
    for position in [1, 2, 3, 63, 64, 127, 128, 199, 200, 255, 256, 257, 398, 399] {
      var window = [Int16](repeating: 0, count: 400)
      window[position] = 32767
      for (band, (got, expected)) in zip(logMel(window), ReferenceFrontEnd.logMel(window)).enumerated() {
        #expect(abs(Double(got) - expected) < Self.tolerance, "sample \(position) band \(band): \(got), \(expected)")
      }
    }
  }

  @Test("Digital silence gives the logarithm of the energy floor in every band")
  func silence() {
    for energy in logMel([Int16](repeating: 0, count: 400)) { #expect(abs(energy - -13.815511) < 1e-5) }
  }

  @Test("A full-scale square wave is finite and close to the reference", arguments: [2, 5, 16, 40, 400])
  func squareWave(period: Int) {
    let window = (0..<400).map { $0 % period < period / 2 ? Int16.max : Int16.min }
    for (band, (got, expected)) in zip(logMel(window), ReferenceFrontEnd.logMel(window)).enumerated() {
      #expect(got.isFinite && got < 12)
      // Where the wave has no energy, the residue of single precision is 50 dB below its harmonics.
      let floor = ReferenceFrontEnd.logMel(window).max()! - 11.5
      #expect(abs(Double(got) - expected) < Self.tolerance || Double(got) < floor, "band \(band): \(got), \(expected)")
    }
  }

  @Test("A tone is loudest in the band with the nearest center")
  func tones() {
    func mel(_ hertz: Double) -> Double { 2595 * log10(1 + hertz / 700) }
    for band in stride(from: 4, to: 40, by: 5) {
      let centre = mel(20) + (mel(7600) - mel(20)) * Double(band + 1) / 41
      let hertz = 700 * (pow(10, centre / 2595) - 1)
      let window = (0..<400).map { Int16(8000 * sin(2 * Double.pi * hertz * Double($0) / 16000)) }
      let energies = logMel(window)
      #expect(energies.firstIndex(of: energies.max()!) == band)
    }
  }
}
