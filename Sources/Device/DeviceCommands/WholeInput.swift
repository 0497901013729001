import CPlatform
import Messages

/// The name of a file, or of stdin for `-`, in messages.
func inputName(_ path: String) -> String { path == "-" ? "standard input" : path }

/// Reads a whole file, or stdin for `-`.
func readWhole(_ path: String) throws(Failure) -> [UInt8] {
  let descriptor = path == "-" ? 0 : platform_open_for_reading(path)
  guard descriptor >= 0 else { throw Failure(.noInput, "cannot open \(inputName(path)): \(systemText(-descriptor))") }
  defer { if descriptor != 0 { platform_close(descriptor) } }
  var all: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = chunk.withUnsafeMutableBytes { platform_read(descriptor, $0.baseAddress, $0.count) }
    guard count >= 0 else {
      throw Failure(.noInput, "cannot read \(inputName(path)): \(systemText(Int32(-count)))")
    }
    if count == 0 { return all }
    all.append(contentsOf: chunk[..<count])
  }
}
