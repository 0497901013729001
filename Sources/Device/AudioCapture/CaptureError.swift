import CPlatform
import Messages
import Recordings

/// Why a source cannot be captured. The cases contain the device's name as the caller gave it.
public enum CaptureError: Error, Equatable, Sendable {
  /// The device cannot be opened. `errorNumber` is the errno; `detail` is libasound's message, often empty.
  case cannotOpen(device: String, errorNumber: Int32, detail: String)
  /// Other programs record from the card; `holders` are the known ones.
  case busy(device: String, holders: [CardHolder])
  /// ALSA's configuration has no device with this name.
  case unknownDevice(device: String, detail: String)
  /// The name of a stream has no valid host and port.
  case badAddress(device: String)
  /// The device does not support the settings. `property` is the refused one and what the device offers instead.
  case unsupportedFormat(device: String, property: String)
  /// The stream has a format that cannot be decoded, or is damaged.
  case badStream(AudioFileError)
  /// The device was unplugged or failed, and must be opened again.
  case disconnected(device: String, errorNumber: Int32)
  /// The other side closed the connection.
  case closed(device: String)
  /// No sender has connected yet.
  case noSender(device: String)
  /// The device is open, but has delivered no samples for this long.
  case silent(device: String, milliseconds: Int)
  /// The capture thread cannot be started.
  case noThread(errorNumber: Int32)
}

extension CaptureError {
  /// Whether opening the device again later may succeed.
  var isWorthRetrying: Bool {
    switch self {
    case .disconnected, .closed, .noSender, .silent, .cannotOpen, .busy, .badStream: true
    case .unsupportedFormat, .unknownDevice, .badAddress, .noThread: false
    }
  }

  /// Whether this error adds no information for a user to whom `other` was reported.
  func saysNoMore(than other: CaptureError) -> Bool {
    switch (self, other) {
    case (.busy(_, let holders), .busy(_, let known)): holders == known
    case (.busy, _), (_, .busy), (_, .noSender): false
    case (.cannotOpen(_, let number, _), .cannotOpen(_, let known, _)): number == known
    // A device that was unplugged cannot be found.
    case (.cannotOpen(_, let number, _), _): number != platform_error_access && number != platform_error_permission
    default: true
    }
  }
}

extension CaptureError: CustomStringConvertible {
  /// What failed on which device, and what to do, in one line.
  public var description: String {
    switch self {
    case .cannotOpen(let device, let errorNumber, let detail):
      let said = detail.isEmpty ? "" : " (" + detail + ")"
      let subject = CaptureOrigin.subject(of: device)
      let isUnknownName = CaptureOrigin.isStream(device) && errorNumber == platform_error_no_entry
      let reason = isUnknownName ? "unknown host name" : systemText(errorNumber)
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
    case .unknownDevice(let device, _) where platform_is_readable_file(device) != 0:
      return device + " is a file and no microphone; search it with cooee spot " + shellQuoted(device)
    case .unknownDevice(let device, let detail):
      return "there is no microphone " + device + " (" + detail + "); cooee devices lists those available"
    case .badAddress(let device):
      return
        device + " has no valid host and port; streams are tcp://HOST:PORT and tcp-listen://ADDRESS:PORT, such as "
        + "tcp-listen://0.0.0.0:5000"
    case .unsupportedFormat(let device, let property):
      return "the microphone " + device + " does not support the settings (refused: " + property
        + "): leave out format, channels and rate, or set them to what it offers"
    case .badStream(let error): return error.description
    case .disconnected(let device, let errorNumber):
      return CaptureOrigin.subject(of: device) + " stopped: " + systemText(errorNumber) + "; connect it again"
    case .closed(let device):
      return CaptureOrigin.subject(of: device) + " was closed by the other side; restart the sender"
    case .noSender(let device):
      return "no sender has connected to " + device + "; start one that sends raw samples or a WAV file"
    case .silent(let device, let milliseconds):
      let remedy =
        CaptureOrigin.isStream(device) ? "check that the sender is running" : "check the card and its driver"
      return CaptureOrigin.subject(of: device) + " delivered nothing for " + decimal(Int(milliseconds)) + " ms; "
        + remedy
    case .noThread(let errorNumber):
      return "cannot start the capture thread: " + systemText(errorNumber)
    }
  }

  /// What to add to the command that starts a container.
  private var inContainer: String {
    "; in a container, pass --device /dev/snd and --group-add with the number of the group audio"
  }

  private func remedy(_ device: String, _ errorNumber: Int32) -> String {
    if CaptureOrigin.isStream(device) {
      switch errorNumber {
      case platform_error_no_entry, platform_error_again: return "check the name, or use the address"
      case platform_error_refused: return "no program listens on that port; start the sender"
      case platform_error_address_in_use: return "another program uses the port; stop it or use another port"
      case platform_error_no_address_here: return "this machine has no such address; use 0.0.0.0 for all its addresses"
      case platform_error_access, platform_error_permission:
        return "this user may not use the port; use one above 1023, and check that the service may use the network"
      default: return "check that the other machine is running and reachable"
      }
    }
    switch errorNumber {
    case platform_error_access, platform_error_permission:
      return "this user may not record; add the user to the group audio and log in again" + inContainer
    case platform_error_no_entry, platform_error_no_device, platform_error_no_address:
      if platform_path_exists("/dev/snd") == 0 { return "there is no sound card (no /dev/snd)" + inContainer }
      return "no such card is connected; cooee devices lists those available"
    default: return "cooee devices lists the cards that can record"
    }
  }
}
