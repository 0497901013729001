import AudioFiles
import Recordings
import Testing

/// Files that a careless or malicious sender might give, kept by name in `Hostile`; the Opus files are damaged copies of
/// a CC0 recording of the end-to-end tests.
@Suite("Hostile recordings")
struct HostileFileTests {
  private func path(_ name: String) -> String {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    return "/\(folder)/Hostile/\(name)"
  }

  @Test(
    "a file that is not a recording is rejected, and the error names it",
    arguments: ["truncated-header.wav", "zero-channels.wav", "zero-rate.wav", "letter.flac"])
  func notRecordings(name: String) {
    do throws(AudioFileError) {
      let samples = try AudioFileReader.readAll(path: path(name))
      Issue.record("\(name) gave \(samples.count) samples")
    } catch {
      #expect(error.description.contains(name))
    }
  }

  @Test(
    "a damaged recording is read in part or rejected by name, and reading terminates",
    arguments: ["cut-off.opus", "damaged-pages.opus", "noise.mp3", "many-channels.wav"])
  func damagedRecordings(name: String) {
    do throws(AudioFileError) {
      let samples = try AudioFileReader.readAll(path: path(name))
      #expect(samples.count < 16_000 * 3)
    } catch {
      #expect(error.description.contains(name))
    }
  }

  @Test("a wrong size in the header gives only the file's samples", arguments: ["huge-count.wav", "half-sample.wav"])
  func lyingSizes(name: String) throws {
    #expect(try AudioFileReader.readAll(path: path(name)).count == 100)
  }

  @Test("values that are not sound become silence or full scale")
  func notNumbers() throws {
    #expect(
      try AudioFileReader.readAll(path: path("nan-and-infinity.wav"))
        == [8_192, 0, 32_767, -32_768, 32_767, -32_768, 0, -8_192])
  }
}
