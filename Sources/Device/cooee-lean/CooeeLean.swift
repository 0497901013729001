import CEmbeddedRuntime  // linked, not called
import CPlainUnicode  // linked, not called
import DeviceCommands
import Recordings

@main
enum CooeeLean {
  static func main() { DeviceProgram<WaveFileReader>.main() }
}
