/// How often and how strongly ``AudioAugmenter`` changes a recording. Shares are probabilities in 0…1. Values are drawn
/// uniformly from ranges unless stated otherwise. In a recipe a range is written `[least, most]`.
public struct AugmentationConfiguration: Sendable, Equatable, Codable {
  /// Share of the recordings that are played faster or slower. Pitch changes with speed.
  public var speedShare: Float = 0.6
  /// Samples of the recording per sample of the result. Above 1 is faster.
  public var speedFactors: ClosedRange<Float> = 0.88...1.12

  /// Share of the recordings that get padding before them, and of those that get padding after them.
  public var paddingShare: Float = 0.5
  /// The longest padding on one side.
  public var longestPaddingSeconds: Float = 0.5

  /// Share of the recordings that are convolved with a loaded impulse response, if there are any.
  public var responseShare: Float = 0.5
  /// Share of the other recordings that are placed in a simulated room.
  public var roomShare: Float = 0.35
  /// T₆₀ of the simulated room at middle frequencies.
  public var reverberationSeconds: ClosedRange<Float> = 0.12...0.9
  /// Energy of the simulated room's reflections over that of the direct sound and the 2.5 ms after it.
  public var reverberantToDirectDecibels: ClosedRange<Float> = -15...12

  /// Share of the recordings to which noise is added.
  public var noiseShare: Float = 0.6
  /// Signal-to-noise ratio: mean power of the recording over that of the noise.
  public var signalToNoiseDecibels: ClosedRange<Float> = 0...25
  /// Share of the noises that are babble.
  public var babbleShare: Float = 0.3
  /// Share of the noises that are a steady hiss or rumble. The noises that are neither are recordings.
  public var steadyNoiseShare: Float = 0.15
  /// Share of the recorded noises that are varied: one to three of them at other speeds and colors, some reversed.
  public var noiseVarietyShare: Float = 0
  /// Number of talkers in babble.
  public var babbleTalkers: ClosedRange<Int> = 3...6

  /// Share of the recordings without other noise that get the self-noise of a microphone. The others keep digital
  /// silence.
  public var selfNoiseShare: Float = 0.6
  /// Root mean square of the self-noise relative to full scale, uniform in decibels.
  public var selfNoiseDecibels: ClosedRange<Float> = -85 ... -55

  /// Share of the recordings that are low-pass filtered.
  public var lowPassShare: Float = 0.2
  /// Cutoff of the low-pass.
  public var lowPassHertz: ClosedRange<Float> = 3_400...7_000
  /// Share of the recordings that are high-pass filtered.
  public var highPassShare: Float = 0.25
  /// Cutoff of the high-pass.
  public var highPassHertz: ClosedRange<Float> = 80...300
  /// Share of the recordings that pass through a telephone line: 3.4 kHz wide, 8-bit µ-law at 8 kHz.
  public var telephoneShare: Float = 0.04
  /// Share of the other recordings that pass through an 8-bit µ-law codec at 16 kHz.
  public var codecShare: Float = 0.08

  /// Gain over the recording's own level. Values above full scale are clipped.
  public var gainDecibels: ClosedRange<Float> = -15...10
  /// Share of the recordings that are clipped by an overdriven microphone.
  public var overdriveShare: Float = 0.04
  /// How far the recording's peak lies above the clipping level.
  public var overdriveDecibels: ClosedRange<Float> = 3...24

  /// Share of the recordings whose features are warped to a longer or shorter vocal tract.
  public var vocalTractShare: Float = 0
  /// Factor of the formants of a warped vocal tract.
  public var vocalTractFactors: ClosedRange<Float> = 0.87...1.17

  /// Share of the streams that begin with a period without speech.
  public var floorShare: Float = 0
  /// Share of those periods that are digital silence.
  public var silentFloorShare: Float = 0.2
  /// Length of the period, uniform in its logarithm.
  public var floorSeconds: ClosedRange<Float> = 0.3...30
  /// Root mean square of the background during the period and under the speech, relative to full scale; uniform in
  /// decibels.
  public var floorDecibels: ClosedRange<Float> = -85 ... -42

  /// Share of the streams that follow another stream. The level and color of their front end start from random offsets.
  public var heardBeforeShare: Float = 0
  /// Standard deviation of the color offsets. That of the level is twice as large.
  public var heardBeforeNepers: Float = 1

  /// Creates the default configuration.
  public init() {}

  /// Why the configuration cannot be used; nil if it can.
  public var fault: String? {
    let shares = [
      speedShare, paddingShare, responseShare, roomShare, noiseShare, babbleShare, steadyNoiseShare, noiseVarietyShare,
      selfNoiseShare,
      lowPassShare, highPassShare, telephoneShare, codecShare, overdriveShare, vocalTractShare, floorShare,
      silentFloorShare, heardBeforeShare,
    ]
    if shares.contains(where: { !(0...1).contains($0) }) { return "every share must be from 0 to 1" }
    func lies(_ range: ClosedRange<Float>, within bounds: ClosedRange<Float>) -> Bool {
      bounds.contains(range.lowerBound) && bounds.contains(range.upperBound)
    }
    if !lies(speedFactors, within: 0.25...4) { return "speedFactors must lie between 0.25 and 4" }
    if !lies(vocalTractFactors, within: 0.5...2) { return "vocalTractFactors must lie between 0.5 and 2" }
    if !lies(reverberationSeconds, within: 0.05...5) { return "reverberationSeconds must lie between 0.05 and 5" }
    if !lies(lowPassHertz, within: 500...8_000) { return "lowPassHertz must lie between 500 and 8000" }
    if !lies(highPassHertz, within: 10...4_000) { return "highPassHertz must lie between 10 and 4000" }
    if !(0...60).contains(longestPaddingSeconds) { return "longestPaddingSeconds must be from 0 to 60" }
    if !lies(floorSeconds, within: 0.01...600) { return "floorSeconds must lie between 0.01 and 600" }
    if babbleTalkers.lowerBound < 1 { return "babbleTalkers must be at least 1" }
    if heardBeforeNepers < 0 { return "heardBeforeNepers must not be negative" }
    return nil
  }

  /// Changes nothing. Start from it to enable a single effect.
  public static var none: AugmentationConfiguration {
    var configuration = AugmentationConfiguration()
    configuration.speedShare = 0
    configuration.paddingShare = 0
    configuration.responseShare = 0
    configuration.roomShare = 0
    configuration.noiseShare = 0
    configuration.selfNoiseShare = 0
    configuration.lowPassShare = 0
    configuration.highPassShare = 0
    configuration.telephoneShare = 0
    configuration.codecShare = 0
    configuration.gainDecibels = 0...0
    configuration.overdriveShare = 0
    configuration.vocalTractShare = 0
    configuration.floorShare = 0
    configuration.heardBeforeShare = 0
    return configuration
  }
}
