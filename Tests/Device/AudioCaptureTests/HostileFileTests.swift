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
    "a file that is no recording is refused by name",
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
    "a damaged recording gives what can be read or is refused by name, and ends",
    arguments: ["cut-off.opus", "damaged-pages.opus", "noise.mp3", "many-channels.wav"])
  func damagedRecordings(name: String) {
    do throws(AudioFileError) {
      let samples = try AudioFileReader.readAll(path: path(name))
      #expect(samples.count < 16_000 * 3)
    } catch {
      #expect(error.description.contains(name))
    }
  }

  @Test("a size that lies gives the samples that are there", arguments: ["huge-count.wav", "half-sample.wav"])
  func lyingSizes(name: String) throws {
    #expect(try AudioFileReader.readAll(path: path(name)).count == 100)
  }

  @Test("values that are no sound are silence or full scale")
  func notNumbers() throws {
    #expect(
      try AudioFileReader.readAll(path: path("nan-and-infinity.wav"))
        == [8_192, 0, 32_767, -32_768, 32_767, -32_768, 0, -8_192])
  }
}
