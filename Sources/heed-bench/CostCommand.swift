import ArgumentParser
import AudioFrontEnd
import Int8Kernels
import KeywordSpotting
import ModelFormat

struct CostCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cost",
    abstract: "Processor time per second of audio, part by part, and memory.",
    discussion: """
      Every part is run several times over the same audio, on one thread, and the run that took least processor time counts.

      Examples:
        heed-bench cost
        heed-bench cost --model models/heed.heed --audio meeting.wav --phrases 1 --phrases 10 --json
      """)

  @OptionGroup var options: BenchModelOptions
  @Option(help: "The kernel path: \(KernelPath.available.map(\.name).joined(separator: ", ")) on this machine.")
  var path: KernelPath = .best
  @Option(help: "How many phrases to listen for; may be given several times.")
  var phrases: [Int] = [1, 10, 100]
  @Option(help: "Pronunciations of each phrase, 1 to 8.")
  var variants = 2
  @Option(help: "Phonemes of each pronunciation.")
  var phonemes = 12
  @Option(help: "Seconds of audio.")
  var seconds = 60
  @Option(help: "A recording to listen to, repeated as needed; without it, noise.")
  var audio: String?
  @Option(help: "How often each part is run.")
  var runs = 5
  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard path.isAvailable else {
      throw ValidationError("this machine does not have the kernel path \(path.name)")
    }
    guard (1...Enrollment.maximumVariantCount).contains(variants), phonemes >= 1, seconds >= 1, runs >= 1,
      phrases.allSatisfy({ $0 >= 1 })
    else { throw ValidationError("counts begin at 1, and there are at most 8 variants") }
  }

  func run() throws {
    let baseline = ProcessUsage.peakResidentBytes
    let samples =
      try audio.map { try BenchAudio.recording($0, seconds: seconds) } ?? BenchAudio.noise(seconds: seconds, seed: 1)
    let (model, fileBytes) = try options.open()
    let scale = 1 / Double(seconds)

    // All together first, so that memory is not that of the parts' own inputs.
    var spotting: [CostReport.Spotting] = []
    for count in phrases {
      let enrollments = BenchPhrases.make(
        count, variantCount: variants, phonemeCount: phonemes, model: model, seed: 2)
      let spotter = KeywordSpotter(model: model, enrollments: enrollments, kernelPath: path)
      let total = ProcessUsage.best(of: runs) {
        spotter.reset()
        samples.withUnsafeBufferPointer { spotter.process($0, onDetection: { _ in }) }
      }
      spotting.append(
        CostReport.Spotting(
          phraseCount: count, matchingLoad: 0, totalLoad: total * scale, candidatesPerSecond: 0,
          peakResidentBytes: ProcessUsage.peakResidentBytes))
    }

    var features: [Int8] = []
    var frontEnd = FeatureExtractor(initialMeans: model.initialMeans)
    samples.withUnsafeBufferPointer { buffer in
      frontEnd.process(buffer) { features.append(contentsOf: UnsafeBufferPointer(start: $0, count: 40)) }
    }
    let frontEndTime = ProcessUsage.best(of: runs) {
      samples.withUnsafeBufferPointer { frontEnd.process($0) { _ in } }
    }
    var encoder = StreamingEncoder(model, path: path)
    let encoderTime = ProcessUsage.best(of: runs) {
      features.withUnsafeBufferPointer { buffer in
        for start in stride(from: 0, to: buffer.count, by: 40) {
          encoder.process(feature: buffer.baseAddress! + start) { _ in }
        }
      }
    }
    let clips = ClipEncoder(model, kernelPath: path)
    samples.withUnsafeBufferPointer { clips.encode($0) }
    let posteriors = PosteriorLayer(model)
    var row = [Float](repeating: 0, count: Phoneme.classCount)
    let dimension = model.embeddingDimension
    let posteriorTime = ProcessUsage.best(of: runs) {
      for frame in 0..<clips.frameCount {
        posteriors.process(unit: clips.units.baseAddress! + frame * dimension, logPosteriors: &row)
      }
    }
    for (index, count) in phrases.enumerated() {
      let enrollments = BenchPhrases.make(
        count, variantCount: variants, phonemeCount: phonemes, model: model, seed: 2)
      var matching = EmbeddingSpotter(model: model, enrollments: enrollments)
      var candidateCount = 0
      let time = ProcessUsage.best(of: runs) {
        matching.reset()
        candidateCount = 0
        for frame in 0..<clips.frameCount {
          matching.process(
            unit: clips.units.baseAddress! + frame * dimension,
            logPosteriors: clips.logPosteriors.baseAddress! + frame * Phoneme.classCount,
            onCandidate: { _ in candidateCount += 1 }, onDetection: { _ in })
        }
      }
      spotting[index].matchingLoad = time * scale
      spotting[index].candidatesPerSecond = Double(candidateCount) * scale
    }

    let report = CostReport(
      audioSeconds: seconds, audioSource: audio ?? "seeded noise", kernelPath: path.name,
      model: options.model ?? "untrained", modelBytes: fileBytes,
      operationsPerSecond: model.operationsPerEmbedding * FrameTiming.framesPerSecond, variantsPerPhrase: variants,
      phonemesPerVariant: phonemes, frontEndLoad: frontEndTime * scale, encoderLoad: encoderTime * scale,
      posteriorLoad: posteriorTime * scale, baselineResidentBytes: baseline, spotting: spotting)
    if json { try printJSON(report) } else { print(report.table) }
  }
}
