import Evaluation
import Foundation
import Training

extension EvaluateCommand {
  func runPhonemes(
    _ material: Material, _ scorer: any AcousticScorer, writesFiles: Bool
  ) throws -> PhonemeReport {
    let bar = ProgressLine("utterances (\(scorer.name))")
    let report = try PhonemeProtocol.run(
      corpora: material.corpora, model: material.evaluated, scorer: scorer, bootstrap: Bootstrap(seed: seed)
    ) { done, total in bar.update(done, of: total) }
    if writesFiles, let list { try report.utteranceTable.replaceFile(at: list) }
    return report
  }
}
