import CPlatform

/// What systemd, or whatever else started the program as a service, is told: that it is ready, alive, reloading, at its end.
///
/// Nothing happens where no service manager listens. One thread.
package struct ServiceManager {
  private let watchdogNanoseconds = platform_watchdog_nanoseconds()
  private var nextWatchdog: Int64 = 0

  package init() {}

  package func tellReady(_ status: String) { tellState("READY=1\nSTATUS=\(status)") }

  /// Tells that the configuration is read again; ``tellReady(_:)`` ends it.
  package func tellReloading() {
    tellState("RELOADING=1\nMONOTONIC_USEC=\(platform_monotonic_nanoseconds() / 1_000)")
  }

  package func tellStopping() { tellState("STOPPING=1") }

  /// To be called as long as all is well, at least twice in the service's `WatchdogSec`; tells no more often than is needed.
  package mutating func tellAlive() {
    guard watchdogNanoseconds > 0 else { return }
    let now = platform_monotonic_nanoseconds()
    guard now >= nextWatchdog else { return }
    nextWatchdog = now + watchdogNanoseconds / 4
    tellState("WATCHDOG=1")
  }

  private func tellState(_ state: String) { _ = state.withCString { platform_service_notify($0) } }
}
