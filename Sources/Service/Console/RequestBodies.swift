import HTTPTypes
import HummingbirdCore
import JSON
import Messages
import NIOCore

/// Reads the bodies of requests, within limits.
enum RequestBodies {
  static let mostJSONBytes = 16_384
  static let mostFileBytes = 16_777_216

  /// The body as a JSON object.
  static func object(_ request: Request, _ rules: AccessRules) async throws -> JSONValue {
    try rules.checkContent(of: request.head, is: "application/json")
    let bytes = try await self.bytes(request, atMost: mostJSONBytes)
    guard let value = JSONValue(bytes), case .object = value else {
      throw ConsoleError(
        .badRequest, "the body is not a JSON object", remedy: "send one, such as {\"phrase\":\"hey computer\"}")
    }
    return value
  }

  static func file(_ request: Request, _ rules: AccessRules) async throws -> [UInt8] {
    try rules.checkContent(of: request.head, is: "application/octet-stream")
    return try await bytes(request, atMost: mostFileBytes)
  }

  private static func bytes(_ request: Request, atMost limit: Int) async throws -> [UInt8] {
    let tooLarge = ConsoleError(
      .contentTooLarge, "the body has more than \(limit) bytes", remedy: "send less in one request")
    if let field = request.headers[.contentLength], let count = Int(field), count > limit { throw tooLarge }
    do {
      return Array(buffer: try await request.body.collect(upTo: limit))
    } catch is NIOTooManyBytesError {
      throw tooLarge
    }
  }
}

extension JSONValue {
  /// A required string.
  func text(_ name: String, atMost limit: Int = PhraseEditor.mostTextBytes) throws(ConsoleError) -> String {
    guard let value = try optionalText(name, atMost: limit), !value.isEmpty else {
      throw ConsoleError(.badRequest, "the member \"\(name)\" is missing or empty", remedy: "send it as a string")
    }
    return value
  }

  func optionalText(_ name: String, atMost limit: Int = PhraseEditor.mostTextBytes) throws(ConsoleError) -> String? {
    guard let member = self[name] else { return nil }
    return try member.line(name, atMost: limit)
  }

  /// A string, or several strings in an array, one a line.
  func optionalLines(_ name: String) throws(ConsoleError) -> String? {
    guard case .array(let members) = self[name] else { return try optionalText(name) }
    var lines: [String] = []
    for member in members { lines.append(try member.line(name, atMost: PhraseEditor.mostTextBytes)) }
    return lines.joined(separator: "\n")
  }

  /// This value as a string without control characters; `name` is for messages.
  private func line(_ name: String, atMost limit: Int) throws(ConsoleError) -> String {
    guard let value = text, value.utf8.count <= limit else {
      throw ConsoleError(
        .badRequest, "the member \"\(name)\" is not a string of at most \(limit) bytes", remedy: "send a shorter one")
    }
    guard !value.unicodeScalars.contains(where: isControlCharacter) else {
      throw ConsoleError(
        .badRequest, "the member \"\(name)\" has a control character", remedy: "send one line of text")
    }
    return value
  }

  func optionalNumber(_ name: String, in range: ClosedRange<Double>) throws(ConsoleError) -> Double? {
    guard let member = self[name] else { return nil }
    guard case .number(let value) = member, range.contains(value) else {
      throw ConsoleError(
        .badRequest, "the member \"\(name)\" is not a number from \(range.lowerBound) to \(range.upperBound)",
        remedy: "send one in that range")
    }
    return value
  }
}
