import CFloatLanes
import CoreMemory

/// `logMel[b] = ln(10⁻⁶ + Σₖ filter[b, k]·|X[k]|²)` of one window of samples.
///
/// `X` is the 512-point Fourier transform of `hann[n]·sample[n]/32768`, `n = 0 … 399`, with the periodic Hann window
/// `½ − ½·cos 2πn/400`. Filter `b` is a triangle on the mel scale `2595·log₁₀(1 + f/700)`: zero at the mel of its two
/// neighbours' centres, one at its own centre, evaluated at the mel of each bin's centre `k·31.25 Hz`; the 42 corners
/// divide 20-7,600 Hz evenly in mel. No pre-emphasis, no dither.
///
/// All memory is taken by `init`, from a workspace or an allocation of its own; ``transform(_:into:)`` is real-time safe;
/// one thread at a time. The results are equal in every bit on every target (see ``ElementaryFunctions``).
public struct LogMelTransform: ~Copyable {
  private var spectrum: PowerSpectrum
  /// `[200]` and `[200]`: the window over 32768 at the even and at the odd samples.
  private let evenWindow: UnsafeMutablePointer<Float>
  private let oddWindow: UnsafeMutablePointer<Float>
  /// `[40]`: first bin of a filter, and how many vectors of four bins it spans.
  private let firstBin: UnsafeMutablePointer<Int32>
  private let vectorCount: UnsafeMutablePointer<Int32>
  /// The filters one after the other, each padded with zeros to whole vectors.
  private let filters: UnsafeMutablePointer<Float>

  private var memory = WorkspaceMemory()

  /// Neighbouring filters overlap by half, so two planes of bins and the padding hold them all.
  private static let filterCapacity = 2 * PowerSpectrum.binCount + 3 * FeatureContract.melBandCount

  /// Allocates memory of its own.
  public init() {
    var measuring = Workspace.measuring()
    _ = LogMelTransform(in: &measuring)
    let memory = WorkspaceMemory(byteCount: measuring.usedBytes)
    var workspace = memory.workspace()
    self.init(in: &workspace)
    self.memory = memory
  }

  /// Takes its memory from a workspace and allocates nothing.
  public init(in workspace: inout Workspace) {
    spectrum = PowerSpectrum(in: &workspace)
    evenWindow = workspace.take(FeatureContract.windowSamples / 2, repeating: 0)
    oddWindow = workspace.take(FeatureContract.windowSamples / 2, repeating: 0)
    firstBin = workspace.take(FeatureContract.melBandCount, repeating: 0)
    vectorCount = workspace.take(FeatureContract.melBandCount, repeating: 0)
    filters = workspace.take(Self.filterCapacity, repeating: 0)
    if !workspace.isMeasuring {
      fillWindow()
      fillFilters()
    }
  }

  private func fillWindow() {
    for n in 0..<FeatureContract.windowSamples {
      let (cosine, _) = ElementaryFunctions.unitCircle(n, of: FeatureContract.windowSamples)
      (n % 2 == 0 ? evenWindow : oddWindow)[n / 2] = Float((0.5 - 0.5 * cosine) / 32_768)
    }
  }

  private func fillFilters() {
    let bandCount = FeatureContract.melBandCount
    let lowest = Self.mel(Double(FeatureContract.lowestHertz))
    let step = (Self.mel(Double(FeatureContract.highestHertz)) - lowest) / Double(bandCount + 1)
    var offset = 0
    var first = 1
    for band in 0..<bandCount {
      let left = lowest + Double(band) * step
      // Corners rise from band to band, so a filter's first bin is not before the last one's.
      var bin = first
      var count = 0
      while bin < PowerSpectrum.binCount {
        let hertz = Double(bin * FeatureContract.sampleRate) / Double(FeatureContract.fftSize)
        let position = (Self.mel(hertz) - left) / step
        if position >= 2 { break }
        if position > 0 {
          if count == 0 { first = bin }
          filters[offset + count] = Float(position <= 1 ? position : 2 - position)
          count += 1
        }
        bin += 1
      }
      firstBin[band] = count == 0 ? 0 : Int32(first)
      vectorCount[band] = Int32((count + 3) / 4)
      offset += (count + 3) / 4 * 4
      precondition(
        offset <= Self.filterCapacity && Int(firstBin[band]) + (count + 3) / 4 * 4 <= PowerSpectrum.readableBinCount)
    }
  }

  /// Computes the log-mel energies of one window.
  ///
  /// | operand  | shape   | type    | real value                             |
  /// |----------|---------|---------|----------------------------------------|
  /// | `window` | `[400]` | `Int16` | sample / 32768                         |
  /// | `output` | `[40]`  | `Float` | nepers of energy, −13.9 to about 11    |
  public mutating func transform(_ window: UnsafePointer<Int16>, into output: UnsafeMutablePointer<Float>) {
    let half = FeatureContract.windowSamples / 2
    let even = spectrum.even
    let odd = spectrum.odd
    var n = 0
    while n < half {
      (Float4(lanes_of_even_samples(window + 2 &* n)) * Float4(evenWindow + n)).store(even + n)
      (Float4(lanes_of_odd_samples(window + 2 &* n)) * Float4(oddWindow + n)).store(odd + n)
      n &+= 4
    }
    while n < FeatureContract.fftSize / 2 {
      even[n] = 0
      odd[n] = 0
      n &+= 1
    }
    spectrum.compute()

    var filter = filters
    var band = 0
    while band < FeatureContract.melBandCount {
      var bins = spectrum.power + Int(firstBin[band])
      var sum = Float4(repeating: 0)
      var remaining = vectorCount[band]
      while remaining > 0 {
        sum = sum + Float4(bins) * Float4(filter)
        bins += 4
        filter += 4
        remaining &-= 1
      }
      output[band] = FeatureContract.energyFloor + sum.sum
      band &+= 1
    }
    band = 0
    while band < FeatureContract.melBandCount {
      ElementaryFunctions.naturalLogarithm(Float4(output + band)).store(output + band)
      band &+= 4
    }
  }

  private static func mel(_ hertz: Double) -> Double {
    2_595 / 2.302_585_092_994_045_684_0 * ElementaryFunctions.naturalLogarithm(1 + hertz / 700)
  }
}
