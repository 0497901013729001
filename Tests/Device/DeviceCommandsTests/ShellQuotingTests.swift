import Foundation
import Messages
import Testing

@Suite("Shell quoting")
struct ShellQuotingTests {
  @Test("a shell reads back every quoted word as it was")
  func shellReadsBack() throws {
    let words = [
      "phrases.cooeep", "my phrases.cooeep", "it's", "'", "''", "", "a\"b", "$HOME", "`id`", "\\", "a\nb", "*.wav", "~",
      "größe 日本", "a;b", "a&b", "(a)", "#", "!x", "/var/lib/cooee/p,q+r@s%t=u:v_w-x.y", "\u{1B}[1m",
    ]
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", "printf '%s\\001' \(words.map { shellQuoted($0) }.joined(separator: " "))"]
    let output = Pipe()
    shell.standardOutput = output
    try shell.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    shell.waitUntilExit()
    #expect(bytes == Data(words.flatMap { Array($0.utf8) + [1] }))
  }

  @Test("a word without special characters stays as it is, and others get single quotation marks")
  func plainWords() {
    #expect(shellQuoted("/var/lib/cooee/a_b-c.cooeep") == "/var/lib/cooee/a_b-c.cooeep")
    #expect(shellQuoted("hey computer") == "'hey computer'")
    #expect(shellQuoted("what's up") == #"'what'\''s up'"#)
    #expect(shellQuoted("") == "''")
  }
}
