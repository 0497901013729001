import CSndFile
import Glibc
import Testing

/// A file of six seconds of a tone in each channel, made by libsndfile.
func encodedFile(_ container: Int, _ subtype: Int, hertz: Int, channels: Int) throws -> TemporaryFile {
  let file = TemporaryFile([], suffix: ".audio")
  var info = SF_INFO()
  (info.samplerate, info.channels, info.format) = (Int32(hertz), Int32(channels), Int32(container | subtype))
  let handle = try #require(sf_open(file.path, Int32(SFM_WRITE), &info), "\(String(cString: sf_strerror(nil)))")
  defer { sf_close(handle) }
  var frames: [Float] = []
  for frame in 0..<(6 * hertz) {
    let turns = Double(frame) * 2 * Double.pi / Double(hertz)
    for channel in 0..<channels { frames.append(Float(0.4 * sin(turns * Double(400 + 300 * channel)))) }
  }
  #expect(sf_writef_float(handle, frames, sf_count_t(6 * hertz)) == sf_count_t(6 * hertz))
  return file
}

/// The bytes of a file.
func contents(of path: String) -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  defer { close(descriptor) }
  var all: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    if count <= 0 { return all }
    all += chunk[..<count]
  }
}
