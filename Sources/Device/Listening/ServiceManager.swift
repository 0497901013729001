import CPlatform
import Messages

/// Reports the state of the program to systemd or another service manager: ready, alive, reloading, stopping.
///
/// Does nothing without a service manager. One thread.
package struct ServiceManager {
  private let watchdogNanoseconds = platform_watchdog_nanoseconds()
  private var nextWatchdog: Int64 = 0

  package init() {}

  /// Reports that the program is ready.
  ///
  /// - Parameter status: A status line for the service manager.
  package func tellReady(_ status: String) { tellState("READY=1\nSTATUS=\(status)") }

  /// Reports that the configuration is being read again, until the next ``tellReady(_:)``.
  package func tellReloading() {
    tellState("RELOADING=1\nMONOTONIC_USEC=\(platform_monotonic_nanoseconds() / 1_000)")
  }

  /// Reports that the program is stopping.
  package func tellStopping() { tellState("STOPPING=1") }

  /// Reports that the program works. Call it at least twice per `WatchdogSec`; it sends no more often than necessary.
  package mutating func tellAlive() {
    guard watchdogNanoseconds > 0 else { return }
    let now = platform_monotonic_nanoseconds()
    guard now >= nextWatchdog else { return }
    nextWatchdog = now + watchdogNanoseconds / 4
    tellState("WATCHDOG=1")
  }

  private func tellState(_ state: String) { _ = state.withCString { platform_service_notify($0) } }
}
