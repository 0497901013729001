import Messages
import TextEnrollment

/// What a command takes on its command line, and the texts that tell a person so.
///
/// The options of the full and of the lean program are the same because both are read by this.
package struct CommandSyntax {
  /// `--name VALUE`, or `--name` alone for a flag.
  package struct Option {
    let name: String
    /// Nil for a flag.
    let valueName: String?
    /// Whether it may be given several times; otherwise the last one counts.
    let isRepeated: Bool
    let help: String

    package static func value(
      _ name: String, _ valueName: String, _ help: String, isRepeated: Bool = false
    ) -> Option {
      Option(name: name, valueName: valueName, isRepeated: isRepeated, help: help)
    }

    package static func flag(_ name: String, _ help: String) -> Option {
      Option(name: name, valueName: nil, isRepeated: false, help: help)
    }
  }

  /// The words without a name.
  package struct Operand {
    let name: String
    let isRepeated: Bool
    let help: String

    package init(name: String, isRepeated: Bool, help: String) {
      self.name = name
      self.isRepeated = isRepeated
      self.help = help
    }
  }

  package let name: String
  package let abstract: String
  let discussion: String
  let operand: Operand?
  let options: [Option]

  package init(
    _ name: String, _ abstract: String, _ discussion: String, operand: Operand? = nil, options: [Option]
  ) {
    self.name = name
    self.abstract = abstract
    self.discussion = discussion
    self.operand = operand
    self.options = options
  }

  /// Reads the words after the command's name.
  ///
  /// - Throws: A usage failure that names the word and what is accepted.
  package func parse(_ words: [String]) throws(Failure) -> CommandArguments {
    var arguments = CommandArguments(commandName: name)
    var onlyOperands = false
    var index = 0
    while index < words.count {
      let word = words[index]
      index += 1
      guard !onlyOperands, word != "-", word.utf8.first == UInt8(ascii: "-") else {
        arguments.operands.append(word)
        continue
      }
      if word == "--" {
        onlyOperands = true
        continue
      }
      if word == "--help" || word == "-h" {
        arguments.wantsHelp = true
        return arguments
      }
      let (name, attached) = Self.parts(of: word)
      guard let option = option(named: name) else { throw unknown(word: word, name: name) }
      guard let valueName = option.valueName else {
        guard attached == nil else { throw usage("--\(option.name) takes no value; \(word) gives it one") }
        arguments.values.append((name: option.name, value: ""))
        continue
      }
      if let attached {
        arguments.values.append((name: option.name, value: attached))
      } else {
        guard index < words.count, !words[index].hasPrefix("--") else {
          throw usage("--\(option.name) needs a value: --\(option.name) <\(valueName)>")
        }
        arguments.values.append((name: option.name, value: words[index]))
        index += 1
      }
    }
    try checkOperands(arguments.operands)
    return arguments
  }

  private func checkOperands(_ operands: [String]) throws(Failure) {
    guard let operand else {
      if let first = operands.first { throw usage("there is no place for \"\(first)\"") }
      return
    }
    guard !operands.isEmpty else { throw usage("<\(operand.name)> is missing: \(operand.help)") }
    if !operand.isRepeated, operands.count > 1 {
      throw usage(
        "there is one <\(operand.name)>, and \"\(operands[1])\" is another; put a phrase of several words in quotation marks"
      )
    }
  }

  private func option(named name: String) -> Option? {
    for option in options where option.name == name { return option }
    return nil
  }

  private func unknown(word: String, name: String) -> Failure {
    let known = options.map { $0.name } + ["help"]
    return usage("there is no option \(word); did you mean --\(nearest(to: name, among: known))?")
  }

  private func usage(_ message: String) -> Failure { .usage(message, command: name) }

  /// `--name=value` in two, without the dashes.
  private static func parts(of word: String) -> (name: String, value: String?) {
    let bare = word.hasPrefix("--") ? word.dropFirst(2) : word.dropFirst()
    guard let equals = bare.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (String(bare), nil) }
    return (String(bare[..<equals]), String(bare[bare.utf8.index(after: equals)...]))
  }

  /// The whole help of the command.
  package var help: String {
    var usage = "usage: heed \(name)"
    if let operand { usage += operand.isRepeated ? " <\(operand.name)> ..." : " <\(operand.name)>" }
    if !options.isEmpty { usage += " [options]" }
    var lines = [abstract, "", usage, "", discussion, ""]
    if let operand { lines.append(Self.entry("<\(operand.name)>", operand.help)) }
    for option in options {
      let head = option.valueName.map { "--\(option.name) <\($0)>" } ?? "--\(option.name)"
      lines.append(Self.entry(head, option.help))
    }
    lines.append(Self.entry("-h, --help", "Show this help."))
    return lines.joined(separator: "\n")
  }

  /// A term and what it means in a second column, wrapped.
  private static func entry(_ term: String, _ meaning: String) -> String {
    let indent = 28
    var text = "  " + term
    var column = text.utf8.count
    if column + 2 > indent {
      text += "\n"
      column = 0
    }
    text += String(repeating: " ", count: indent - column)
    column = indent
    for word in meaning.split(separator: " ") {
      if column > indent, column + word.utf8.count + 1 > 100 {
        text += "\n" + String(repeating: " ", count: indent)
        column = indent
      }
      if column > indent {
        text += " "
        column += 1
      }
      text += word
      column += word.utf8.count
    }
    return text
  }
}

/// The name that takes the fewest edits to become `name`; the first of equal ones.
///
/// - Precondition: there is a candidate.
package func nearest(to name: String, among candidates: [String]) -> String {
  var best = candidates[0]
  var bestEdits = Int.max
  for candidate in candidates {
    let edits = PhonemeDistance.edits(Array(name.utf8), Array(candidate.utf8))
    if edits < bestEdits { (best, bestEdits) = (candidate, edits) }
  }
  return best
}
