import CCooee
import CoreMemory
import Int8Kernels
import KeywordSpotting
import ModelFormat

/// The content of a `cooee_spotter`, at the start of the caller's memory. The rest of the memory is its workspace.
private struct SpotterState: ~Copyable {
  static let queueCapacity = 64

  var spotter: StreamingSpotter
  var queue: DetectionQueue
  /// `[phraseCount]`
  let thresholds: UnsafeMutablePointer<Float>
  /// `[phraseCount]`, the highest score of a candidate since it was last asked for.
  let highestScores: UnsafeMutablePointer<Float>
  let phraseCount: Int

  /// - Precondition: The kernel path is available on this machine. The workspace has room, or it is measuring.
  init(model: AcousticModel, phrases: StoredPhrases, kernelPath: KernelPath, in workspace: inout Workspace) {
    phraseCount = phrases.phraseCount
    thresholds = workspace.take(phraseCount, repeating: 0)
    highestScores = workspace.take(phraseCount, repeating: 0)
    queue = DetectionQueue(capacity: Self.queueCapacity, in: &workspace)
    spotter = StreamingSpotter(model: model, phrases: phrases, kernelPath: kernelPath, in: &workspace)
    if !workspace.isMeasuring {
      for variant in phrases { thresholds[variant.phraseIndex] = variant.threshold }
    }
  }

  /// Keeps the candidate's score if it is the highest of its phrase.
  func note(_ candidate: Candidate) {
    let score = highestScores + candidate.phraseIndex
    score.pointee = max(score.pointee, candidate.score)
  }

  /// Reserves the space of the state in a workspace.
  static func takePlace(in workspace: inout Workspace) -> UnsafeMutableRawPointer {
    precondition(MemoryLayout<SpotterState>.alignment <= Workspace.alignment)
    return UnsafeMutableRawPointer(workspace.take(MemoryLayout<SpotterState>.size, of: UInt8.self))
  }

  static func requiredByteCount(model: AcousticModel, phrases: StoredPhrases) -> Int {
    var workspace = Workspace.measuring()
    _ = takePlace(in: &workspace)
    _ = SpotterState(model: model, phrases: phrases, kernelPath: .portable, in: &workspace)
    return workspace.usedBytes
  }
}

extension OpaquePointer {
  fileprivate var state: UnsafeMutablePointer<SpotterState> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: SpotterState.self)
  }
}

private func openStoredPhrases(
  _ bytes: cooee_bytes, for model: AcousticModel
) throws(StatusError) -> StoredPhrases {
  let buffer = try bytes.alignedBuffer()
  let phrases: StoredPhrases
  do throws(PhraseFileError) {
    phrases = try StoredPhrases(buffer, for: model)
  } catch {
    throw StatusError(error)
  }
  guard phrases.phraseCount > 0 else { throw StatusError(COOEE_ERROR_PHRASES) }
  return phrases
}

/// The kernel path with this name, or the fastest one on this processor without a name.
private func kernelPath(_ name: UnsafePointer<CChar>?) throws(StatusError) -> KernelPath {
  guard let name else { return .best }
  guard let path = KernelPath(name: String(cString: name)), path.isAvailable else {
    throw StatusError(COOEE_ERROR_KERNEL_PATH)
  }
  return path
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Writes the number of bytes of memory that a spotter needs; see `cooee.h`.
@c @implementation
public func cooee_spotter_memory(
  _ model: cooee_bytes, _ phrases: cooee_bytes, _ byteCount: UnsafeMutablePointer<Int>?
) -> cooee_status {
  status { () throws(StatusError) in
    guard let byteCount else { throw StatusError(COOEE_ERROR_ARGUMENT) }
    let model = try openModel(model)
    let phrases = try openStoredPhrases(phrases, for: model)
    byteCount.pointee = SpotterState.requiredByteCount(model: model, phrases: phrases)
  }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Creates a spotter in the given memory; see `cooee.h`.
@c @implementation
public func cooee_spotter_create(
  _ memory: UnsafeMutableRawPointer?, _ byteCount: Int, _ model: cooee_bytes, _ phrases: cooee_bytes,
  _ kernelPathName: UnsafePointer<CChar>?, _ spotter: UnsafeMutablePointer<OpaquePointer?>?
) -> cooee_status {
  status { () throws(StatusError) in
    guard let memory, let spotter, byteCount >= 0 else { throw StatusError(COOEE_ERROR_ARGUMENT) }
    guard UInt(bitPattern: memory) % UInt(COOEE_ALIGNMENT) == 0 else { throw StatusError(COOEE_ERROR_ALIGNMENT) }
    let path = try kernelPath(kernelPathName)
    let model = try openModel(model)
    let phrases = try openStoredPhrases(phrases, for: model)
    guard SpotterState.requiredByteCount(model: model, phrases: phrases) <= byteCount else {
      throw StatusError(COOEE_ERROR_MEMORY)
    }
    var workspace = Workspace(over: UnsafeMutableRawBufferPointer(start: memory, count: byteCount))
    let place = SpotterState.takePlace(in: &workspace)
    place.bindMemory(to: SpotterState.self, capacity: 1).initialize(
      to: SpotterState(model: model, phrases: phrases, kernelPath: path, in: &workspace))
    spotter.pointee = OpaquePointer(place)
  }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Processes the next samples, 16 kHz mono, of any number. Real-time safe.
@c @implementation
public func cooee_spotter_process(
  _ spotter: OpaquePointer?, _ samples: UnsafePointer<Int16>?, _ sampleCount: Int
) -> cooee_status {
  guard let state = spotter?.state, sampleCount >= 0, samples != nil || sampleCount == 0 else {
    return COOEE_ERROR_ARGUMENT
  }
  state.pointee.spotter.process(
    UnsafeBufferPointer(start: samples, count: sampleCount), onCandidate: { state.pointee.note($0) },
    onDetection: { state.pointee.queue.append($0) })
  return COOEE_OK
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Takes the oldest pending event; returns false if there is none. Real-time safe.
@c @implementation
public func cooee_spotter_poll(_ spotter: OpaquePointer?, _ event: UnsafeMutablePointer<cooee_event>?) -> Bool {
  guard let state = spotter?.state, let event, let detection = state.pointee.queue.next() else { return false }
  event.pointee = cooee_event(
    start_sample: detection.startSample, end_sample: detection.endSample, score: detection.score,
    phrase_index: UInt32(detection.phraseIndex))
  return true
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The number of events dropped because they were not polled in time.
@c @implementation
public func cooee_spotter_lost_events(_ spotter: OpaquePointer?) -> UInt64 {
  guard let state = spotter?.state else { return 0 }
  return UInt64(state.pointee.queue.droppedCount)
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Ends the stream, reports a phrase at its very end, and starts another stream at sample 0.
@c @implementation
public func cooee_spotter_finish(_ spotter: OpaquePointer?) -> cooee_status {
  guard let state = spotter?.state else { return COOEE_ERROR_ARGUMENT }
  state.pointee.spotter.finish(
    onCandidate: { state.pointee.note($0) }, onDetection: { state.pointee.queue.append($0) })
  return COOEE_OK
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Discards the stream and its events, and starts another stream at sample 0. Real-time safe.
@c @implementation
public func cooee_spotter_reset(_ spotter: OpaquePointer?) -> cooee_status {
  guard let state = spotter?.state else { return COOEE_ERROR_ARGUMENT }
  state.pointee.spotter.reset()
  state.pointee.queue.removeAll()
  state.pointee.highestScores.update(repeating: 0, count: state.pointee.phraseCount)
  return COOEE_OK
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The number of phrases; 0 without a spotter.
@c @implementation
public func cooee_spotter_phrase_count(_ spotter: OpaquePointer?) -> UInt32 {
  guard let state = spotter?.state else { return 0 }
  return UInt32(state.pointee.phraseCount)
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The threshold of a phrase, 0…1; NaN if there is no such phrase.
@c @implementation
public func cooee_spotter_threshold(_ spotter: OpaquePointer?, _ phraseIndex: UInt32) -> Float {
  guard let state = spotter?.state, Int(phraseIndex) < state.pointee.phraseCount else { return .nan }
  return state.pointee.thresholds[Int(phraseIndex)]
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Sets the threshold of a phrase, 0…1.
@c @implementation
public func cooee_spotter_set_threshold(
  _ spotter: OpaquePointer?, _ phraseIndex: UInt32, _ threshold: Float
) -> cooee_status {
  guard let state = spotter?.state, Int(phraseIndex) < state.pointee.phraseCount, threshold >= 0, threshold <= 1 else {
    return COOEE_ERROR_ARGUMENT
  }
  state.pointee.thresholds[Int(phraseIndex)] = threshold
  state.pointee.spotter.setThreshold(threshold, phraseIndex: Int(phraseIndex))
  return COOEE_OK
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The highest score of a phrase since the last call, 0…1; NaN if there is no such phrase. Real-time safe.
@c @implementation
public func cooee_spotter_highest_score(_ spotter: OpaquePointer?, _ phraseIndex: UInt32) -> Float {
  guard let state = spotter?.state, Int(phraseIndex) < state.pointee.phraseCount else { return .nan }
  let score = state.pointee.highestScores + Int(phraseIndex)
  defer { score.pointee = 0 }
  return score.pointee
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Destroys the spotter; its memory, model and phrases are no longer in use.
@c @implementation
public func cooee_spotter_destroy(_ spotter: OpaquePointer?) {
  guard let state = spotter?.state else { return }
  state.deinitialize(count: 1)
}
