import DeviceCommands

/// A page with which people look after a service, from a module above this one.
package protocol ServicePage: AnyObject, Sendable {
  /// What it takes on the command line.
  static var options: [CommandSyntax.Option] { get }

  /// The page that the command line asks for; nil where it asks for none.
  ///
  /// - Parameters:
  ///   - microphones: whoever changes the microphone; nil where there is none to choose.
  ///   - metrics: the service's counters as Prometheus reads them; called from any thread.
  ///   - notice: takes messages for a person, one line each; called from any thread.
  static func page(
    _ arguments: CommandArguments, _ setup: ListeningSetup, feed: ServiceFeed,
    microphones: (any MicrophoneChoosing)?, version: String, metrics: @escaping @Sendable () -> String,
    notice: @escaping @Sendable (String) -> Void
  ) throws(Failure) -> Self?

  /// Shows it from now on; gives the port.
  func start() throws(Failure) -> Int

  /// Shows it no longer, and ends its threads.
  func stop()
}
