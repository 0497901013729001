import Messages

/// The syntax of a command line, and the help texts for it.
///
/// The full and the lean program share this type, so they have the same options.
package struct CommandSyntax {
  /// `--name VALUE`, or `--name` alone for a flag.
  package struct Option {
    let name: String
    /// Nil for a flag.
    let valueName: String?
    /// Whether the option may be given more than once. Then all of its values count.
    let isRepeated: Bool
    let help: String

    /// An option with a value.
    ///
    /// - Parameter isRepeated: Whether it may be given more than once, which its help then says.
    package static func value(
      _ name: String, _ valueName: String, _ help: String, isRepeated: Bool = false
    ) -> Option {
      Option(name: name, valueName: valueName, isRepeated: isRepeated, help: help)
    }

    /// An option without a value. Repeating it changes nothing.
    package static func flag(_ name: String, _ help: String) -> Option {
      Option(name: name, valueName: nil, isRepeated: true, help: help)
    }
  }

  /// The arguments that are not options.
  package struct Operand {
    let name: String
    let isRepeated: Bool
    let isOptional: Bool
    let help: String

    package init(name: String, isRepeated: Bool, isOptional: Bool = false, help: String) {
      self.name = name
      self.isRepeated = isRepeated
      self.isOptional = isOptional
      self.help = help
    }
  }

  package let name: String
  package let abstract: String
  let discussion: String
  let operand: Operand?
  let options: [Option]

  /// - Parameters:
  ///   - name: The command's name.
  ///   - abstract: One sentence for the list of commands.
  ///   - discussion: The main part of the command's help.
  ///   - operand: The arguments that are not options; nil if there are none.
  ///   - options: The options in the order of the help.
  package init(
    _ name: String, _ abstract: String, _ discussion: String, operand: Operand? = nil, options: [Option]
  ) {
    self.name = name
    self.abstract = abstract
    self.discussion = discussion
    self.operand = operand
    self.options = options
  }

  /// Parses the words after the command's name.
  ///
  /// - Throws: `usage` with the word that is wrong and what is accepted. An option that is not repeatable may be given
  ///   once.
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
      guard option.isRepeated || !arguments.flag(option.name) else {
        throw usage("--" + option.name + " is given more than once; it accepts one value")
      }
      guard let valueName = option.valueName else {
        guard attached == nil else { throw usage("--\(option.name) takes no value, but \(word) has one") }
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
      if let first = operands.first { throw usage("unexpected argument \"\(first)\"") }
      return
    }
    guard operand.isOptional || !operands.isEmpty else { throw usage("<\(operand.name)> is missing: \(operand.help)") }
    if !operand.isRepeated, operands.count > 1 {
      throw usage(
        "only one <\(operand.name)> is accepted, but \"\(operands[1])\" follows; quote a phrase of several words"
      )
    }
  }

  private func option(named name: String) -> Option? {
    for option in options where option.name == name { return option }
    return nil
  }

  private func unknown(word: String, name: String) -> Failure {
    let known = options.map { $0.name } + ["help"]
    return usage("no option " + word + suggestion(for: name, among: known, prefix: "--"))
  }

  private func usage(_ message: String) -> Failure { .usage(message, command: name) }

  /// Splits `--name=value`, without the dashes.
  private static func parts(of word: String) -> (name: String, value: String?) {
    let bare = word.hasPrefix("--") ? word.dropFirst(2) : word.dropFirst()
    guard let equals = bare.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (String(bare), nil) }
    return (String(bare[..<equals]), String(bare[bare.utf8.index(after: equals)...]))
  }

  /// The complete help text of the command.
  package var help: String {
    var usage = "usage: cooee \(name)"
    if let operand { usage += operand.isRepeated ? " <\(operand.name)> ..." : " <\(operand.name)>" }
    if !options.isEmpty { usage += " [options]" }
    var lines = [abstract, "", usage, "", discussion, ""]
    if let operand { lines.append(Self.entry("<\(operand.name)>", operand.help)) }
    for option in options {
      let head = option.valueName.map { "--\(option.name) <\($0)>" } ?? "--\(option.name)"
      lines.append(
        Self.entry(head, option.valueName != nil && option.isRepeated ? option.help + " Repeatable." : option.help))
    }
    lines.append(Self.entry("-h, --help", "Show this help."))
    return lines.joined(separator: "\n")
  }

  /// A term and its meaning in a second column, wrapped.
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
