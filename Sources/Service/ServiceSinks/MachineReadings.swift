import CPlatform
import Glibc
import ListeningService

/// Readings of this process and this machine from Linux, at one moment.
package struct MachineReadings: Equatable, Sendable {
  /// A temperature sensor.
  package struct Zone: Equatable, Sendable {
    /// The zone's name, such as `thermal_zone0`.
    package var name: String
    /// The sensor, such as `x86_pkg_temp`; empty if unknown.
    package var kind: String
    package var celsius: Double
  }

  /// CPU time of the process.
  package var cpuSeconds = 0.0
  /// Resident memory of the process; nil if unknown.
  package var residentBytes: Double?
  /// The Unix time when the process started; nil if unknown.
  package var startTimeSeconds: Double?
  package var zones: [Zone] = []

  /// - Parameters:
  ///   - processPath: A folder like /proc/self.
  ///   - thermalPath: A folder like /sys/class/thermal; at most 16 zones are read.
  package init(processPath: String = "/proc/self", thermalPath: String = "/sys/class/thermal") {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    cpuSeconds = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    let pages = SmallFile.text("\(processPath)/statm")?.split(separator: " ")
    if let pages, pages.count > 1, let count = Double(pages[1]) {
      residentBytes = count * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
    startTimeSeconds = Self.startTime(processPath)
    for index in 0..<16 {
      let name = "thermal_zone\(index)"
      guard let text = SmallFile.text("\(thermalPath)/\(name)/temp"), let value = Double(text) else { continue }
      zones.append(
        Zone(name: name, kind: SmallFile.text("\(thermalPath)/\(name)/type") ?? "", celsius: value / 1_000))
    }
  }

  /// The Unix time when the process started, to 0.1 s.
  private static func startTime(_ processPath: String) -> Double? {
    // The program's name, in parentheses, may contain spaces. Field 22 is the 20th after it.
    guard let status = SmallFile.text("\(processPath)/stat"), let end = status.lastIndex(of: ")") else { return nil }
    let fields = status[status.index(after: end)...].split(separator: " ")
    guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
    guard let uptimeText = SmallFile.text("/proc/uptime")?.split(separator: " ").first, let uptime = Double(uptimeText)
    else { return nil }
    let now = Double(ServiceEvent.currentMilliseconds) / 1_000
    let start = now - uptime + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    return (start * 10).rounded() / 10
  }
}
