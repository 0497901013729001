import KeywordSpotting

/// Cooee and PocketSphinx's keyword mode on the same samples with the same phrase, in turns on the same processor.
struct PocketSphinxComparison: Encodable {
  var version: String
  var phrase: String
  /// PocketSphinx's `kws_threshold`.
  var threshold: Double
  var roundCount: Int
  /// Processor seconds per second of audio, start excluded.
  var cooeeLoad: Spread
  var pocketSphinxLoad: Spread
  /// PocketSphinx's time over Cooee's in the same round.
  var ratio: Spread
  /// Processor seconds of the start: model, dictionary and enrollment for Cooee, the interpreter in addition for
  /// PocketSphinx.
  var cooeeStartSeconds: Double
  var pocketSphinxStartSeconds: Double
  var cooeeDetectionCount: Int
  var pocketSphinxDetectionCount: Int
  /// Memory of the PocketSphinx process, including the interpreter.
  var pocketSphinxMemory: ResidentMemory?

  /// - Parameters:
  ///   - interpreter: a Python interpreter with PocketSphinx.
  ///   - start: creates Cooee's spotter for the phrase.
  init(
    interpreter: String, phrase: String, threshold: Double, samples: [Int16], rounds: Int,
    start: () throws -> KeywordSpotter
  ) throws {
    let other = try PocketSphinx(interpreter: interpreter, phrase: phrase, threshold: threshold, samples: samples)
    var made: KeywordSpotter?
    cooeeStartSeconds = try ProcessUsage.processorSeconds(of: { made = try start() })
    guard let spotter = made else { preconditionFailure("start returns a spotter or throws") }
    let audioSeconds = Double(samples.count) / 16_000
    var cooee: [Double] = []
    var pocketSphinx: [Double] = []
    cooeeDetectionCount = 0
    pocketSphinxDetectionCount = 0
    // The first round warms up the caches and is not counted.
    for round in 0...rounds {
      spotter.reset()
      var detectionCount = 0
      let own = ProcessUsage.processorSeconds(of: {
        samples.withUnsafeBufferPointer { buffer in
          // The same block size as PocketSphinx.
          for start in stride(from: 0, to: buffer.count, by: 1024) {
            spotter.process(
              UnsafeBufferPointer(rebasing: buffer[start..<min(start + 1024, buffer.count)]),
              onDetection: { _ in detectionCount += 1 })
          }
        }
        spotter.finish(onDetection: { _ in detectionCount += 1 })
      })
      let (seconds, count) = try other.hear()
      cooeeDetectionCount = detectionCount
      pocketSphinxDetectionCount = count
      guard round > 0 else { continue }
      cooee.append(own / audioSeconds)
      pocketSphinx.append(seconds / audioSeconds)
    }
    version = other.version
    self.phrase = phrase
    self.threshold = threshold
    roundCount = rounds
    cooeeLoad = Spread(cooee)
    pocketSphinxLoad = Spread(pocketSphinx)
    ratio = Spread(zip(pocketSphinx, cooee).map { $0 / $1 })
    pocketSphinxStartSeconds = other.startSeconds
    pocketSphinxMemory = other.memory
  }
}
