import DeviceCommands
import Recordings

@main
enum HeedLean {
  static func main() { DeviceProgram<WaveFileReader>.main() }
}
