import ArgumentParser
import AudioFrontEnd
import Evaluation
import Foundation
import ModelFormat
import TextEnrollment
import Training

struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Fit the score heads of a model file again.",
    discussion: """
      Writes a model with the same encoders and new score heads, fitted to a prepared corpus as `cooee-train export` does. It \
      is another model: make its background file again with `cooee-train background`, and enroll your phrases again.

      Example:
        cooee-train calibrate --model models/base.cooee --corpus train.cooeecorpus --rooms rooms --output mine.cooee

      Exit status: 0 written, 1 a file cannot be used or written (see the message), 64 wrong usage.
      """)

  @Option(help: "Model file to start from.") var model: String
  @Option(help: "Prepared corpus that the model was trained on.") var corpus: String
  @OptionGroup var heard: RoomOptions
  @Option(help: "Language file with the lexicon.") var language = "models/english.cooee"
  @Option(help: "Model file to write.") var output: String
  @Option(help: "Random seed of the calibration.") var seed: UInt64 = 1

  func run() throws {
    MatrixProduct.useOneThreadPerCaller()
    guard let data = FileManager.default.contents(atPath: model) else {
      throw EvaluationError.unreadableFile(path: model)
    }
    let (file, fitted) = try [UInt8](data).withUnsafeBytes { bytes in
      do {
        let fitted = try fit(AcousticModel(bytes, expectedFeatureContract: FeatureContract.hash))
        return (try fitted.replacingHeads(of: bytes), fitted)
      } catch let error as ModelFileError { throw EvaluationError.model(path: model, error) }
    }
    try Data(file).replaceFile(at: output)
    Console.say("\(output): \(file.count) bytes")
    Console.say(fitted.description)
  }

  private func fit(_ model: AcousticModel) throws -> HeadCalibration.Result {
    let language = try LoadedLanguage(path: language)
    let set = try TrainingSet(path: corpus, rooms: heard, language: language)
    let calibration = HeadCalibration(set: set, model: model, language: language.file, seed: seed)
    guard let fitted = calibration.run(progress: { Console.say("calibrating: \($0)") }) else {
      throw FileProblem("\(corpus): its held-out utterances have too few phrases to fit the score heads")
    }
    return fitted
  }
}
