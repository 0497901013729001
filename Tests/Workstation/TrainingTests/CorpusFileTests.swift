import Foundation
import Testing
import Training

@Suite struct CorpusFileTests {
  /// A small prepared corpus as bytes.
  func bytes() throws -> (folder: CorpusFolder, bytes: [UInt8]) {
    let folder = try CorpusFolder()
    _ = try folder.prepared([("ONE TWO", [1, 2, 3, 4, 5]), ("", [6]), ("THREE", [])])
    return (folder, try Array(Data(contentsOf: URL(fileURLWithPath: folder.path + "/test.cooeecorpus"))))
  }

  func reason(_ bytes: [UInt8], _ folder: CorpusFolder) throws -> CorpusError? {
    try folder.write(Data(bytes), to: "damaged.cooeecorpus")
    do throws(CorpusError) {
      _ = try PreparedCorpus(path: folder.path + "/damaged.cooeecorpus")
      return nil
    } catch { return error }
  }

  @Test("Utterances of any length read back, including an empty one")
  func roundTrip() throws {
    let folder = try CorpusFolder()
    let corpus = try folder.prepared([("ONE TWO", [1, 2, 3, 4, 5]), ("", [6]), ("THREE", [])])
    #expect(corpus.utterances.map { Array(corpus.samples(of: $0)) } == [[1, 2, 3, 4, 5], [6], []])
    #expect(corpus.utterances.map(\.text) == ["ONE TWO", "", "THREE"])
    #expect(corpus.utterances.map(\.isNoise) == [false, true, false])
    #expect(corpus.initialMeans == [Float](repeating: -8, count: 40))
  }

  @Test("A file without groups has version 1, byte for byte; one with groups has version 2")
  func versions() throws {
    let (folder, plain) = try bytes()
    #expect(plain[8..<12].elementsEqual([1, 0, 0, 0]))
    let writer = try PreparedCorpusWriter(path: folder.path + "/groups.cooeecorpus")
    for (number, text) in ["ONE TWO", "", "THREE"].enumerated() {
      try writer.append(
        Utterance(
          id: "\(number)", corpus: "test", speaker: "", split: "train", text: text, range: 0..<0,
          group: ["child", "", "native"][number]), [[1, 2, 3, 4, 5], [6], []][number])
    }
    try writer.finish(initialMeans: [Float](repeating: -8, count: 40))
    let grouped = try Array(Data(contentsOf: URL(fileURLWithPath: folder.path + "/groups.cooeecorpus")))
    #expect(grouped[8..<12].elementsEqual([2, 0, 0, 0]))
    // Samples and utterances are stored as in version 1, followed by the groups.
    #expect(grouped[4_096..<plain.count] == plain[4_096...])
    let groups = Array("\u{5}\0\0\0child\0\0\0\0\u{6}\0\0\0native".utf8)
    #expect(Array(grouped[plain.count...]) == groups)
    let corpus = try PreparedCorpus(path: folder.path + "/groups.cooeecorpus")
    #expect(corpus.utterances.map(\.group) == ["child", "", "native"])
    var newer = grouped
    newer[8] = 3
    #expect(
      try reason(newer, folder)
        == .notPrepared(
          path: folder.path + "/damaged.cooeecorpus", reason: "its version is 3, this program reads 1 and 2"))
    // Version 2 without its groups, or version 1 with data after its utterances.
    for (version, bytes) in [(2, plain), (1, grouped)] as [(UInt8, [UInt8])] {
      var changed = bytes
      changed[8] = version
      guard case .notPrepared = try reason(changed, folder) else {
        Issue.record("version \(version) of the other's form was read")
        continue
      }
    }
  }

  @Test("A truncated file is rejected at any length")
  func truncated() throws {
    let (folder, bytes) = try bytes()
    for count in [0, 1, 7, 8, 100, 4_095, 4_096, 4_100, bytes.count - 40, bytes.count - 1] {
      let error = try reason(Array(bytes[..<count]), folder)
      guard case .notPrepared = error else {
        Issue.record("\(count) bytes: \(String(describing: error))")
        continue
      }
    }
  }

  @Test("A changed byte of the header or the index is detected or harmless, never a trap")
  func flipped() throws {
    let (folder, bytes) = try bytes()
    for position in Array(0..<212) + Array(4_108..<bytes.count) {
      for bit in [0, 7] as [UInt8] {
        var changed = bytes
        changed[position] ^= 1 << bit
        let error = try reason(changed, folder)
        // Means may be any number. Every other change must be detected.
        if !(48..<208).contains(position) { #expect(error != nil, "byte \(position), bit \(bit)") }
      }
    }
  }

  @Test("Features of another contract require a new preparation")
  func contract() throws {
    var (folder, bytes) = try bytes()
    bytes[40] ^= 1
    guard case .featureContractMismatch = try reason(bytes, folder) else {
      Issue.record("the contract was not checked")
      return
    }
  }

  @Test("An abandoned writer leaves only the previous file")
  func interrupted() throws {
    let (folder, bytes) = try bytes()
    do {
      let writer = try PreparedCorpusWriter(path: folder.path + "/test.cooeecorpus")
      try writer.append(
        Utterance(id: "x", corpus: "", speaker: "", split: "", text: "", range: 0..<0), [1, 2, 3])
    }
    #expect(try Array(Data(contentsOf: URL(fileURLWithPath: folder.path + "/test.cooeecorpus"))) == bytes)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["test.cooeecorpus"])
  }

  @Test("A second writer of the same file is rejected, and a link to a corpus remains a link")
  func together() throws {
    let (folder, bytes) = try bytes()
    let path = folder.path + "/test.cooeecorpus"
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: path)
    let writer = try PreparedCorpusWriter(path: folder.path + "/link")
    try writer.append(
      Utterance(id: "x", corpus: "", speaker: "", split: "", text: "", range: 0..<0), [1, 2, 3])
    #expect {
      try PreparedCorpusWriter(path: path)
    } throws: { error in
      guard case CorpusError.cannotWrite(_, "another program is writing it") = error else { return false }
      return true
    }
    #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == bytes)
    try writer.finish(initialMeans: [Float](repeating: 0, count: 40))
    #expect(try PreparedCorpus(path: path).utterances.map(\.id) == ["x"])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/link") == path)
  }

  @Test("A missing file and an unwritable path are named")
  func places() throws {
    #expect(throws: CorpusError.cannotRead(path: "/nowhere/x", reason: "No such file or directory")) {
      try PreparedCorpus(path: "/nowhere/x")
    }
    #expect(throws: CorpusError.cannotWrite(path: "/nowhere/x.partial", reason: "No such file or directory")) {
      try PreparedCorpusWriter(path: "/nowhere/x")
    }
  }
}
