import Crypto
import Foundation
import Testing

@Suite("Released models")
struct ReleasedModelsTests {
  @Test("models/SHA256SUMS lists every released file with its checksum")
  func sums() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../../models")
    let list = try String(contentsOf: folder.appending(path: "SHA256SUMS"), encoding: .utf8)
    var listed: [String: String] = [:]
    for line in list.split(separator: "\n") {
      let parts = line.components(separatedBy: "  ")
      try #require(parts.count == 2, "\(line)")
      listed[parts[1]] = parts[0]
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".cooee") }
    #expect(files.sorted() == listed.keys.sorted())
    for file in files {
      let digest = SHA256.hash(data: try Data(contentsOf: folder.appending(path: file)))
      let sum = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      #expect(listed[file] == sum, "\(file): (cd models && sha256sum *.cooee >SHA256SUMS) lists what is there")
    }
  }
}
