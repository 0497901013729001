import FuzzDriver
import Glibc

/// The parsers that a small board has too, and audio files.
@main
enum FuzzDevice {
  static func main() {
    exit(
      FuzzProgram.run([
        .model, .modelInUse, .phrases, .phraseRoundTrip, .language, .languageInUse, .background, .configuration, .pairs,
        .wave, .pcm,
        .audioFile, .phraseText, .pronunciation, .phraseList, .kernels, .chunks,
      ]))
  }
}
