import AudioFrontEnd
import CMicrocontroller
import CoreMemory
import Int8Kernels
import KeywordSpotting
import ModelFormat

/// A spotter and its pending detections, in the caller's memory.
struct Listener: ~Copyable {
  static let queueCapacity = 8

  var spotter: StreamingSpotter
  var detections: DetectionQueue

  /// The bytes of workspace that a listener needs.
  static func requiredByteCount(model: AcousticModel, phrases: StoredPhrases) -> Int {
    var workspace = Workspace.measuring()
    _ = start(model: model, phrases: phrases, in: &workspace)
    return workspace.usedBytes
  }

  /// Creates a listener in a workspace, at its start. With a measuring workspace, nothing is written.
  static func start(
    model: AcousticModel, phrases: StoredPhrases, in workspace: inout Workspace
  ) -> UnsafeMutablePointer<Listener> {
    let place = workspace.take(1, of: Listener.self)
    let detections = DetectionQueue(capacity: queueCapacity, in: &workspace)
    let spotter = StreamingSpotter(model: model, phrases: phrases, kernelPath: .portable, in: &workspace)
    if !workspace.isMeasuring {
      place.initialize(to: Listener(spotter: spotter, detections: detections))
    }
    return place
  }
}

/// Opens the model and the phrases in flash; returns nil and sets the status if one of them cannot be used.
private func open(
  _ files: UnsafePointer<cooee_core_files>, _ status: inout cooee_core_status
) -> (model: AcousticModel, phrases: StoredPhrases)? {
  let files = files.pointee
  do throws(ModelFileError) {
    let model = try AcousticModel(
      UnsafeRawBufferPointer(start: files.model, count: files.model_bytes),
      expectedFeatureContract: FeatureContract.hash)
    do throws(PhraseFileError) {
      let phrases = try StoredPhrases(
        UnsafeRawBufferPointer(start: files.phrases, count: files.phrases_bytes), for: model)
      return (model, phrases)
    } catch {
      status = COOEE_CORE_BAD_PHRASES
    }
  } catch {
    status = COOEE_CORE_BAD_MODEL
  }
  return nil
}

/// Implements `cooee_core_required_bytes`.
@c(cooee_core_required_bytes)
public func requiredBytes(_ files: UnsafePointer<cooee_core_files>, _ bytes: UnsafeMutablePointer<Int>)
  -> cooee_core_status
{
  var status = COOEE_CORE_OK
  guard let (model, phrases) = open(files, &status) else { return status }
  bytes.pointee = Listener.requiredByteCount(model: model, phrases: phrases)
  return status
}

/// Implements `cooee_core_start`.
@c(cooee_core_start)
public func start(
  _ files: UnsafePointer<cooee_core_files>, _ memory: UnsafeMutableRawPointer, _ memoryBytes: Int,
  _ listener: UnsafeMutablePointer<OpaquePointer?>
) -> cooee_core_status {
  var status = COOEE_CORE_OK
  guard let (model, phrases) = open(files, &status) else { return status }
  let buffer = UnsafeMutableRawBufferPointer(start: memory, count: memoryBytes)
  guard Workspace.isAligned(buffer), memoryBytes >= Listener.requiredByteCount(model: model, phrases: phrases) else {
    return COOEE_CORE_BAD_MEMORY
  }
  var workspace = Workspace(over: buffer)
  listener.pointee = OpaquePointer(Listener.start(model: model, phrases: phrases, in: &workspace))
  return status
}

/// Implements `cooee_core_process`.
@c(cooee_core_process)
public func process(_ listener: OpaquePointer, _ samples: UnsafePointer<Int16>, _ count: Int) {
  let listener = UnsafeMutablePointer<Listener>(listener)
  listener.pointee.spotter.process(UnsafeBufferPointer(start: samples, count: count)) {
    listener.pointee.detections.append($0)
  }
}

/// Implements `cooee_core_finish`.
@c(cooee_core_finish)
public func finish(_ listener: OpaquePointer) {
  let listener = UnsafeMutablePointer<Listener>(listener)
  listener.pointee.spotter.finish { listener.pointee.detections.append($0) }
}

/// Implements `cooee_core_next`.
@c(cooee_core_next)
public func next(_ listener: OpaquePointer, _ detection: UnsafeMutablePointer<cooee_core_detection>) -> Bool {
  guard let next = UnsafeMutablePointer<Listener>(listener).pointee.detections.next() else { return false }
  detection.pointee = cooee_core_detection(
    start_sample: next.startSample, end_sample: next.endSample, phrase_index: Int32(next.phraseIndex),
    score: next.score)
  return true
}
