import AudioFrontEnd
import CFuzzer
import Evaluation
import Foundation
import FuzzDriver
import ModelFormat

@testable import Training

extension FuzzTarget {
  /// The index of prepared corpora after a matching header: rejected, or every range is within the file.
  static let corpus = FuzzTarget("corpus", seeds: corpusSeeds()) { bytes in
    guard bytes.count >= 4 else { return }
    var choices = InputCursor(bytes)
    var header = PreparedCorpusHeader()
    header.hasGroups = choices.byte() & 1 == 1
    header.utteranceCount = Int(choices.byte())
    header.sampleCount = Int(choices.number())
    let index = choices.rest()
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(index.count, 1), alignment: 16)
    defer { copy.deallocate() }
    copy.copyMemory(from: index)
    let whole = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(copy)[..<index.count])
    if let utterances = PreparedCorpusIndex.decode(whole, header) {
      for utterance in utterances {
        require((0...header.sampleCount).contains(utterance.range.upperBound), "an utterance lies in the file")
        for phone in utterance.phones {
          require(phone.start < phone.end && phone.end <= utterance.range.count, "a phone lies in its utterance")
        }
      }
    }
    // The unchanged bytes, read as the header of a whole file.
    var file = [UInt8](bytes)
    file += [UInt8](repeating: 0, count: max(0, PreparedCorpusHeader.byteCount + 64 - file.count))
    file.withUnsafeBytes { file in
      if let header = try? PreparedCorpusHeader(file, path: "corpus") {
        require(header.indexOffset + header.indexBytes == file.count, "the sizes fit the file")
      }
    }
  }

  @Sendable private static func corpusSeeds() -> [[UInt8]] {
    var index: [UInt8] = []
    for number in 0..<2 {
      let utterance = Utterance(
        id: "a/\(number)", corpus: "c", speaker: "s", split: "train", text: "HEY",
        range: 10 * number..<10 * number + 10,
        phones: [LabeledPhone(start: 0, end: 4, phoneme: 15)])
      PreparedCorpusIndex.append(utterance, to: &index)
    }
    var grouped = index
    PreparedCorpusIndex.append(groups: ["g", ""], to: &grouped)
    var header = PreparedCorpusHeader()
    (header.utteranceCount, header.sampleCount, header.indexBytes) = (0, 16, 32)
    header.featureContract = FeatureContract.hash
    return [[0, 2, 20, 0] + index, [1, 2, 20, 0] + grouped, header.encoded()]
  }

  /// Manifests and alignments of corpora.
  static let corpusTable = FuzzTarget(
    "corpus-table", mostBytes: 1_024,
    words: ["\t", "\r\n", "utterance", "tier", "start", "end", "label", "phones", "sil", "nan", "1e308", "inf"],
    seeds: ["utterance\ttier\tstart\tend\tlabel\na/b\tphones\t0.0\t0.5\tHH\na/b\tphones\t0.5\t0.7\tsil\n"].map {
      Array($0.utf8)
    }
  ) { bytes in
    let path = file(bytes)
    if let table = try? TabSeparatedTable(path: path) {
      try? table.forEachRow { row throws(CorpusError) in
        require(row.count == table.columns.count, "a row has the columns of its table")
      }
    }
    if let alignments = try? PhoneAlignments(path: path) {
      for phone in alignments.phones(of: "a/b", sampleCount: 8_000) {
        require(phone.start >= 0 && phone.start <= phone.end && phone.end <= 8_000, "a phone lies in its clip")
      }
    }
    _ = CorpusText.normalized(bytes.text)
  }

  /// Alignment tables: a table that was read can be written and read again.
  static let alignments = FuzzTarget(
    "alignments", mostBytes: 1_024, words: ["\t", "word", "phone", "0.1", "nan", "inf", "1e308"],
    seeds: ["utterance\ttier\tstart\tend\tlabel\na/b\tword\t0.0\t0.5\they\na/b\tphone\t0.0\t0.2\tHH\n"].map {
      Array($0.utf8)
    }
  ) { bytes in
    guard let utterances = try? AlignmentFile.read(path: file(bytes)) else { return }
    let text = AlignmentFile.text(utterances)
    let again = Array(text.utf8).withUnsafeBytes { try? AlignmentFile.read(path: file($0)) }
    require(again != nil, "an alignment that was read is written and read again")
  }

  /// Pronouncing dictionaries.
  static let dictionary = FuzzTarget(
    "dictionary", mostBytes: 512, words: ["(2)", "#", ";;;", "HH", "EY1", "\n"],
    seeds: ["hey HH EY1\nhey(2) HH EH1 # rare\na. EY1\n;;; no\n"].map { Array($0.utf8) }
  ) { bytes in
    guard let dictionary = try? PronouncingDictionary(text: bytes.text) else { return }
    for entry in dictionary.entries { require(!entry.pronunciations.isEmpty, "a word has a pronunciation") }
  }

  /// Recipes of training runs.
  static let recipe = FuzzTarget(
    "recipe", mostBytes: 1_024, words: ["{\"", "\":", "},", "null", "true", "1e308", "-1"],
    seeds: ["{}", "{\"seed\":2}"].map { Array($0.utf8) }
  ) { bytes in
    _ = try? TrainingRecipe(overridingDefaultsWith: Data(bytes))
  }

  private static func file(_ bytes: UnsafeRawBufferPointer) -> String {
    guard fuzzer_memory_file(bytes.baseAddress, bytes.count) >= 0 else { fatalError("no file in memory") }
    return String(cString: fuzzer_memory_path())
  }
}
