import KeywordSpotting

/// The false alarms of a phrase in each part of the background, by level: the data of a ``FalseAlarmForecast``.
///
/// A part is a kind of speech in a condition. Each event counts in the highest level that it reaches.
public struct PhraseTally: Sendable {
  /// The mix of the background.
  public let mix: BackgroundMix
  /// The levels of the counts.
  public let levels: DeclineLevels
  /// `[kind, condition]`: frames in which the phrase is not said.
  private var frameCounts: [Int]
  /// `[kind, condition, level]`
  private var eventCounts: [UInt32]

  /// Creates an empty tally.
  public init(mix: BackgroundMix, levels: DeclineLevels) {
    self.mix = mix
    self.levels = levels
    frameCounts = [Int](repeating: 0, count: mix.kinds.count * mix.conditions.count)
    eventCounts = [UInt32](repeating: 0, count: frameCounts.count * levels.count)
  }

  /// Adds frames without events.
  public mutating func add(frameCount: Int, kind: Int, condition: Int) {
    frameCounts[kind * mix.conditions.count + condition] += frameCount
  }

  /// Adds an event.
  public mutating func add(logit: Float, kind: Int, condition: Int) {
    guard let level = levels.level(of: logit) else { return }
    eventCounts[(kind * mix.conditions.count + condition) * levels.count + level] += 1
  }

  /// Events of at least each level, `[L]`, weighted by the shares of the parts, and the hours that they count as; `nil`
  /// if there is no speech of a part with a share.
  ///
  /// - Parameters:
  ///   - kind: `nil` for all kinds of the mix.
  ///   - condition: `nil` for all conditions of the mix.
  public func weighted(kind: Int? = nil, condition: Int? = nil) -> (counts: [Float], hours: Float)? {
    var total: Float = 0
    var spread: Float = 0
    for part in frameCounts.indices {
      let share = share(part, kind, condition)
      total += share
      if share > 0 { spread += share * share / hours(part) }
    }
    guard total > 0 else { return nil }
    let hours = total * total / spread
    var counts = [Float](repeating: 0, count: levels.count)
    for part in frameCounts.indices {
      let share = share(part, kind, condition)
      guard share > 0 else { continue }
      let weight = share / total / self.hours(part) * hours
      var above: UInt32 = 0
      for level in (0..<levels.count).reversed() {
        above += eventCounts[part * levels.count + level]
        counts[level] += weight * Float(above)
      }
    }
    return (counts, hours)
  }

  /// The forecast for a phrase, given the results of ordinary phrases of its length.
  public func forecast(_ reference: ReferencePhrases?, phonemeCount: Int) -> FalseAlarmForecast {
    let reference = reference?.length(phonemeCount: phonemeCount)
    func rate(_ weighted: (counts: [Float], hours: Float)?, _ decline: TypicalDecline?) -> FalseAlarmRate? {
      guard let weighted else { return nil }
      return FalseAlarmRate(
        counts: weighted.counts, hours: weighted.hours, levels: levels, decline: decline ?? .standard(levels))
    }
    var frameCount = 0
    for frames in frameCounts { frameCount += frames }
    // If the phrase is said all the time, no other speech remains, and almost nothing is known about it.
    let nothing = (counts: [Float](repeating: 0, count: levels.count), hours: Float(0.001))
    var kinds: [FalseAlarmRate?] = []
    for kind in mix.kinds.indices { kinds.append(rate(weighted(kind: kind), reference?.kinds[kind])) }
    var conditions: [FalseAlarmRate?] = []
    for condition in mix.conditions.indices {
      conditions.append(rate(weighted(condition: condition), reference?.conditions[condition]))
    }
    return FalseAlarmForecast(
      mixed: rate(weighted() ?? nothing, reference?.mixed)!, kinds: kinds, conditions: conditions, mix: mix,
      hours: Float(frameCount) / Float(FrameTiming.framesPerSecond * 3_600))
  }

  private func hours(_ part: Int) -> Float {
    Float(frameCounts[part]) / Float(FrameTiming.framesPerSecond * 3_600)
  }

  /// The share of a part in the kind, the condition or the mix; 0 if there is no speech of it.
  private func share(_ part: Int, _ kind: Int?, _ condition: Int?) -> Float {
    guard frameCounts[part] > 0 else { return 0 }
    let partKind = part / mix.conditions.count
    let partCondition = part % mix.conditions.count
    var share: Float = 1
    if let kind { share *= partKind == kind ? 1 : 0 } else { share *= mix.kinds[partKind].share }
    if let condition {
      share *= partCondition == condition ? 1 : 0
    } else {
      share *= mix.conditions[partCondition].share
    }
    return share
  }
}
