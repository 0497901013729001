import Foundation
import TinyTrainingRun
import Training

// FaultTraining CHECKPOINT: trains a tiny network, continuing from the checkpoint if there is one, and writes the
// checkpoint after each step as cooee-train train does.
//
// FaultTraining CHECKPOINT STEPS: stops after STEPS steps.
//
// FaultTraining export MODEL: writes the model file of a tiny network.
//
// Exit status: 0 if done, 73 if not written.

do {
  let run = try TinyTrainingRun(seed: 2401)
  let trainer = try run.trainer()
  let arguments = CommandLine.arguments
  if arguments[1] == "export" {
    let features = Matrix(rows: 64, columns: 40, values: (0..<64 * 40).map { sinf(Float($0)) })
    let exporter = ModelExporter(network: trainer.network, initialMeans: [Float](repeating: -8, count: 40))
    let contents = exporter.contents(
      calibration: [features], streamHead: .init(weights: [Float](repeating: 0.3, count: 12), bias: -4),
      pairHead: .init(weights: [Float](repeating: 0.3, count: 14), bias: -3), provenance: "")
    try Data(try contents.encoded()).replaceFile(at: arguments[2])
    exit(0)
  }
  let checkpoint = arguments[1]
  let last = arguments.count > 2 ? Int(arguments[2]) ?? .max : .max
  if FileManager.default.fileExists(atPath: checkpoint) {
    try trainer.restore(try Checkpoint(path: checkpoint), path: checkpoint)
  }
  if trainer.stepCount < last {
    try trainer.run { _ in
      try trainer.checkpoint().write(to: checkpoint)
      return trainer.stepCount < last
    }
  }
  print("\(trainer.stepCount) steps")
} catch {
  FileHandle.standardError.write(Data("FaultTraining: \(error.localizedDescription) \(error)\n".utf8))
  exit(73)
}
