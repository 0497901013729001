import AudioFrontEnd
import Foundation
import Testing
import Training

@Suite struct CorpusPreparationTests {
  /// A manifest corpus of two spoken clips, one noise and one of another split.
  func manifestCorpus() throws -> CorpusFolder {
    let folder = try CorpusFolder()
    try folder.write(
      """
      path\tsplit\tspeaker\tseconds\ttext
      a/one.wav\ttrain\tanna\t1.00\tTURN ON THE LIGHT
      two.wav\ttrain\t\t0.50\tit's 2 o'clock, Dr. Who!
      hum.wav\ttrain\t\t0.20\t
      three.wav\tdev\tbert\t0.10\tSTOP

      """, to: "speech/manifest.tsv")
    try folder.write(tone(500, amplitude: 5_000, count: 16_000), to: "speech/a/one.wav")
    try folder.write(tone(900, amplitude: 7_000, count: 8_000), to: "speech/two.wav")
    try folder.write(tone(50, amplitude: 300, count: 3_200), to: "speech/hum.wav")
    try folder.write(tone(700, amplitude: 300, count: 1_600), to: "speech/three.wav")
    return folder
  }

  func prepare(
    _ folder: CorpusFolder, _ names: [String] = ["speech"], split: String? = "train"
  ) throws -> (report: CorpusPreparation.Report, corpus: PreparedCorpus, problems: [String]) {
    var preparation = CorpusPreparation(split: split)
    for name in names { try preparation.add(folder: folder.path + "/" + name) }
    var problems: [String] = []
    let output = folder.path + "/out.cooeecorpus"
    let report = try preparation.run(
      output: output, workerCount: 3, progress: { _, _ in }, problem: { problems.append($0) })
    return (report, try PreparedCorpus(path: output), problems)
  }

  @Test("A manifest's clips keep their samples, texts and speakers, in the manifest's order")
  func roundTrip() throws {
    let (report, corpus, problems) = try prepare(manifestCorpus())
    #expect(problems.isEmpty)
    let isNoiseReserved = NoiseSplit.isReservedForEvaluation(id: "hum")
    let ids = ["a/one", "two"] + (isNoiseReserved ? [] : ["hum"])
    #expect(corpus.utterances.map(\.id) == ids)
    #expect(corpus.utterances[0].text == "TURN ON THE LIGHT")
    #expect(corpus.utterances[0].words.count == 4)
    #expect(corpus.utterances[1].text == "IT'S TWO O'CLOCK DOCTOR WHO")
    #expect(corpus.utterances[0].speaker == "anna" && corpus.utterances[0].corpus == "speech")
    #expect(corpus.utterances[0].duration == 1)
    #expect(Array(corpus.samples(of: corpus.utterances[0])) == tone(500, amplitude: 5_000, count: 16_000))
    #expect(Array(corpus.samples(of: corpus.utterances[1])) == tone(900, amplitude: 7_000, count: 8_000))
    #expect(report.utteranceCount == ids.count && report.unreadableCount == 0)
    #expect(report.sampleCount == corpus.samples.count)
  }

  @Test("A manifest's groups are kept, and the corpus name replaces a missing one")
  func groups() throws {
    let folder = try manifestCorpus()
    try folder.write(
      "group\tpath\tsplit\tspeaker\tseconds\ttext\nchild\ta/one.wav\ttrain\tanna\t1\tONE\n\ttwo.wav\ttrain\t\t1\tTWO\n",
      to: "speech/manifest.tsv")
    let corpus = try prepare(folder).corpus
    #expect(corpus.utterances.map(\.group) == ["child", ""])
    #expect(corpus.utterances.map(\.speakerGroup) == ["child", "speech"])
    #expect(corpus.utterances.map(\.text) == ["ONE", "TWO"])
    #expect(Array(corpus.samples(of: corpus.utterances[1])) == tone(900, amplitude: 7_000, count: 8_000))
  }

  @Test("Each split has its own clips, and the noise rule divides noise of a train split")
  func splits() throws {
    let folder = try manifestCorpus()
    let isNoiseReserved = NoiseSplit.isReservedForEvaluation(id: "hum")
    #expect(
      try prepare(folder, split: "dev").corpus.utterances.map(\.id) == (isNoiseReserved ? ["hum"] : []) + ["three"])
    #expect(try prepare(folder, split: nil).corpus.utterances.count == 4)
    #expect(throws: CorpusError.noClips(split: "test", found: ["dev", "train"])) {
      try prepare(folder, split: "test")
    }
  }

  @Test("The initial means are the average log-mel energies of the spoken clips only")
  func means() throws {
    let corpus = try prepare(manifestCorpus()).corpus
    var transform = LogMelTransform()
    var energies = [Float](repeating: 0, count: 40)
    var sums = [Double](repeating: 0, count: 40)
    var frames = 0.0
    for samples in [tone(500, amplitude: 5_000, count: 16_000), tone(900, amplitude: 7_000, count: 8_000)] {
      for start in stride(from: 0, through: samples.count - 400, by: 160) {
        transform.transform(Array(samples[start..<start + 400]), into: &energies)
        for band in 0..<40 { sums[band] += Double(energies[band]) }
        frames += 1
      }
    }
    for band in 0..<40 { #expect(abs(Double(corpus.initialMeans[band]) - sums[band] / frames) < 1e-4) }
  }

  @Test("LibriSpeech folders are read, with the split from the name of the set")
  func librispeech() throws {
    let folder = try CorpusFolder()
    try folder.write("12-34-0000 HELLO WORLD\n12-34-0001 GOODBYE\n", to: "dev-clean/12/34/12-34.trans.txt")
    // The reader goes by content, so a WAV file may bear the name.
    try folder.write(tone(400, amplitude: 900, count: 800), to: "dev-clean/12/34/12-34-0000.flac")
    try folder.write(tone(500, amplitude: 900, count: 900), to: "dev-clean/12/34/12-34-0001.flac")
    #expect(try CorpusLayout.detect(folder.path + "/dev-clean") == .librispeech)
    let corpus = try prepare(folder, ["dev-clean"], split: "dev").corpus
    #expect(corpus.utterances.map(\.id) == ["12/34/12-34-0000", "12/34/12-34-0001"])
    #expect(corpus.utterances.map(\.text) == ["HELLO WORLD", "GOODBYE"])
    #expect(corpus.utterances.map(\.speaker) == ["12", "12"])
    #expect(corpus.utterances.map(\.range.count) == [800, 900])
  }

  @Test("Common Voice tables are read, with carriage returns and unused columns")
  func commonVoice() throws {
    let folder = try CorpusFolder()
    try folder.write(
      "client_id\tpath\tsentence\tage\r\nabc\tx.mp3\tHello, World.\t\r\n", to: "cv/train.tsv")
    try folder.write("client_id\tpath\tsentence\tage\nabd\ty.mp3\tBye\t20\n", to: "cv/dev.tsv")
    try folder.write(tone(400, amplitude: 900, count: 800), to: "cv/clips/x.mp3")
    #expect(try CorpusLayout.detect(folder.path + "/cv") == .commonVoice)
    let corpus = try prepare(folder, ["cv"]).corpus
    #expect(corpus.utterances.map(\.text) == ["HELLO WORLD"])
    #expect(corpus.utterances.map(\.speaker) == ["abc"])
  }

  @Test("Phone alignments lose their stress, and labels that are not phonemes become blank")
  func alignments() throws {
    let folder = try manifestCorpus()
    try folder.write(
      """
      utterance\ttier\tstart\tend\tlabel
      one\tword\t0.1\t0.5\tturn
      one\tphone\t0.200\t0.300\tER1
      one\tphone\t0.100\t0.200\tT
      one\tphone\t0.300\t0.400\tsil
      one\tphone\t0.900\t1.200\tspn

      """, to: "speech/alignments.tsv")
    let corpus = try prepare(folder).corpus
    #expect(
      corpus.utterances[0].phones == [
        LabeledPhone(start: 1_600, end: 3_200, phoneme: 30), LabeledPhone(start: 3_200, end: 4_800, phoneme: 11),
        LabeledPhone(start: 4_800, end: 6_400, phoneme: 39), LabeledPhone(start: 14_400, end: 16_000, phoneme: 39),
      ])
    #expect(corpus.utterances[1].phones.isEmpty)
  }

  @Test("A clip that cannot be decoded is named, counted and skipped")
  func unreadable() throws {
    let folder = try manifestCorpus()
    try folder.write("not audio", to: "speech/two.wav")
    try FileManager.default.removeItem(atPath: folder.path + "/speech/hum.wav")
    let (report, corpus, problems) = try prepare(folder, split: nil)
    #expect(corpus.utterances.map(\.id) == ["a/one", "three"])
    #expect(report.unreadableCount == 2)
    #expect(problems.count == 2 && problems[0].contains("two.wav") && problems[1].contains("hum.wav"))
  }

  @Test("A transcript in another script is named and skipped")
  func otherScript() throws {
    let folder = try CorpusFolder()
    try folder.write(
      "path\tsplit\tspeaker\tseconds\ttext\nx.wav\ttrain\t\t1\tпривет\ny.wav\ttrain\t\t1\tYES\n", to: "s/manifest.tsv")
    for name in ["x", "y"] { try folder.write(tone(400, amplitude: 900, count: 800), to: "s/\(name).wav") }
    let (report, corpus, problems) = try prepare(folder, ["s"])
    #expect(corpus.utterances.map(\.text) == ["YES"])
    #expect(report.unreadableTextCount == 1 && problems[0].contains("x.wav"))
  }

  @Test("Two corpora with the same name are distinguished")
  func sameName() throws {
    let folder = try manifestCorpus()
    let corpus = try prepare(folder, ["speech", "speech/../speech"]).corpus
    #expect(Set(corpus.utterances.map(\.corpus)) == ["speech", "speech-2"])
  }

  @Test("Errors name the folder or table at fault")
  func errors() throws {
    let folder = try CorpusFolder()
    var preparation = CorpusPreparation(split: "train")
    #expect(throws: CorpusError.noSuchFolder(path: "/nowhere")) { try preparation.add(folder: "/nowhere") }
    #expect(throws: CorpusError.unknownLayout(path: folder.path)) { try preparation.add(folder: folder.path) }
    let table = folder.path + "/manifest.tsv"
    try folder.write("path\tsplit\tspeaker\tseconds\n", to: "manifest.tsv")
    #expect(
      throws: CorpusError.missingColumn(path: table, column: "text", found: ["path", "split", "speaker", "seconds"])
    ) { try preparation.add(folder: folder.path) }
    try folder.write("path\tsplit\tspeaker\tseconds\ttext\na\ttrain\t\t1\tA\nb\ttrain\n", to: "manifest.tsv")
    #expect(throws: CorpusError.malformedLine(path: table, line: 3, expectedColumns: 5, foundColumns: 2)) {
      try preparation.add(folder: folder.path)
    }
    let bad = CorpusPreparation(split: "train")
    #expect(throws: CorpusError.noClips(split: "train", found: [])) {
      try bad.run(output: folder.path + "/x", progress: { _, _ in }, problem: { _ in })
    }
  }
}
