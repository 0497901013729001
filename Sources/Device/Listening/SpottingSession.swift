import CoreMemory
import DetectionEvents
import DeviceSetup
import Int8Kernels
import KeywordSpotting
import Messages

/// A spotter and what it heard since it was last asked.
///
/// Keeps the model and the phrases for as long as the spotter borrows from them. One thread at a time.
package final class SpottingSession {
  package private(set) var phrases: OpenPhrases
  private let model: OpenModel
  private let memory: WorkspaceMemory
  /// Of phrases that came later.
  private var phraseMemory = WorkspaceMemory()
  private var spotter: StreamingSpotter
  /// Never changed, yet a variable: where the initialiser is inlined into its callers, Embedded Swift 6.3 takes a constant
  /// for the value that one of them passes literally.
  private var wantsCandidates: Bool
  private var events: [DetectionEvent] = []

  /// - Parameter wantsCandidates: Whether to give every candidate, or only detections.
  /// - Precondition: the kernel path is available on this machine.
  package init(_ model: OpenModel, _ phrases: OpenPhrases, wantsCandidates: Bool, kernelPath: KernelPath) {
    self.model = model
    self.phrases = phrases
    self.wantsCandidates = wantsCandidates
    memory = WorkspaceMemory(byteCount: phrases.spotterByteCount)
    var workspace = memory.workspace()
    spotter = StreamingSpotter(
      model: model.model, phrases: phrases.phrases, kernelPath: kernelPath, in: &workspace)
  }

  package var phraseTexts: [String] { phrases.texts }

  /// Listens for other phrases from now on; nothing that is being said meanwhile is lost.
  ///
  /// - Precondition: they were opened for the same model.
  package func exchange(_ phrases: OpenPhrases) {
    let memory = WorkspaceMemory(byteCount: phrases.matchingByteCount)
    var workspace = memory.workspace()
    spotter.exchangePhrases(model: model.model, phrases: phrases.phrases, in: &workspace)
    // What the phrases before lay in is let go only now that nothing borrows from it.
    phraseMemory = memory
    self.phrases = phrases
  }

  /// Hears the next samples of a stream and gives what they brought, in the order in which it was decided.
  package func process(_ samples: UnsafeBufferPointer<Int16>, from source: DetectionEvent.Source) -> [DetectionEvent] {
    events.removeAll(keepingCapacity: true)
    spotter.process(
      samples, onCandidate: { noteCandidate($0, source) }, onDetection: { noteDetection($0, source) })
    return events
  }

  /// Ends the stream and gives what was still open; the next samples begin another.
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
  /// Writes events as JSON or for a person.
  package mutating func put(_ events: [DetectionEvent], json: Bool) throws(Failure) {
    for event in events {
      if json { try put(event.json.encoded) } else { try put(event.text.utf8) }
    }
  }
}
