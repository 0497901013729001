import CPlatform

/// Why a microphone cannot be listened to. Every case names the device as the caller named it.
public enum CaptureError: Error, Equatable, Sendable {
  /// The device cannot be opened. `errorNumber` is the system's errno; `detail` is libasound's own text, often empty.
  case cannotOpen(device: String, errorNumber: Int32, detail: String)
  /// The device opened but does not record as asked for; `property` is what it refused, and what it offers instead.
  case unsupportedFormat(device: String, property: String)
  /// The device was pulled out, or failed in a way that only opening it again can repair.
  case disconnected(device: String, errorNumber: Int32)
  /// The device is open and gave no sample for this long.
  case silent(device: String, milliseconds: Int)
  /// No thread could be started for the capture.
  case noThread(errorNumber: Int32)
}

extension CaptureError {
  /// True where opening the device again later may succeed.
  var isWorthRetrying: Bool {
    switch self {
    case .disconnected, .silent, .cannotOpen: true
    case .unsupportedFormat, .noThread: false
    }
  }
}

extension CaptureError: CustomStringConvertible {
  /// What went wrong with which device and what to do, in one line for a person.
  public var description: String {
    switch self {
    case .cannotOpen(let device, let errorNumber, let detail):
      let remedy =
        switch errorNumber {
        case platform_error_busy:
          "another program is recording from it; stop that program or use a shared device such as default"
        case platform_error_access, platform_error_permission:
          "this user may not record; add the user to the group audio and log in again"
        case platform_error_no_entry, platform_error_no_device, platform_error_no_address:
          "no such card is connected; heed devices lists those that are"
        default: "heed devices lists the cards that can record"
        }
      let said = detail.isEmpty ? "" : " (\(detail))"
      return "cannot open the microphone \(device): \(systemErrorText(errorNumber))\(said): \(remedy)"
    case .unsupportedFormat(let device, let property):
      let remedy =
        device.hasPrefix("hw:")
        ? "use plug\(device), which converts, or set format and channels in the configuration to what it offers"
        : "name a device that converts, such as default or plughw:CARD"
      return "the microphone \(device) does not record as it was asked to (refused: \(property)): \(remedy)"
    case .disconnected(let device, let errorNumber):
      return "the microphone \(device) stopped: \(systemErrorText(errorNumber)); connect it again"
    case .silent(let device, let milliseconds):
      return "the microphone \(device) delivered nothing for \(milliseconds) ms; check the card and its driver"
    case .noThread(let errorNumber):
      return "no capture thread can be started: \(systemErrorText(errorNumber))"
    }
  }
}
