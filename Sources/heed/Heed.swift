import AudioFiles
import DeviceCommands

@main
enum Heed {
  static func main() { DeviceProgram<AudioFileReader>.main() }
}
