import DeviceCommands
import Glibc
import Testing

@Suite("Watching a file")
struct FileWatchTests {
  @Test("a file is seen to change when it is replaced, not when it is missing")
  func fileChanges() {
    let path = "/tmp/heed-watch-\(getpid())"
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
    watch.forget()
    #expect(hasChanged(), "it could not be read")
    unlink(path)
    #expect(!hasChanged())
  }
}
