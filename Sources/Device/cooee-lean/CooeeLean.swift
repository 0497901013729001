import CEmbeddedRuntime  // linked, not called
import CPlainUnicode  // linked, not called
import DeviceCommands

@main
enum CooeeLean {
  static func main() { LeanProgram.main() }
}
