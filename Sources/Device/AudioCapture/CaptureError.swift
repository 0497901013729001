import CPlatform
import Messages

/// Why a source cannot be listened to. Every case names the device as the caller named it.
public enum CaptureError: Error, Equatable, Sendable {
  /// The device cannot be opened. `errorNumber` is the system's errno; `detail` is libasound's own text, often empty.
  case cannotOpen(device: String, errorNumber: Int32, detail: String)
  /// Other programs record from the card; `holders` are those that are known.
  case busy(device: String, holders: [CardHolder])
  /// ALSA's configuration has no device of this name.
  case unknownDevice(device: String, detail: String)
  /// The name of a stream has no host or no port.
  case badAddress(device: String)
  /// The device opened but does not record as asked for; `property` is what it refused, and what it offers instead.
  case unsupportedFormat(device: String, property: String)
  /// The device was pulled out, or failed in a way that only opening it again can repair.
  case disconnected(device: String, errorNumber: Int32)
  /// The other side closed the connection.
  case closed(device: String)
  /// Nobody has connected yet.
  case noSender(device: String)
  /// The device is open and gave no sample for this long.
  case silent(device: String, milliseconds: Int)
  /// No thread could be started for the capture.
  case noThread(errorNumber: Int32)
}

extension CaptureError {
  /// True where opening the device again later may succeed.
  var isWorthRetrying: Bool {
    switch self {
    case .disconnected, .closed, .noSender, .silent, .cannotOpen, .busy: true
    case .unsupportedFormat, .unknownDevice, .badAddress, .noThread: false
    }
  }

  /// Whether a person who knows of `other` learns nothing from this one.
  func saysNoMore(than other: CaptureError) -> Bool {
    switch (self, other) {
    case (.busy(_, let holders), .busy(_, let known)): holders == known
    case (.busy, _), (_, .busy), (_, .noSender): false
    case (.cannotOpen(_, let number, _), .cannotOpen(_, let known, _)): number == known
    // What is gone is not there.
    case (.cannotOpen(_, let number, _), _): number != platform_error_access && number != platform_error_permission
    default: true
    }
  }
}

extension CaptureError: CustomStringConvertible {
  /// What went wrong with which device and what to do, in one line for a person.
  public var description: String {
    switch self {
    case .cannotOpen(let device, let errorNumber, let detail):
      let said = detail.isEmpty ? "" : " (" + detail + ")"
      let subject = CaptureOrigin.subject(of: device)
      let isUnknownName = CaptureOrigin.isStream(device) && errorNumber == platform_error_no_entry
      let reason = isUnknownName ? "the name is not known" : systemText(errorNumber)
      return "cannot open " + subject + ": " + reason + said + ": " + remedy(device, errorNumber)
    case .busy(let device, let holders):
      var named = ""
      for holder in holders {
        named += named.isEmpty ? "" : ", "
        named += holder.program.isEmpty ? "a program" : holder.program
        named += " (process " + decimal(holder.process) + ")"
      }
      let verb = holders.count > 1 ? "are" : "is"
      let said = named.isEmpty ? "another program is" : named + " " + verb
      return
        CaptureOrigin.subject(of: device) + " is busy: " + said + " recording from it; stop "
        + (holders.count > 1 ? "them" : "it") + " or use a shared device such as default"
    case .unknownDevice(let device, let detail):
      return "there is no microphone " + device + " (" + detail + "); heed devices lists those that are"
    case .badAddress(let device):
      return
        device + " names no host and port; streams are tcp://HOST:PORT and tcp-listen://ADDRESS:PORT, such as "
        + "tcp-listen://0.0.0.0:5000"
    case .unsupportedFormat(let device, let property):
      let remedy =
        device.utf8.starts(with: "hw:".utf8)
        ? "use plug" + device + ", which converts, or set format and channels in the configuration to what it offers"
        : "name a device that converts, such as default or plughw:CARD"
      return "the microphone " + device + " does not record as it was asked to (refused: " + property + "): " + remedy
    case .disconnected(let device, let errorNumber):
      return CaptureOrigin.subject(of: device) + " stopped: " + systemText(errorNumber) + "; connect it again"
    case .closed(let device):
      return CaptureOrigin.subject(of: device) + " was closed by the other side; start it there again"
    case .noSender(let device):
      return "nobody has connected to " + device + "; start a sender of raw 16 kHz samples"
    case .silent(let device, let milliseconds):
      let remedy =
        CaptureOrigin.isStream(device) ? "see whether the sender still runs" : "check the card and its driver"
      return CaptureOrigin.subject(of: device) + " delivered nothing for " + decimal(Int(milliseconds)) + " ms; "
        + remedy
    case .noThread(let errorNumber):
      return "no capture thread can be started: " + systemText(errorNumber)
    }
  }

  private func remedy(_ device: String, _ errorNumber: Int32) -> String {
    if CaptureOrigin.isStream(device) {
      switch errorNumber {
      case platform_error_no_entry, platform_error_again: return "write it as the network knows it, or give its address"
      case platform_error_refused: return "nothing waits for connections there; start the sender"
      case platform_error_address_in_use: return "another program uses the port; stop it or take another port"
      case platform_error_no_address_here: return "this machine has no such address; 0.0.0.0 stands for all it has"
      case platform_error_access, platform_error_permission:
        return "this user may not use it; take a port above 1023, and see that the service is allowed the network"
      default: return "see that the other machine runs and can be reached"
      }
    }
    switch errorNumber {
    case platform_error_access, platform_error_permission:
      return "this user may not record; add the user to the group audio and log in again"
    case platform_error_no_entry, platform_error_no_device, platform_error_no_address:
      return "no such card is connected; heed devices lists those that are"
    default: return "heed devices lists the cards that can record"
    }
  }
}
