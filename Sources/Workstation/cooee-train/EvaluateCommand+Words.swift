import Evaluation
import Training

extension EvaluateCommand {
  func runWords(_ material: Material, _ scorer: any AcousticScorer) throws -> WordReport {
    let bar = ProgressLine("utterances (\(scorer.name))")
    return try WordProtocol(corpora: material.corpora, model: material.evaluated, wordCount: wordsCount)
      .run(scorer: scorer) { done, total in bar.update(done, of: total) }
  }
}
