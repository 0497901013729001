import AudioFiles
import AudioFrontEnd
import Foundation
import Recordings
import Synchronization

/// Decodes the clips of several corpora into one prepared file, on all cores, in the order of the clips.
public struct CorpusPreparation {
  /// The result of a preparation.
  public struct Report: Equatable, Sendable {
    /// Utterances in the file, including noise clips.
    public var utteranceCount = 0
    /// Samples in the file, at 16 kHz.
    public var sampleCount = 0
    /// Clips without text.
    public var noiseCount = 0
    /// Clips that could not be decoded or have no samples.
    public var unreadableCount = 0
    /// Clips skipped because their transcript is not English text.
    public var unreadableTextCount = 0
  }

  /// Clips per round of the workers: enough to balance unequal lengths, few enough to hold in memory.
  private static let clipsPerRound = 128

  private var clips: [CorpusClip] = []
  private var splitsFound: Set<String> = []
  private var alignments: [String: PhoneAlignments] = [:]
  private let split: String?

  /// - Parameter split: `train`, `dev` or `test`; nil takes all splits.
  public init(split: String?) { self.split = split }

  /// Clips added so far.
  public var clipCount: Int { clips.count }

  /// Lists the clips of a corpus. Its name is that of the folder, with a number appended if the name is already in use.
  ///
  /// - Parameter layout: nil to detect it.
  /// - Returns: the name of the corpus and the number of its clips in the split.
  /// - Throws: ``CorpusError``.
  @discardableResult
  public mutating func add(
    folder: String, layout: CorpusLayout? = nil
  ) throws(CorpusError) -> (corpus: String, clipCount: Int) {
    let found: CorpusLayout
    if let layout { found = layout } else { found = try CorpusLayout.detect(folder) }
    let folderName = CorpusLayout.folderName(folder)
    var name = folderName
    var number = 2
    while alignments[name] != nil || clips.contains(where: { $0.corpus == name }) {
      name = "\(folderName)-\(number)"
      number += 1
    }
    let listed = try found.clips(in: folder, corpus: name)
    splitsFound.formUnion(listed.map(\.split))
    let chosen = listed.filter { split == nil || $0.split == split }
    let alignmentFile = folder + "/alignments.tsv"
    if FileManager.default.fileExists(atPath: alignmentFile) {
      alignments[name] = try PhoneAlignments(path: alignmentFile)
    }
    clips += chosen
    return (name, chosen.count)
  }

  /// Decodes and writes all clips that were added.
  ///
  /// | closure    | called                                                                   |
  /// |------------|--------------------------------------------------------------------------|
  /// | `progress` | after each round on the calling thread: clips done, clips in all         |
  /// | `problem`  | for each skipped clip, on the calling thread: one line of text           |
  ///
  /// - Parameter workerCount: the number of decoding threads; nil uses one per core.
  /// - Throws: `noClips`, `noReadableClips`, `cannotWrite`.
  public func run(
    output: String, workerCount: Int? = nil, progress: (Int, Int) -> Void, problem: (String) -> Void
  ) throws(CorpusError) -> Report {
    guard !clips.isEmpty else { throw .noClips(split: split ?? "any", found: splitsFound.sorted()) }
    let writer = try PreparedCorpusWriter(path: output)
    var report = Report()
    var sums = [Double](repeating: 0, count: FeatureContract.melBandCount)
    var frameCount = 0
    var start = 0
    let workers = workerCount ?? ProcessInfo.processInfo.activeProcessorCount
    while start < clips.count {
      let round = Array(clips[start..<min(start + Self.clipsPerRound, clips.count)])
      for (clip, decoded) in zip(round, Self.decode(round, workerCount: workers)) {
        if let reason = decoded.problem {
          problem(reason)
          report.unreadableCount += 1
          continue
        }
        guard let text = CorpusText.normalized(clip.transcript) else {
          problem("skipped \(clip.path), whose transcript is not English text: \(clip.transcript)")
          report.unreadableTextCount += 1
          continue
        }
        let phones = alignments[clip.corpus]?.phones(of: clip.id, sampleCount: decoded.samples.count) ?? []
        try writer.append(
          Utterance(
            id: clip.id, corpus: clip.corpus, speaker: clip.speaker, split: clip.split, text: text, range: 0..<0,
            group: clip.group, phones: phones), decoded.samples)
        report.utteranceCount += 1
        if text.isEmpty {
          report.noiseCount += 1
        } else {
          for band in sums.indices { sums[band] += decoded.logMelSums[band] }
          frameCount += decoded.frameCount
        }
      }
      start += round.count
      progress(start, clips.count)
    }
    guard report.utteranceCount > 0 else { throw .noReadableClips(count: clips.count) }
    report.sampleCount = writer.sampleCount
    // Without speech there is nothing to average. Start from the logarithm of the floor.
    let means = sums.map { frameCount > 0 ? Float($0 / Double(frameCount)) : -13.8 }
    try writer.finish(initialMeans: means)
    return report
  }

  private struct Decoded: Sendable {
    var samples: [Int16] = []
    var logMelSums: [Double] = []
    var frameCount = 0
    var problem: String?
  }

  /// Decodes clips on several threads. The result is in the order of the clips.
  private static func decode(_ clips: [CorpusClip], workerCount: Int) -> [Decoded] {
    let results = UnsafeMutableBufferPointer<Decoded>.allocate(capacity: clips.count)
    results.initialize(repeating: Decoded())
    defer {
      results.deinitialize()
      results.deallocate()
    }
    // Each clip is taken by one thread, which alone writes its result.
    nonisolated(unsafe) let target = results
    let next = ClipCounter(clips.count)
    DispatchQueue.concurrentPerform(iterations: max(1, workerCount)) { _ in
      var logMel = LogMelTransform()
      while let index = next.take() { target[index] = decode(clips[index], &logMel) }
    }
    return Array(results)
  }

  private static func decode(_ clip: CorpusClip, _ logMel: inout LogMelTransform) -> Decoded {
    var decoded = Decoded()
    do throws(AudioFileError) {
      decoded.samples = try AudioFileReader.readAll(path: clip.path)
    } catch {
      decoded.problem = error.description
      return decoded
    }
    if decoded.samples.isEmpty {
      decoded.problem = "\(clip.path) has no samples"
      return decoded
    }
    decoded.logMelSums = [Double](repeating: 0, count: FeatureContract.melBandCount)
    var energies = [Float](repeating: 0, count: FeatureContract.melBandCount)
    decoded.samples.withUnsafeBufferPointer { samples in
      var start = 0
      while start + FeatureContract.windowSamples <= samples.count {
        logMel.transform(samples.baseAddress! + start, into: &energies)
        for band in energies.indices { decoded.logMelSums[band] += Double(energies[band]) }
        decoded.frameCount += 1
        start += FeatureContract.hopSamples
      }
    }
    return decoded
  }
}

/// Hands out each index below a bound once, to any thread.
private final class ClipCounter: Sendable {
  private let next = Atomic<Int>(0)
  private let bound: Int

  init(_ bound: Int) { self.bound = bound }

  func take() -> Int? {
    let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
    return index < bound ? index : nil
  }
}
