import FuzzDriver
import Glibc

/// The parsers of servers, sinks, console and workstation.
@main
enum FuzzService {
  static func main() {
    exit(
      FuzzProgram.run([
        .json, .wyoming, .wakeSession, .mqtt, .endpoint, .http, .corpus, .corpusTable, .alignments, .dictionary, .recipe,
      ]))
  }
}
