import Training

extension TrainingSet {
  /// Reads a prepared corpus with its rooms.
  ///
  /// - Parameters:
  ///   - path: the corpus.
  ///   - teacher: a folder of frame posteriors, one of which must belong to the corpus.
  convenience init(
    path: String, longestSeconds: Double = TrainingRecipe().longestSeconds, rooms: RoomOptions, teacher: String? = nil,
    language: LoadedLanguage
  ) throws {
    self.init(
      corpus: try PreparedCorpus(path: path), longestSeconds: longestSeconds, rooms: try rooms.load(),
      teacher: try teacher.map(TeacherPosteriors.init(folder:)), pronounce: language.pronunciations)
    try self.teacher?.check(items.map(\.utterance))
  }

  /// Refuses a corpus with speech or noise that is there to evaluate with.
  func checkSplit(path: String) throws {
    guard let reserved = evaluationUtterance else { return }
    throw FileProblem(
      "\(path): \(reserved.id) of \(reserved.corpus) is for evaluation, split \(reserved.split); prepare the corpus with --split train"
    )
  }
}
