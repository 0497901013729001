import Evaluation
import Foundation
import Training

extension EvaluateCommand {
  /// Both scorers of a comparison use the same pairs, cut at the words aligned by the first scorer.
  func runPairs(
    _ material: inout Material, _ scorer: any AcousticScorer, writesFiles: Bool
  ) throws -> PairProtocol.Outcome {
    let table = try material.alignments ?? alignedWords(material, scorer)
    material.alignments = table
    var options = PairList.Options()
    options.anchorsPerWordCount = anchors
    options.seed = seed
    let bar = ProgressLine("clips (\(scorer.name))")
    let outcome = try PairProtocol.run(
      corpora: material.corpora, alignments: table, model: material.evaluated, scorer: scorer, options: options,
      bootstrap: Bootstrap(resampleCount: 400, seed: seed)
    ) { done, total in bar.update(done, of: total) }
    if writesFiles, let list {
      try outcome.list.table(ids: outcome.utteranceIDs, scores: outcome.scores)
        .replaceFile(at: list)
    }
    return outcome
  }

  private func alignedWords(_ material: Material, _ scorer: any AcousticScorer) throws -> [AlignedUtterance] {
    if let alignments { return try AlignmentFile.read(path: alignments) }
    let bar = ProgressLine("utterances aligned")
    return CorpusAlignment(corpora: material.corpora, model: material.evaluated, scorer: scorer) { done, total in
      bar.update(done, of: total)
    }.utterances
  }
}
