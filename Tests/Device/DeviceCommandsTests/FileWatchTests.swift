import DeviceSetup
import Glibc
import Messages
import Testing

@Suite("Watching a file")
struct FileWatchTests {
  @Test("a replaced file counts as changed, and a removed one once")
  func fileChanges() {
    let path = "/tmp/cooee-watch-\(getpid())"
    defer { unlink(path) }
    func write(_ text: String) {
      let file = fopen(path + "-new", "w")
      fputs(text, file)
      fclose(file)
      rename(path + "-new", path)
    }
    var watch = FileWatch(path)
    func hasChanged() -> Bool { watch.hasChanged() }
    #expect(!hasChanged())
    write("a")
    #expect(hasChanged())
    #expect(!hasChanged())
    write("b")
    #expect(hasChanged())
    #expect(!hasChanged())
    chmod(path, 0o600)
    #expect(hasChanged(), "who may read it is another")
    #expect(!hasChanged())
    func isNews(_ code: Failure.Code) -> Bool { watch.note(Failure(code, "\(code)")) }
    #expect(isNews(.badData) && !isNews(.badData))
    #expect(!hasChanged(), "it is as damaged as it was")
    #expect(isNews(.noInput))
    #expect(hasChanged(), "it could not be read")
    #expect(!isNews(.noInput))
    watch.forgetProblem()
    #expect(isNews(.noInput) && hasChanged())
    unlink(path)
    #expect(hasChanged(), "it is gone")
    #expect(!hasChanged())
    #expect(!isNews(.noInput) && !hasChanged())
    write("c")
    #expect(hasChanged(), "it is back")
  }
}
