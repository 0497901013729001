import FuzzDriver
import Glibc

/// The parsers of the workstation.
@main
enum FuzzCorpus {
  static func main() { exit(FuzzProgram.run([.corpus, .corpusTable, .alignments, .dictionary, .recipe])) }
}
