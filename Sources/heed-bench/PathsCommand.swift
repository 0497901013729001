import ArgumentParser
import AudioFrontEnd
import Int8Kernels
import KeywordSpotting
import ModelFormat

struct PathsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "paths",
    abstract: "The kernel paths that this machine has, and how fast the encoder is on each.",
    discussion: """
      Examples:
        heed-bench paths
        heed-bench paths --model models/heed.heed --json
      """)

  struct Path: Encodable {
    var name: String
    var available: Bool
    var best: Bool
    /// Processor seconds per second of audio; missing where the path is not available.
    var encoderLoad: Double?
    /// Multiply-adds per second of processor time.
    var operationsPerSecond: Double?
  }

  @OptionGroup var options: BenchModelOptions
  @Option(help: "How often each path is run.")
  var runs = 5
  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let (model, _) = try options.open()
    // Ten seconds of features; on the reference path a tenth of it.
    let features = SignatureCommand.features(frameCount: 1000)
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
        operationsPerSecond: operations / time)
    }
    if json {
      try printJSON(paths)
      return
    }
    for path in paths {
      let name = path.name + String(repeating: " ", count: 14 - path.name.count)
      guard let load = path.encoderLoad, let operations = path.operationsPerSecond else {
        print(name + "not on this machine")
        continue
      }
      let percent = Double(Int(load * 1e6)) / 1e4
      print("\(name)encoder \(percent) % of a core, \(Int(operations / 1e6)) M/s\(path.best ? ", chosen" : "")")
    }
  }
}
