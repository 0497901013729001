import Glibc

/// A folder of scripts and of what they write, removed at the end of the test.
final class HookFolder {
  private let root: String
  private var scriptCount = 0

  init() {
    var template = Array("/tmp/cooee-hooks-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "no temporary folder can be made in /tmp")
    root = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit { _ = system("rm -rf '\(root)'") }

  func path(_ name: String) -> String { "\(root)/\(name)" }

  func exists(_ name: String) -> Bool { access(path(name), F_OK) == 0 }

  func write(_ name: String, _ text: String) {
    // A program started meanwhile must not inherit it: a file open for writing cannot be run.
    let descriptor = open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "\(path(name)) cannot be written")
    let bytes = Array(text.utf8)
    let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    precondition(count == bytes.count, "\(path(name)) cannot be written")
    close(descriptor)
  }

  /// A shell script that can be run.
  func script(_ body: String) -> String {
    scriptCount += 1
    write(lastScriptName, "#!/bin/sh\n\(body)\n")
    chmod(path(lastScriptName), 0o700)
    return path(lastScriptName)
  }

  /// Unlike other tests' names, so that a process table can be searched for it; at most 15 bytes are kept there.
  var lastScriptName: String { "\(root.suffix(6))-\(scriptCount).sh" }

  func text(_ name: String) -> String { textOfFile(path(name)) }
}

func textOfFile(_ path: String) -> String {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return "" }
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: 65_536)
  let count = read(descriptor, &bytes, bytes.count)
  return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
}

/// Whether the process table has the process, as a zombie or alive.
func exists(_ process: pid_t) -> Bool { access("/proc/\(process)", F_OK) == 0 }

/// Whether the process is there and no zombie.
func isAlive(_ process: pid_t) -> Bool {
  let stat = textOfFile("/proc/\(process)/stat")
  guard let state = stat.split(separator: ")").last?.split(separator: " ").first else { return false }
  return state != "Z" && state != "X"
}

/// This process's children of that name that have ended and were not waited for.
func zombies(named name: String) -> Int {
  var count = 0
  for entry in entries(of: "/proc") where Int(entry) != nil {
    let stat = textOfFile("/proc/\(entry)/stat")
    if stat.contains("(\(name.prefix(15))) Z \(getpid()) ") { count += 1 }
  }
  return count
}

private func entries(of path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    names.append(
      withUnsafePointer(to: &entry.pointee.d_name) {
        String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      })
  }
  return names
}
