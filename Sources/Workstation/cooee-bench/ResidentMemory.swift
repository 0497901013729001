import CProcessUsage
import Foundation

/// The memory of a process in bytes, as counted by Linux.
struct ResidentMemory: Encodable {
  /// Peak resident memory: `VmHWM`.
  var peakBytes: Int
  /// Resident pages of mapped files (programs, libraries, models), which other processes may share and the kernel may
  /// drop. From `smaps_rollup`.
  var fileMappedBytes: Int
  /// The other resident memory: heap, stacks and modified file pages.
  var anonymousBytes: Int

  /// - Parameter process: a process id, or "self".
  /// - Returns: nil if the system does not provide it.
  init?(process: String = "self") {
    let status = Self.fields(of: "/proc/\(process)/status")
    let rollup = Self.fields(of: "/proc/\(process)/smaps_rollup")
    guard let peak = status["VmHWM"], let resident = rollup["Rss"], let anonymous = rollup["Anonymous"] else {
      return nil
    }
    peakBytes = peak
    fileMappedBytes = resident - anonymous
    anonymousBytes = anonymous
  }

  /// Returns free heap memory to the system and resets the peak to the current resident memory.
  static func forgetPeak() {
    process_trim_heap()
    try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
  }

  /// The lines `Name:   123 kB` of a file of `/proc`, in bytes.
  private static func fields(of path: String) -> [Substring: Int] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [:] }
    var fields: [Substring: Int] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard words.count == 3, words[2] == "kB", let kibibytes = Int(words[1]) else { continue }
      fields[words[0].dropLast()] = kibibytes * 1024
    }
    return fields
  }
}
