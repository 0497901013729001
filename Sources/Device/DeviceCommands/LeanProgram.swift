import Recordings

/// The lean program for small boards, whose recordings are WAV files.
///
/// Neither generic nor visible to the optimizer of the executable, which therefore compiles nothing but the call: all of the
/// program is compiled once, in its modules, for size.
public enum LeanProgram {
  /// Runs the command that the command line names, and exits.
  @export(interface)
  public static func main() -> Never { DeviceProgram<WaveFileReader>.main() }
}
