#if !hasFeature(Embedded)
  extension JSONValue {
    /// The value as JSON: UTF-8 on one line, with the members in the order of their names.
    public var encoded: [UInt8] {
      var bytes: [UInt8] = []
      append(to: &bytes)
      return bytes
    }

    private func append(to bytes: inout [UInt8]) {
      switch self {
      case .null: bytes += "null".utf8
      case .truth(let value): bytes += (value ? "true" : "false").utf8
      case .number(let value):
        if let integer { bytes += "\(integer)".utf8 } else { bytes += (value.isFinite ? "\(value)" : "null").utf8 }
      case .text(let text): bytes.appendQuoted(text)
      case .array(let elements):
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
          if index > 0 { bytes.append(UInt8(ascii: ",")) }
          element.append(to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
      case .object(let members):
        bytes.append(UInt8(ascii: "{"))
        for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
          if index > 0 { bytes.append(UInt8(ascii: ",")) }
          bytes.appendQuoted(member.key)
          bytes.append(UInt8(ascii: ":"))
          member.value.append(to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
      }
    }
  }
#endif
