import CPlatform

/// The system's message for an errno value.
package func systemText(_ errorNumber: Int32) -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
    platform_error_text(errorNumber, text.baseAddress!, text.count)
    return String(cString: text.baseAddress!)
  }
}
