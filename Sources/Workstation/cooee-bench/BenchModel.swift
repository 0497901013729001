import ArgumentParser
import AudioFrontEnd
import Foundation
import Int8Kernels
import KeywordSpotting
import ModelFormat

/// The model to measure, an option of every command.
struct BenchModelOptions: ParsableArguments {
  @Option(help: "The model file (default: models/base.cooee of the folder in which the program is run).")
  var model: String?

  /// The file that is measured.
  func modelPath() throws -> String {
    guard let path = model ?? BenchFiles.inModels("base.cooee") else {
      throw failure(66, "there is no models/base.cooee here; name the model with --model")
    }
    return path
  }

  /// The model and the size of its file in bytes.
  func open() throws -> (model: AcousticModel, fileBytes: Int) {
    let file = try modelPath()
    let bytes = try BenchFiles.map(file, purpose: "the model")
    do throws(ModelFileError) {
      return (try AcousticModel(bytes, expectedFeatureContract: FeatureContract.hash), bytes.count)
    } catch {
      throw failure(65, "the model \(file) cannot be used: \(error)")
    }
  }
}

extension KernelPath: ExpressibleByArgument {
  /// Parses the name of a kernel path; nil if there is no such path.
  public init?(argument: String) { self.init(name: argument) }

  /// The names of all kernel paths, for help.
  public static var allValueStrings: [String] { allCases.map(\.name) }

  /// Empty: the names need no description.
  public static var allValueDescriptions: [String: String] { [:] }

  /// The name of the path, for help.
  public var defaultValueDescription: String { name }
}

/// Prints an error and returns the exit status.
func failure(_ code: Int32, _ message: String) -> ExitCode {
  FileHandle.standardError.write(Data("cooee-bench: \(message)\n".utf8))
  return ExitCode(code)
}

/// Writes a value as JSON with its keys in alphabetical order.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
