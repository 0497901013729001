import CommandLineOptions
import Messages
import Testing

@Suite("Command-line options")
struct CommandSyntaxTests {
  private let syntax = CommandSyntax(
    "listen", "", "",
    options: [
      .value("phrases", "file", "The phrase file."), .value("to", "file", "The file."),
      .value("seconds", "number", "How long."), .value("kernel-path", "name", "The path."),
      .value("on-detect", "program", "Run this program.", isRepeated: true), .flag("json", "Print JSON."),
    ])

  private func refusal(_ words: [String]) -> String? {
    do {
      _ = try syntax.parse(words)
      return nil
    } catch {
      #expect(error.code == .usage)
      return error.message
    }
  }

  @Test(
    "an option that is not repeatable may be given once, however it is written",
    arguments: [
      ["--phrases", "a", "--phrases", "b"], ["--phrases=a", "--json", "--phrases", "a"],
      ["--phrases", "a", "--on-detect", "p", "--phrases="],
    ])
  func givenTwice(words: [String]) {
    #expect(refusal(words)?.hasPrefix("--phrases is given more than once; it accepts one value") == true)
  }

  @Test("a repeatable option keeps all values in order, and a repeated flag changes nothing")
  func repeatable() throws {
    let arguments = try syntax.parse(["--on-detect", "b", "--json", "--on-detect=a", "--json", "--on-detect", "b"])
    #expect(arguments.texts("on-detect") == ["b", "a", "b"])
    #expect(arguments.flag("json"))
  }

  @Test("the help marks exactly the repeatable options")
  func help() {
    let marked = syntax.help.split(separator: "\n").filter { $0.contains("Repeatable") }
    #expect(marked.count == 1 && marked.first?.hasPrefix("  --on-detect <program>") == true)
  }

  @Test(
    "a mistyped option gets a suggestion only if one edit, or two from six bytes on, make it an option",
    arguments: [
      ("--phrase", "phrases"), ("--phrsaes", "phrases"), ("--Phrases", "phrases"), ("--kernelpath", "kernel-path"),
      ("--kernel_pth", "kernel-path"), ("--jsn", "json"), ("--too", "to"), ("-json2", "json"), ("--hlp", "help"),
      ("--second=3", "seconds"), ("--input", nil), ("--file", nil), ("--jn", nil), ("--phr", nil), ("--model", nil),
      ("--kernlpth2", nil), ("--x", nil), ("--on", nil),
    ])
  func suggestions(word: String, option: String?) {
    let message = refusal([word, "x"]) ?? ""
    #expect(message.hasPrefix("no option \(word);"), "\(message)")
    if let option {
      #expect(message.contains("; did you mean --\(option)?"), "\(message)")
    } else {
      #expect(!message.contains("did you mean"), "\(message)")
      #expect(message.hasSuffix("; see cooee listen --help"), "\(message)")
    }
  }
}
