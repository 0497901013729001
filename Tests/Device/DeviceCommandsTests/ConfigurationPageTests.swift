import DeviceSetup
import Foundation
import Testing

@Suite("Configuration page")
struct ConfigurationPageTests {
  private static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../Sources/Device/DeviceCommands/DeviceCommands.docc/Configuration.md")

  @Test("the page lists every key in order, with the accepted values and the default")
  func everyKey() throws {
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    let rows = pageRows(of: text)
    #expect(rows.map { $0[0] } == ConfigurationKey.allCases.map { "`\($0.name)`" })
    for (row, key) in zip(rows, ConfigurationKey.allCases) {
      #expect(row[3] == standard(of: key, mark: "\""), "\(key.name)")
      switch key.rule {
      case .integer(let range):
        let accepted =
          range.count == 1
          ? "the number \(range.lowerBound)" : "whole numbers from \(range.lowerBound) to \(range.upperBound)"
        #expect(row[2] == accepted, "\(key.name)")
      case .oneOf(let words) where key != .kernelPath:
        #expect(row[2] == words.map { "\"\($0)\"" }.joined(separator: ", "), "\(key.name)")
      case .oneOf, .text: break
      }
    }
  }
}
