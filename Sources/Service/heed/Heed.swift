import AudioFiles
import DeviceCommands
import Messages

@main
enum Heed {
  typealias Program = DeviceProgram<AudioFileReader>

  static func main() { Program.main { [ServeCommand.command(version: programVersion)] } }
}
