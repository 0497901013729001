import ArgumentParser
import Int8Kernels
import KernelChecks
import ModelFormat

struct SignatureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "signature",
    abstract: "Print a hash of the output of a model's encoder.",
    discussion: """
      FNV-1a over the embeddings of 1,000 frames of random features with a fixed seed. The hash depends only on the model, not on \
      the machine or the kernel path. All paths of this machine are run. The exit status is 1 if they disagree.

      Examples:
        cooee-bench signature --model models/base.cooee
        cooee-bench signature --path portable
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

  func validate() throws {
    if let path, !path.isAvailable {
      throw ValidationError("this machine does not support the kernel path \(path.name)")
    }
  }

  func run() throws {
    let (model, _) = try options.open()
    let paths = path.map { [$0] } ?? KernelPath.available
    let signatures = paths.map { EncoderSignature.compute(model, path: $0) }
    let agree = Set(signatures).count == 1
    if json {
      try printJSON(
        Signature(
          model: options.modelPath(), contentHash: EncoderSignature.text(model.contentHash),
          signatures: Dictionary(uniqueKeysWithValues: zip(paths.map(\.name), signatures.map(EncoderSignature.text))),
          agree: agree))
    } else if agree {
      print("\(EncoderSignature.text(signatures[0]))  \(paths.map(\.name).joined(separator: ", "))")
    } else {
      for (path, signature) in zip(paths, signatures) { print("\(EncoderSignature.text(signature))  \(path.name)") }
    }
    if !agree { throw failure(1, "the kernel paths disagree") }
  }
}
