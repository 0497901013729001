import AudioFiles
import DeviceCommands

@main
enum Heed {
  typealias Program = DeviceProgram<AudioFileReader>

  static func main() { Program.main { [ServeCommand.command(version: Program.version)] } }
}
