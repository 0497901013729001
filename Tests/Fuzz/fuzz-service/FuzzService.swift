import FuzzDriver
import Glibc

/// The parsers of servers, sinks and console.
@main
enum FuzzService {
  static func main() {
    exit(FuzzProgram.run([.json, .wyoming, .wakeSession, .mqtt, .endpoint, .http]))
  }
}
