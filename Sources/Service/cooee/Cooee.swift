import AudioFiles
import DeviceCommands
import Messages

@main
enum Cooee {
  typealias Program = DeviceProgram<AudioFileReader>

  static func main() { Program.main { [ServeCommand.command(version: programVersion)] } }
}
