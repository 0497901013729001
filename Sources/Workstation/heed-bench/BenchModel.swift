import ArgumentParser
import AudioFrontEnd
import Foundation
import Int8Kernels
import KeywordSpotting
import ModelFormat
import UntrainedModels

/// The model to measure, an option of every command.
struct BenchModelOptions: ParsableArguments {
  @Option(help: "Model file (default: an untrained model of the released size).")
  var model: String?

  /// The model and the size of its file in bytes.
  ///
  /// - Parameter path: the file to open if the command line names none.
  func open(orElse path: String? = nil) throws -> (model: AcousticModel, fileBytes: Int) {
    let bytes: UnsafeRawBufferPointer
    if let path = model ?? path {
      bytes = try BenchFiles.map(path, purpose: "the model")
    } else {
      let contents = try AcousticModelContents.untrained(
        seed: 1, shapes: AcousticModelContents.releasedSizeShapes, featureContract: FeatureContract.hash,
        hiddenUnits: 64
      ).encoded()
      // The model borrows its bytes for the lifetime of the program.
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: contents.count, alignment: 64)
      memory.copyBytes(from: contents)
      bytes = UnsafeRawBufferPointer(memory)
    }
    do throws(ModelFileError) {
      return (try AcousticModel(bytes, expectedFeatureContract: FeatureContract.hash), bytes.count)
    } catch {
      throw failure(65, "the model \(model ?? path ?? "") is not usable: \(error)")
    }
  }
}

extension KernelPath: ExpressibleByArgument {
  public init?(argument: String) { self.init(name: argument) }

  public static var allValueStrings: [String] { allCases.map(\.name) }

  public static var allValueDescriptions: [String: String] { [:] }

  public var defaultValueDescription: String { name }
}

/// Prints an error and returns the exit status.
func failure(_ code: Int32, _ message: String) -> ExitCode {
  FileHandle.standardError.write(Data("heed-bench: \(message)\n".utf8))
  return ExitCode(code)
}

/// Sixteen hexadecimal digits.
func hexadecimal(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// Writes a value as JSON with its keys in alphabetical order.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
