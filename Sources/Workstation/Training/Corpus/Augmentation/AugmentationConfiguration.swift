/// How often and how strongly ``AudioAugmenter`` changes a recording. Shares are probabilities in 0…1, ranges are drawn
/// from uniformly unless said otherwise; in a recipe they are written `[least, most]`.
public struct AugmentationConfiguration: Sendable, Equatable, Codable {
  /// Share of the recordings that are played faster or slower; pitch changes along.
  public var speedShare: Float = 0.6
  /// Samples of the recording per sample of the result: above 1 is faster.
  public var speedFactors: ClosedRange<Float> = 0.88...1.12

  /// Share of the recordings that get time before them, and of those that get time after them.
  public var paddingShare: Float = 0.5
  /// Length of that time.
  public var longestPaddingSeconds: Float = 0.5

  /// Share of the recordings that are heard through a loaded impulse response, where there are any.
  public var responseShare: Float = 0.5
  /// Share of the others that are heard in a simulated room.
  public var roomShare: Float = 0.35
  /// Time after which a sound in the simulated room has fallen by 60 dB, at middle frequencies.
  public var reverberationSeconds: ClosedRange<Float> = 0.12...0.9
  /// Energy of the simulated room's reflections over that of the direct sound and what comes within 2.5 ms after it.
  public var reverberantToDirectDecibels: ClosedRange<Float> = -15...12

  /// Share of the recordings that get noise.
  public var noiseShare: Float = 0.6
  /// Mean power of the recording over that of the noise.
  public var signalToNoiseDecibels: ClosedRange<Float> = 0...25
  /// Of the noises: share that is many talkers at once, and share that is a steady hiss or rumble. The rest is recorded.
  public var babbleShare: Float = 0.3
  public var steadyNoiseShare: Float = 0.15
  /// Share of the recorded noises that are made into others: one to three of them at other speeds and colors, some backwards.
  public var noiseVarietyShare: Float = 0
  /// Talkers in babble.
  public var babbleTalkers: ClosedRange<Int> = 3...6

  /// Where no other noise is added: share that gets the self-noise of a microphone; the rest has digital silence as it came.
  public var selfNoiseShare: Float = 0.6
  /// Root mean square of the self-noise, relative to full scale; uniform in decibels.
  public var selfNoiseDecibels: ClosedRange<Float> = -85 ... -55

  /// Share of the recordings that lose their high frequencies, and where.
  public var lowPassShare: Float = 0.2
  public var lowPassHertz: ClosedRange<Float> = 3_400...7_000
  /// Share of the recordings that lose their low frequencies, and where.
  public var highPassShare: Float = 0.25
  public var highPassHertz: ClosedRange<Float> = 80...300
  /// Share of the recordings that went through a telephone line: 3.4 kHz wide, 8-bit µ-law at 8 kHz.
  public var telephoneShare: Float = 0.04
  /// Share of the others that went through an 8-bit µ-law codec at 16 kHz.
  public var codecShare: Float = 0.08

  /// Gain over the recording's own level; what passes full scale is clipped.
  public var gainDecibels: ClosedRange<Float> = -15...10
  /// Share of the recordings that an overdriven microphone clipped, and how far their peak lay above where it clips.
  public var overdriveShare: Float = 0.04
  public var overdriveDecibels: ClosedRange<Float> = 3...24

  /// Share of the recordings whose features are those of a longer or shorter vocal tract, and the factor of its formants.
  public var vocalTractShare: Float = 0
  public var vocalTractFactors: ClosedRange<Float> = 0.87...1.17

  /// Share of the streams that begin with time in which nobody talks, and of these the share that is digital silence.
  public var floorShare: Float = 0
  public var silentFloorShare: Float = 0.2
  /// Length of that time; uniform in its logarithm.
  public var floorSeconds: ClosedRange<Float> = 0.3...30
  /// Root mean square of what goes on in it and under the speech, relative to full scale; uniform in decibels.
  public var floorDecibels: ClosedRange<Float> = -85 ... -42

  /// Share of the streams that follow another stream: the front end's level and color start elsewhere, by draws of this standard
  /// deviation (the level by twice that).
  public var heardBeforeShare: Float = 0
  public var heardBeforeNepers: Float = 1

  public init() {}

  /// Why recordings cannot be changed so; nil where they can.
  public var fault: String? {
    let shares = [
      speedShare, paddingShare, responseShare, roomShare, noiseShare, babbleShare, steadyNoiseShare, noiseVarietyShare,
      selfNoiseShare,
      lowPassShare, highPassShare, telephoneShare, codecShare, overdriveShare, vocalTractShare, floorShare,
      silentFloorShare, heardBeforeShare,
    ]
    if shares.contains(where: { !(0...1).contains($0) }) { return "every share is from 0 to 1" }
    func lies(_ range: ClosedRange<Float>, within bounds: ClosedRange<Float>) -> Bool {
      bounds.contains(range.lowerBound) && bounds.contains(range.upperBound)
    }
    if !lies(speedFactors, within: 0.25...4) { return "speedFactors lie between 0.25 and 4" }
    if !lies(vocalTractFactors, within: 0.5...2) { return "vocalTractFactors lie between 0.5 and 2" }
    if !lies(reverberationSeconds, within: 0.05...5) { return "reverberationSeconds lie between 0.05 and 5" }
    if !lies(lowPassHertz, within: 500...8_000) { return "lowPassHertz lie between 500 and 8000" }
    if !lies(highPassHertz, within: 10...4_000) { return "highPassHertz lie between 10 and 4000" }
    if !(0...60).contains(longestPaddingSeconds) { return "longestPaddingSeconds is from 0 to 60" }
    if !lies(floorSeconds, within: 0.01...600) { return "floorSeconds lie between 0.01 and 600" }
    if babbleTalkers.lowerBound < 1 { return "babbleTalkers are at least 1" }
    if heardBeforeNepers < 0 { return "heardBeforeNepers is not negative" }
    return nil
  }

  /// Nothing is changed: a start for configurations that want one effect.
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
