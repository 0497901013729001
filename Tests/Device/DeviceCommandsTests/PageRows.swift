import DeviceSetup
import Foundation

/// The cells of each row of a Markdown page that begins with a name in code.
func pageRows(of text: some StringProtocol) -> [[String]] {
  text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { row in
    row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
  }
}

/// A key's default as a page writes it, texts between these marks; empty where there is none.
func standard(of key: ConfigurationKey, mark: String) -> String {
  switch key.standard {
  case .integer(let number): "\(number)"
  case .text(let text): mark + text + mark
  case nil: ""
  }
}
