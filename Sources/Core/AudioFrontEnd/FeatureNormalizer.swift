import CFloatLanes
import CoreMemory

/// Takes the level of the moment and the color of talker, room and microphone from log-mel energies.
///
/// With `x` the 40 energies of a frame in nepers and `ℓ` their mean, each frame does in this order:
///
/// ```text
/// level     L += 0.4·(ℓ − L)  where ℓ > L,  else  L = max(L − fall, lowest)      rises within some frames, falls slowly
/// held      H  = max(L, H − 0.0003, lowest + 1)                                  how loud speech was lately
/// floor     F += 0.1·(ℓ − F)  where ℓ < F,  else  F = min(F + 0.002, ℓ)          what goes on when nobody talks
/// feature   z  = x − L − c,  q = nearest(16·max(z, −6)) within ±127
/// color     c += z/400  where ℓ > H − 3 and ℓ > F + 1                            learned while somebody talks
/// ```
///
/// The level follows at once, so the first phoneme after minutes of silence lies where training has seen it. The color stays
/// through any silence: a quiet room is far below `H`, and a steady floor, however long it lasts, never rises above `F + 1`.
/// At the start `c = initial means − L`, `L = mean of the initial means + 1.5`, and `lowest` lies 5 below that: what is
/// quieter than a distant talker at an insensitive microphone stays quiet.
///
/// Real-time safe; one thread at a time.
struct FeatureNormalizer {
  /// `[40]`: where the color starts.
  private let initialColor: UnsafeMutablePointer<Float>
  /// `[40]`: c.
  private let color: UnsafeMutablePointer<Float>
  private var initialLevel: Float = 0
  private var level: Float = 0
  private var heldLevel: Float = 0
  private var floor: Float = 0

  init(in workspace: inout Workspace) {
    initialColor = workspace.take(FeatureContract.melBandCount, repeating: 0)
    color = workspace.take(FeatureContract.melBandCount, repeating: 0)
  }

  /// - Parameter means: `[40]`, nepers: average log-mel energies of speech.
  mutating func setInitialMeans(_ means: UnsafeBufferPointer<Float>) {
    precondition(means.count == FeatureContract.melBandCount, "one initial mean per mel band")
    let start = means.baseAddress!
    initialLevel = Self.mean(start) + FeatureContract.levelAboveMean
    var band = 0
    while band < FeatureContract.melBandCount {
      initialColor[band] = start[band] - initialLevel
      band &+= 1
    }
    reset()
  }

  /// Forgets the stream.
  mutating func reset() {
    color.copy(from: initialColor, count: FeatureContract.melBandCount)
    level = initialLevel
    heldLevel = initialLevel
    floor = initialLevel - FeatureContract.levelRange
  }

  /// Forgets the stream, and starts where another one may have left off.
  ///
  /// - Parameters:
  ///   - levelOffset: nepers over the initial level.
  ///   - colorOffsets: `[40]`, nepers over the initial color.
  mutating func reset(levelOffset: Float, colorOffsets: UnsafePointer<Float>) {
    reset()
    level = max(level + levelOffset, initialLevel - FeatureContract.levelRange)
    heldLevel = level
    for band in 0..<FeatureContract.melBandCount { color[band] += colorOffsets[band] }
  }

  /// Takes in the energies `[40]` of the next frame and gives its features `[40]`.
  mutating func process(_ energies: UnsafePointer<Float>, into features: UnsafeMutablePointer<Int8>) {
    let mean = Self.mean(energies)
    let learnsColor = follow(mean)
    let rate = Float4(repeating: learnsColor ? 1 / Float(FeatureContract.colorTimeConstantFrames) : 0)
    let scale = Float4(repeating: Float(FeatureContract.stepsPerNeper))
    let lowest = Float4(repeating: FeatureContract.lowestFeature)
    let currentLevel = Float4(repeating: level)
    var band = 0
    while band < FeatureContract.melBandCount {
      let bandColor = Float4(color + band)
      let centred = Float4(energies + band) - currentLevel - bandColor
      lanes_store_nearest((Float4(lanes_larger(centred.lanes, lowest.lanes)) * scale).lanes, features + band)
      (bandColor + centred * rate).store(color + band)
      band &+= 4
    }
  }

  /// Moves level, held level and floor on; tells whether somebody talks.
  private mutating func follow(_ mean: Float) -> Bool {
    let lowest = initialLevel - FeatureContract.levelRange
    if mean > level {
      level += FeatureContract.levelRise * (mean - level)
    } else {
      level = max(level - FeatureContract.levelFall, lowest)
    }
    heldLevel = max(level, heldLevel - FeatureContract.heldLevelFall, lowest + 1)
    if mean < floor {
      floor += FeatureContract.floorFall * (mean - floor)
    } else {
      floor = min(floor + FeatureContract.floorRise, mean)
    }
    return mean > heldLevel - FeatureContract.speechRange && mean > floor + FeatureContract.speechOverFloor
  }

  /// Mean of `[40]`.
  private static func mean(_ values: UnsafePointer<Float>) -> Float {
    var sum = Float4(repeating: 0)
    var band = 0
    while band < FeatureContract.melBandCount {
      sum = sum + Float4(values + band)
      band &+= 4
    }
    return sum.sum * (1 / Float(FeatureContract.melBandCount))
  }
}
