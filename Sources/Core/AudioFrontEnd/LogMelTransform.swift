import CFloatLanes
import CoreMemory

/// `logMel[b] = ln(10⁻⁶ + Σₖ filter[b, k]·|X[k]|²)` of one window of samples.
///
/// `X` is the 512-point Fourier transform of `hann[n]·sample[n]/32768`, `n = 0 … 399`, with the periodic Hann window
/// `½ − ½·cos 2πn/400`. Filter `b` is a triangle on the mel scale `2595·log₁₀(1 + f/700)`: zero at the centers of its
/// two neighbors, one at its own center, evaluated at the center `k·31.25 Hz` of each bin. The 42 corners divide
/// 20–7,600 Hz evenly in mel. There is no pre-emphasis and no dither.
///
/// All memory is taken in `init`, from a workspace or its own allocation; ``transform(_:into:)`` is real-time safe. Use
/// from one thread at a time. Every target computes the same bits (see ``ElementaryFunctions``).
public struct LogMelTransform: ~Copyable {
  private var spectrum: PowerSpectrum
  /// `[200]` and `[200]`: the window divided by 32768, at even and at odd samples.
  private let evenWindow: UnsafeMutablePointer<Float>
  private let oddWindow: UnsafeMutablePointer<Float>
  /// `[40]`: the first bin of each filter, and the number of vectors of four bins that it spans.
  private let firstBin: UnsafeMutablePointer<Int32>
  private let vectorCount: UnsafeMutablePointer<Int32>
  /// The filters one after the other, each zero-padded to whole vectors.
  private let filters: UnsafeMutablePointer<Float>

  private var memory = WorkspaceMemory()

  /// Adjacent filters overlap by half, so two planes of bins plus the padding are enough.
  private static let filterCapacity = 2 * PowerSpectrum.binCount + 3 * FeatureContract.melBandCount

  /// Creates a transform that allocates its own memory.
  public init() {
    var measuring = Workspace.measuring()
    _ = LogMelTransform(in: &measuring)
    let memory = WorkspaceMemory(byteCount: measuring.usedBytes)
    var workspace = memory.workspace()
    self.init(in: &workspace)
    self.memory = memory
  }

  /// Creates a transform in `workspace`, without allocating.
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
      // Corners ascend, so the first bin of a filter is not before that of the previous one.
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
