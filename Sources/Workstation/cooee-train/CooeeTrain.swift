import ArgumentParser
import Training

/// The workstation program, which turns recordings into a model file.
@main
struct CooeeTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cooee-train",
    abstract: "Train, evaluate and export Cooee's models.",
    subcommands: [
      PrepareCommand.self,
      LexiconCommand.self,
      GraphemeToPhonemeCommand.self,
      GuessesCommand.self,
      RoomsCommand.self,
      TrainCommand.self,
      AverageCommand.self,
      ExportCommand.self,
      CalibrateCommand.self,
      BackgroundCommand.self,
      ParityCommand.self,
      AlignCommand.self,
      PosteriorsCommand.self,
      EvaluateCommand.self,
      CompareCommand.self,
      SignCommand.self,
    ])

  static func main() {
    BLASKernels.restartWithFasterKernels()
    main(nil)
  }
}
