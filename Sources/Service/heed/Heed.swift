import AudioFiles
import DeviceCommands
import WakeService

@main
enum Heed {
  typealias Program = DeviceProgram<AudioFileReader>

  static func main() { Program.main { [ServeCommand.command(version: Program.version)] } }
}
