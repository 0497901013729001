import CoreMemory
import Int8Kernels
import ModelFormat

/// Listens for enrolled phrases: samples in, events out. A ``StreamingSpotter`` that allocates its own memory.
///
/// Any chunking of the samples gives identical events. All memory is allocated by `init`; ``process(_:onCandidate:onDetection:)`` is
/// real-time safe. One thread at a time. The model's bytes must outlive the spotter.
public final class KeywordSpotter {
  private var spotter: StreamingSpotter
  private let memory: WorkspaceMemory
  private let copies: PhraseCopies

  /// What is listened for; detections name its indices.
  public private(set) var enrollments: [Enrollment]
  /// The instructions that the encoder runs with.
  public let kernelPath: KernelPath

  /// - Parameters:
  ///   - model: parsed with this front end's feature contract.
  ///   - enrollments: made with the same model. There may be none.
  /// - Precondition: the kernel path is available on this machine.
  public init(
    model: AcousticModel, enrollments: [Enrollment], configuration: SpotterConfiguration = SpotterConfiguration(),
    kernelPath: KernelPath = .best
  ) {
    self.enrollments = enrollments
    self.kernelPath = kernelPath
    copies = PhraseCopies(enrollments)
    memory = WorkspaceMemory(
      byteCount: StreamingSpotter.requiredByteCount(
        model: model, phrases: copies.variants, configuration: configuration))
    var workspace = memory.workspace()
    spotter = StreamingSpotter(
      model: model, phrases: copies.variants, configuration: configuration, kernelPath: kernelPath, in: &workspace)
  }

  /// Takes the next samples of the stream: 16 kHz, one channel.
  ///
  /// - Parameters:
  ///   - onCandidate: called once for each stretch that was compared with a phrase, when its fate is settled.
  ///   - onDetection: called for each event, right after its candidate.
  public func process(
    _ samples: UnsafeBufferPointer<Int16>, onCandidate: (Candidate) -> Void = { _ in },
    onDetection: (Detection) -> Void
  ) {
    spotter.process(samples, onCandidate: onCandidate, onDetection: onDetection)
  }

  /// Ends the stream, so that a phrase at its very end is heard: lets silence follow for as long as the encoder looks
  /// ahead, decides what is open, and starts anew.
  public func finish(onCandidate: (Candidate) -> Void = { _ in }, onDetection: (Detection) -> Void) {
    spotter.finish(onCandidate: onCandidate, onDetection: onDetection)
  }

  /// Forgets the stream: the next sample is sample 0.
  public func reset() {
    spotter.reset()
  }

  /// Changes the score from which a phrase is detected.
  public func setThreshold(_ threshold: Float, phraseIndex: Int) {
    enrollments[phraseIndex].threshold = threshold
    spotter.setThreshold(threshold, phraseIndex: phraseIndex)
  }
}
