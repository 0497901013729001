import ArgumentParser
import Int8Kernels
import KernelChecks
import KeywordSpotting
import ModelFormat

struct PathsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "paths",
    abstract: "List the kernel paths of this machine and the speed of the encoder on each.",
    discussion: """
      Dense products are the encoder's dense layers alone, in the order of the encoder, with the weights wherever the caches have \
      them. Peak is the rate of the path's multiply-accumulate instruction without memory access, measured in turns with the \
      dense products.

      Examples:
        cooee-bench paths
        cooee-bench paths --model models/base.cooee --json
      """)

  struct Path: Encodable {
    var name: String
    var available: Bool
    var best: Bool
    /// Processor seconds per second of audio; nil if the path is not available.
    var encoderLoad: Double?
    /// Multiply-adds per second of processor time.
    var operationsPerSecond: Double?
    var products: ProductRate?
  }

  @OptionGroup var options: BenchModelOptions
  @Option(help: "Number of runs per path.")
  var runs = 5
  @Option(help: "Number of turns of dense products and peak.")
  var rounds = 50
  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard runs >= 1, rounds >= 1 else { throw ValidationError("counts must be at least 1") }
  }

  func run() throws {
    let (model, _) = try options.open()
    // Ten seconds of features, or one second on the reference path.
    let features = EncoderSignature.features(frameCount: 1000)
    let paths = KernelPath.allCases.map { path -> Path in
      guard path.isAvailable else { return Path(name: path.name, available: false, best: false) }
      let frameCount = path == .reference ? 100 : 1000
      var encoder = StreamingEncoder(model, path: path)
      let time = ProcessUsage.best(of: runs) {
        for frame in 0..<frameCount {
          features.withUnsafeBufferPointer { encoder.process(feature: $0.baseAddress! + 40 * frame) { _ in } }
        }
      }
      let operations = Double(model.operationsPerEmbedding * frameCount / 4)
      return Path(
        name: path.name, available: true, best: path == .best, encoderLoad: time * 100 / Double(frameCount),
        operationsPerSecond: operations / time, products: ProductRate(model, path: path, rounds: rounds))
    }
    if json {
      try printJSON(paths)
      return
    }
    for path in paths { print(path.line) }
  }
}

extension PathsCommand.Path {
  /// One line for display.
  fileprivate var line: String {
    let name = name + String(repeating: " ", count: 14 - name.count)
    guard let encoderLoad, let operationsPerSecond, let products else { return name + "not on this machine" }
    func billions(_ rate: Double) -> String { "\(Double(Int(rate / 1e8)) / 10) G/s" }
    var line = "\(name)encoder \(Double(Int(encoderLoad * 1e6)) / 1e4) % of a core, \(billions(operationsPerSecond))"
    line += "; dense products \(billions(products.densePerSecond))"
    if let peak = products.peakPerSecond, let share = products.shareOfPeak {
      line += " of \(billions(peak)) peak, \(Int(share * 100)) %"
    }
    return line + (best ? "; chosen" : "")
  }
}
