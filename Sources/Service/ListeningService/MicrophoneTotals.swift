import Synchronization

/// The sums over several microphones, for metrics. Any thread may use it.
package final class MicrophoneTotals: Sendable {
  private struct Microphone {
    var progress = LocalListener.Progress()
    var isUp = false
    var level = -Double.infinity
  }

  private let microphones: Mutex<[Microphone]>

  /// - Parameter count: The number of microphones.
  package init(count: Int) { microphones = Mutex([Microphone](repeating: Microphone(), count: count)) }

  /// Records the progress of one microphone. Returns the sum of all.
  package func note(_ progress: LocalListener.Progress, of index: Int) -> LocalListener.Progress {
    microphones.withLock { microphones in
      microphones[index].progress = progress
      return microphones.reduce(LocalListener.Progress()) { $0 + $1.progress }
    }
  }

  /// Records whether one microphone delivers audio. Returns whether all do.
  package func note(isUp: Bool, of index: Int) -> Bool {
    microphones.withLock { microphones in
      microphones[index].isUp = isUp
      return microphones.allSatisfy { $0.isUp }
    }
  }

  /// Records the level of one microphone in dBFS. Returns the loudest.
  package func note(level: Double, of index: Int) -> Double {
    microphones.withLock { microphones in
      microphones[index].level = level
      return microphones.reduce(-.infinity) { max($0, $1.level) }
    }
  }
}

extension LocalListener.Progress {
  static func + (first: Self, second: Self) -> Self {
    var sum = first
    sum.heardSamples += second.heardSamples
    sum.spottingNanoseconds += second.spottingNanoseconds
    sum.counts = first.counts + second.counts
    return sum
  }
}
