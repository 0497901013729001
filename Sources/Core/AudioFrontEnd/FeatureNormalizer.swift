import CFloatLanes
import CoreMemory

/// Subtracts the current level and the color of talker, room and microphone from log-mel energies.
///
/// With the 40 energies `x` of a frame in nepers and their mean `ℓ`, each frame runs these steps in order:
///
/// ```text
/// level     L += 0.4·(ℓ − L)  if ℓ > L,  else  L = max(L − fall, lowest)      rises within a few frames, falls slowly
/// held      H  = max(L, H − 0.0003, lowest + 1)                                  the level of recent speech
/// floor     F += 0.1·(ℓ − F)  if ℓ < F,  else  F = min(F + 0.002, ℓ)             the level when nobody talks
/// feature   z  = x − L − c,  q = nearest(16·max(z, −6)) within ±127
/// color     c += z/400  if ℓ > H − 3 and ℓ > F + 1                               adapts while someone talks
/// ```
///
/// The level follows at once, so the first phoneme after minutes of silence is in the range of the training set. The
/// color keeps its value through any silence: a quiet room is far below `H`, and a steady background, however long it
/// lasts, never exceeds `F + 1`. At the start, `c = initial means − L`, `L = mean of the initial means + 1.5`, and
/// `lowest` is 5 below that. Sounds softer than a distant talker at an insensitive microphone stay soft.
///
/// Real-time safe. Use from one thread at a time.
struct FeatureNormalizer {
  /// `[40]`: the initial color.
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

  /// Resets the stream.
  mutating func reset() {
    color.copy(from: initialColor, count: FeatureContract.melBandCount)
    level = initialLevel
    heldLevel = initialLevel
    floor = initialLevel - FeatureContract.levelRange
  }

  /// Resets the stream to another level and color.
  ///
  /// - Parameters:
  ///   - levelOffset: nepers above the initial level.
  ///   - colorOffsets: `[40]`, nepers above the initial color.
  mutating func reset(levelOffset: Float, colorOffsets: UnsafePointer<Float>) {
    reset()
    level = max(level + levelOffset, initialLevel - FeatureContract.levelRange)
    heldLevel = level
    for band in 0..<FeatureContract.melBandCount { color[band] += colorOffsets[band] }
  }

  /// Processes the energies `[40]` of the next frame and stores its features `[40]`.
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

  /// Updates level, held level and floor. Returns whether someone talks.
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
