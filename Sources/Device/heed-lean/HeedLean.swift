import AudioCapture
import DeviceCommands

@main
enum HeedLean {
  static func main() { DeviceProgram<WaveFileReader>.main() }
}
