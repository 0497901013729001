import CoreMemory
import Int8Kernels
import ModelFormat

/// Detects enrolled phrases in a stream of samples. A ``StreamingSpotter`` that allocates its own memory.
///
/// Detections do not depend on how the samples are divided among calls. All memory is allocated in `init`;
/// ``process(_:onCandidate:onDetection:)`` is real-time safe. Use from one thread at a time. The model's bytes must
/// outlive the spotter.
public final class KeywordSpotter {
  private var spotter: StreamingSpotter
  private let memory: WorkspaceMemory
  private let copies: PhraseCopies

  /// The enrolled phrases. ``Detection/phraseIndex`` is an index into them.
  public private(set) var enrollments: [Enrollment]
  /// The kernel path of the encoder.
  public let kernelPath: KernelPath

  /// Creates a spotter at the start of a stream.
  ///
  /// - Parameters:
  ///   - model: a model read with the feature contract of this front end.
  ///   - enrollments: phrases enrolled with `model`; can be empty.
  /// - Precondition: `kernelPath` is available on this machine.
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

  /// Processes the next samples of the stream: 16 kHz, one channel.
  ///
  /// - Parameters:
  ///   - onCandidate: called once for each segment that was compared with a phrase, when it is decided.
  ///   - onDetection: called for each detection, right after its candidate.
  public func process(
    _ samples: UnsafeBufferPointer<Int16>, onCandidate: (Candidate) -> Void = { _ in },
    onDetection: (Detection) -> Void
  ) {
    spotter.process(samples, onCandidate: onCandidate, onDetection: onDetection)
  }

  /// Ends the stream: appends silence for the look-ahead of the encoder, so a phrase at the very end is detected,
  /// decides what is open, then resets.
  public func finish(onCandidate: (Candidate) -> Void = { _ in }, onDetection: (Detection) -> Void) {
    spotter.finish(onCandidate: onCandidate, onDetection: onDetection)
  }

  /// Resets the stream. The next sample is sample 0.
  public func reset() {
    spotter.reset()
  }

  /// Sets the score, 0…1, from which a phrase is detected.
  public func setThreshold(_ threshold: Float, phraseIndex: Int) {
    enrollments[phraseIndex].threshold = threshold
    spotter.setThreshold(threshold, phraseIndex: phraseIndex)
  }
}
