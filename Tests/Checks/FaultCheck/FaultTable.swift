import Foundation

/// Counts the injected faults by kind, and their results.
struct FaultTable {
  private struct Row {
    var kind: String
    var injected = 0
    var survived = 0
  }

  private var rows: [Row] = []
  private var failures: [String] = []
  private var endings: [String: [String: Int]] = [:]

  /// Records one fault.
  ///
  /// - Parameter problem: the failure; `nil` if there is none.
  mutating func note(_ kind: String, problem: String?) {
    let index: Int
    if let known = rows.firstIndex(where: { $0.kind == kind }) {
      index = known
    } else {
      index = rows.count
      rows.append(Row(kind: kind))
    }
    rows[index].injected += 1
    if let problem { failures.append("\(kind): \(problem.prefix(400))") } else { rows[index].survived += 1 }
  }

  /// Records how a program ended that can end in several ways.
  mutating func noteEnding(_ kind: String, _ run: FaultedRun) {
    let ending =
      run.signal.map { String(cString: strsignal($0)) } ?? (run.succeeded ? "went on to the end" : "a message")
    endings[kind, default: [:]][ending, default: 0] += 1
  }

  var failureCount: Int { failures.count }

  var text: String {
    let total = rows.reduce(into: (0, 0)) { $0 = ($0.0 + $1.injected, $0.1 + $1.survived) }
    var lines = ["| fault | injected | survived |", "|---|---|---|"]
    lines += rows.map { "| \($0.kind) | \($0.injected) | \($0.survived) |" }
    lines.append("| in all | \(total.0) | \(total.1) |")
    for (kind, counts) in endings.sorted(by: { $0.key < $1.key }) {
      let shares = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      lines.append("\(kind) ended with: \(shares.joined(separator: ", "))")
    }
    lines += failures.prefix(20).map { "failed: \($0)" }
    return lines.joined(separator: "\n")
  }
}
