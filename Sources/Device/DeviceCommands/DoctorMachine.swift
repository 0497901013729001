import AudioCapture
import CPlatform
import Messages

/// The checks of `cooee doctor` on the machine: permissions, clock, and disk.
struct DoctorMachine {
  /// Checks whether this user may open the sound cards. Opens none.
  ///
  /// - Parameter stream: The stream that is listened to instead of a card.
  /// - Throws: A failure if there are capture devices and the user may open none of them.
  static func cards(stream: String?, folder: String = "/dev/snd") throws(Failure) -> DoctorFinding {
    if let stream { return DoctorFinding(detail: "not needed for " + stream) }
    var nodes = platform_nodes_in(folder, "pcm", "c")
    guard nodes.count > 0 else {
      return DoctorFinding(detail: "no sound card with a capture device in " + folder)
    }
    let group = withUnsafeBytes(of: &nodes.group) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let counted =
      decimal(Int(nodes.count)) + " capture device" + (nodes.count > 1 ? "s" : "") + " in " + folder + ", group "
      + group
    if nodes.readable_count == nodes.count {
      return DoctorFinding(detail: counted + "; this user has permission for all (not opened)")
    }
    let user = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { name in
      platform_user_name(name.baseAddress!, name.count)
      return String(cString: name.baseAddress!)
    }
    let remedy: String
    if nodes.has_group != 0 {
      remedy = "the group may not open it; check the udev rules for /dev/snd"
    } else if nodes.was_given_group != 0 {
      remedy = user + " joins " + group + " at the next login; log in again"
    } else {
      remedy = "run sudo usermod -aG " + group + " " + user + ", and log in again"
    }
    let detail = counted + ", of which " + user + " may open " + decimal(Int(nodes.readable_count)) + ": " + remedy
    guard nodes.readable_count == 0 else { return .note(detail) }
    throw Failure(.deviceUnavailable, detail)
  }

  /// Checks whether the capture thread can get the configured priority.
  static func realtime(priority: Int) -> DoctorFinding {
    guard priority > 0 else { return DoctorFinding(detail: "not requested (realtime_priority = 0)") }
    let error = platform_realtime_error(Int32(priority))
    if error == 0 { return DoctorFinding(detail: "priority " + decimal(priority) + " is granted") }
    let limit = platform_realtime_limit()
    let allowed = limit < 0 ? "" : ", and RLIMIT_RTPRIO allows " + decimal(Int(limit))
    return .note(
      "priority " + decimal(priority) + " is refused (" + systemText(error) + allowed
        + "); listening works without it. To allow it: "
        + "LimitRTPRIO=" + decimal(priority) + " in the service, or @audio - rtprio " + decimal(priority)
        + " in /etc/security/limits.conf")
  }

  /// Checks whether the clock is plausible and synchronized.
  static func clock() -> DoctorFinding {
    let year = platform_clock_year()
    guard (2025...2100).contains(year) else {
      return .note("the clock is in the year " + decimal(Int(year)) + "; set it (date -s, or timedatectl set-ntp true)")
    }
    switch platform_clock_is_synchronised() {
    case 1: return DoctorFinding(detail: "synchronized")
    case 0: return .note("not synchronized; run timedatectl set-ntp true, or start chrony or ntpd")
    default: return DoctorFinding(detail: "set; cannot determine whether it is synchronized")
    }
  }

  /// Checks whether phrases can be written to a file's folder.
  static func disk(phrases path: String?) -> DoctorFinding {
    guard let path else { return DoctorFinding(detail: "not checked; name a file with --phrases") }
    var folder = "."
    if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
      folder = slash == path.startIndex ? "/" : String(path[..<slash])
    }
    let free = platform_free_bytes(folder)
    guard free >= 0 else { return .note(folder + ": " + systemText(Int32(-free)) + "; create the folder") }
    let error = platform_folder_write_error(folder)
    guard error == 0 else {
      return .note(
        folder + " is not writable for this user (" + systemText(error)
          + "); listening works, but phrases must be enrolled by "
          + "another user")
    }
    let megabytes = free / 1_000_000
    guard megabytes > 0 else {
      return .note(folder + " has " + decimal(Int(free / 1_000)) + " KB free; free some space before you enroll")
    }
    return DoctorFinding(detail: folder + " has " + decimal(Int(megabytes)) + " MB free and is writable")
  }
}
