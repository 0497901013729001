import CFuzzer
import Glibc

/// The command line of a program of fuzz targets.
///
/// ```text
/// PROGRAM list                     prints the targets, one per line
/// PROGRAM prepare TARGET FOLDER    writes FOLDER/corpus/seed-N and FOLDER/words
/// PROGRAM TARGET [ARGUMENT…]       runs libFuzzer with these arguments
/// ```
public enum FuzzProgram {
  // libFuzzer calls a C function without a context.
  nonisolated(unsafe) private static var body: (@Sendable (UnsafeRawBufferPointer) -> Void)?
  // libFuzzer keeps pointers to its arguments until the end.
  nonisolated(unsafe) private static var words: [UnsafeMutablePointer<CChar>?] = []

  public static func run(_ targets: [FuzzTarget]) -> Int32 {
    let arguments = CommandLine.arguments
    switch arguments.dropFirst().first {
    case "list":
      for target in targets { print(target.name) }
      return 0
    case "prepare" where arguments.count == 4:
      guard let target = targets.first(where: { $0.name == arguments[2] }) else { return unknown(arguments[2]) }
      return prepare(target, folder: arguments[3])
    case let name?:
      guard let target = targets.first(where: { $0.name == name }) else { return unknown(name) }
      return fuzz(target, Array(arguments.dropFirst(2)))
    default:
      return unknown("")
    }
  }

  private static func unknown(_ name: String) -> Int32 {
    fuzzer_tell("there is no target \(name); the argument list prints them")
    return 64
  }

  private static func prepare(_ target: FuzzTarget, folder: String) -> Int32 {
    for (index, seed) in target.seeds().enumerated() {
      guard write(seed, to: "\(folder)/corpus/seed-\(index)") else { return 73 }
    }
    // A dictionary can contain no words, but the file must not be empty.
    var words = "# words of the format\n"
    for word in target.words {
      words += "\""
      for byte in word.utf8 {
        let digits = String(byte, radix: 16)
        words += "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
      }
      words += "\"\n"
    }
    return write(Array(words.utf8), to: "\(folder)/words") ? 0 : 73
  }

  private static func write(_ bytes: [UInt8], to path: String) -> Bool {
    guard let file = fopen(path, "wb") else {
      fuzzer_tell("cannot write \(path)")
      return false
    }
    let written = fwrite(bytes, 1, bytes.count, file)
    return fclose(file) == 0 && written == bytes.count
  }

  private static func fuzz(_ target: FuzzTarget, _ options: [String]) -> Int32 {
    body = target.body
    // libFuzzer also uses the name to restart itself.
    let words = [CommandLine.arguments[0], "-max_len=\(target.mostBytes)"] + options
    Self.words = words.map { strdup($0) } + [nil]
    return Self.words.withUnsafeMutableBufferPointer { pointers in
      fuzzer_run(Int32(words.count), pointers.baseAddress) { bytes, count in
        FuzzProgram.body?(UnsafeRawBufferPointer(start: bytes, count: count))
        return 0
      }
    }
  }
}
