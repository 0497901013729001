import ArgumentParser
import AudioFrontEnd
import Int8Kernels
import KeywordSpotting
import ModelFormat

struct SignatureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "signature",
    abstract: "One number for everything that a model's encoder computes.",
    discussion: """
      FNV-1a over the embeddings of 1,000 frames of seeded features. It depends on the model alone: not on the machine, nor on the \
      kernel path. Every path of this machine is run; exit code 1 says that they disagree.

      Examples:
        heed-bench signature --model models/heed.heed
        heed-bench signature --path portable
      """)

  struct Signature: Encodable {
    var model: String
    var contentHash: String
    var signatures: [String: String]
    var agree: Bool
  }

  @OptionGroup var options: BenchModelOptions
  @Option(help: "Only this kernel path.")
  var path: KernelPath?
  @Flag(help: "Print JSON.")
  var json = false

  /// The golden input: bytes −127…127, `[frameCount, 40]`.
  static func features(frameCount: Int) -> [Int8] {
    var generator = SeededGenerator(seed: 0x4845_4544)
    return (0..<frameCount * 40).map { _ in Int8(generator.integer(in: -127...127)) }
  }

  /// The hash of all embeddings of the golden input.
  static func signature(_ model: AcousticModel, path: KernelPath) -> UInt64 {
    let features = features(frameCount: 1000)
    var encoder = StreamingEncoder(model, path: path)
    var hash = ContentHash()
    for frame in 0..<1000 {
      features.withUnsafeBufferPointer { buffer in
        encoder.process(feature: buffer.baseAddress! + 40 * frame) { embedding in
          hash.update(UnsafeRawBufferPointer(start: embedding, count: model.embeddingDimension))
        }
      }
    }
    return hash.value
  }

  func validate() throws {
    if let path, !path.isAvailable {
      throw ValidationError("this machine does not have the kernel path \(path.name)")
    }
  }

  func run() throws {
    let (model, _) = try options.open()
    let paths = path.map { [$0] } ?? KernelPath.available
    let signatures = paths.map { Self.signature(model, path: $0) }
    let agree = Set(signatures).count == 1
    if json {
      try printJSON(
        Signature(
          model: options.model ?? "untrained", contentHash: hexadecimal(model.contentHash),
          signatures: Dictionary(uniqueKeysWithValues: zip(paths.map(\.name), signatures.map(hexadecimal))),
          agree: agree))
    } else if agree {
      print("\(hexadecimal(signatures[0]))  \(paths.map(\.name).joined(separator: ", "))")
    } else {
      for (path, signature) in zip(paths, signatures) { print("\(hexadecimal(signature))  \(path.name)") }
    }
    if !agree { throw failure(1, "the kernel paths disagree") }
  }
}
