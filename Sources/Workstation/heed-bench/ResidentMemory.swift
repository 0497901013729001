import CProcessUsage
import Foundation

/// What a process has in memory, in bytes, as Linux counts it.
struct ResidentMemory: Encodable {
  /// The most that was resident: `VmHWM`.
  var peakBytes: Int
  /// Of what is resident now, pages of mapped files (programs, libraries, models): others may share them, and the kernel
  /// may drop them. From `smaps_rollup`.
  var fileMappedBytes: Int
  /// The rest of what is resident now: heap, stacks and changed pages of files.
  var anonymousBytes: Int

  /// - Parameter process: a process id, or "self".
  /// - Returns: nil where the system does not tell.
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

  /// Lets the peak begin anew at what is resident now, after giving free heap back to the system.
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
