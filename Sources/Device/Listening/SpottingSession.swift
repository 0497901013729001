import CoreMemory
import DetectionEvents
import DeviceSetup
import Int8Kernels
import JSON
import KeywordSpotting
import Messages

/// A spotter that collects its events.
///
/// Keeps the model and the phrases alive while the spotter borrows from them. One thread at a time.
package final class SpottingSession {
  package private(set) var phrases: OpenPhrases
  private let model: OpenModel
  private var configuration: SpotterConfiguration
  private let memory: WorkspaceMemory
  /// For exchanged phrases.
  private var phraseMemory = WorkspaceMemory()
  private var spotter: StreamingSpotter
  /// Never changes, but must be a variable: in Embedded Swift 6.3, when the initializer is inlined, a constant gets the
  /// literal value that another caller passes.
  private var wantsCandidates: Bool
  private var events: [DetectionEvent] = []

  /// - Parameters:
  ///   - configuration: May differ from the default only in what takes no memory.
  ///   - wantsCandidates: Whether to return every candidate or only detections.
  /// - Precondition: The kernel path is available on this machine.
  package init(
    _ model: OpenModel, _ phrases: OpenPhrases, _ configuration: SpotterConfiguration, wantsCandidates: Bool,
    kernelPath: KernelPath
  ) {
    self.model = model
    self.configuration = configuration
    self.phrases = phrases
    self.wantsCandidates = wantsCandidates
    memory = WorkspaceMemory(byteCount: phrases.spotterByteCount)
    var workspace = memory.workspace()
    spotter = StreamingSpotter(
      model: model.model, phrases: phrases.phrases, configuration: configuration, kernelPath: kernelPath,
      in: &workspace)
  }

  package var phraseTexts: [String] { phrases.texts }

  /// Switches to other phrases without losing any audio.
  ///
  /// - Parameter configuration: How detections are decided from now on; nil for as before. May differ only in what takes
  ///   no memory.
  /// - Precondition: The phrases were opened for the same model.
  package func exchange(_ phrases: OpenPhrases, configuration next: SpotterConfiguration? = nil) {
    if let next { configuration = next }
    let memory = WorkspaceMemory(byteCount: phrases.matchingByteCount)
    var workspace = memory.workspace()
    spotter.exchangePhrases(
      model: model.model, phrases: phrases.phrases, configuration: configuration, in: &workspace)
    // The memory of the previous phrases is freed only now that nothing borrows from it.
    phraseMemory = memory
    self.phrases = phrases
  }

  /// Processes the next samples of a stream and returns the events in the order in which they were decided.
  package func process(_ samples: UnsafeBufferPointer<Int16>, from source: DetectionEvent.Source) -> [DetectionEvent] {
    events.removeAll(keepingCapacity: true)
    spotter.process(
      samples, onCandidate: { noteCandidate($0, source) }, onDetection: { noteDetection($0, source) })
    return events
  }

  /// Ends the stream and returns the pending events. The next samples start a new stream.
  package func finish(from source: DetectionEvent.Source) -> [DetectionEvent] {
    events.removeAll(keepingCapacity: true)
    spotter.finish(onCandidate: { noteCandidate($0, source) }, onDetection: { noteDetection($0, source) })
    return events
  }

  private func noteCandidate(_ candidate: Candidate, _ source: DetectionEvent.Source) {
    guard wantsCandidates else { return }
    note(candidate.detection, source, detected: candidate.detected)
  }

  private func noteDetection(_ detection: Detection, _ source: DetectionEvent.Source) {
    guard !wantsCandidates else { return }
    note(detection, source, detected: true)
  }

  private func note(_ detection: Detection, _ source: DetectionEvent.Source, detected: Bool) {
    events.append(
      DetectionEvent(
        source: source, phrase: phrases.texts[detection.phraseIndex], startSample: detection.startSample,
        endSample: detection.endSample, score: detection.score, detected: detected))
  }
}

extension LineWriter {
  /// Writes events as JSON or as text, one per line.
  package mutating func put(_ events: [DetectionEvent], json: Bool) throws(Failure) {
    for event in events {
      if json { try put(event.json.encoded) } else { try put(event.text.utf8) }
    }
  }
}
