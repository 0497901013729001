import AudioFiles
import Glibc
import Testing

@Suite("cooee listen with streams", .serialized)
struct StreamSourceTests {
  private var cooee: Program
  private let phrases: String
  /// Raw samples with the phrase in them, twice.
  private let raw: String

  init() throws {
    cooee = Program(environment: ["COOEE_MODELS": TestModels.withoutSpeech])
    phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    #expect(cooee.run(["enroll", "hey computer", "--to", phrases]).exitCode == 0)
    let spoken = try AudioFileReader.readAll(path: TestModels.recordings + "/hey-computer-2.opus")
    let pause = [Int16](repeating: 0, count: 16_000)
    let samples = pause + spoken + pause + spoken + pause
    raw = TemporaryFolder.shared.write(
      samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }, "speech.raw")
  }

  private func expected() -> [String] {
    var spot = cooee
    spot.input = raw
    return spot.run(["spot", "--phrases", phrases, "--json", "-"]).lines.map(Self.event)
  }

  /// A line of JSON without where it came from.
  private static func event(_ line: String) -> String { String(line[(line.firstIndex(of: ",") ?? line.startIndex)...]) }

  @Test("stdin is processed to its end, with the same detections as a file", arguments: ["cooee", "cooee-lean"])
  func standardInput(program: String) {
    var listening = cooee
    listening.executable = "\(Program.folder)/\(program)"
    listening.input = raw
    let run = listening.run(["listen", "--phrases", phrases, "--device", "stdin", "--json"])
    #expect(run.exitCode == 0, "\(run.messages)")
    #expect(run.lines.count == 2, "\(run.output)")
    #expect(run.lines.map(Self.event) == expected())
    #expect(run.lines.allSatisfy { $0.hasPrefix("{\"device\":\"stdin\",") })
    #expect(run.messages.contains("0 overruns, 0 ms lost"), "\(run.messages)")
  }

  @Test("a sender may connect and send as fast as it likes, and loses nothing", arguments: ["cooee", "cooee-lean"])
  func sender(program: String) throws {
    var listening = cooee
    listening.executable = "\(Program.folder)/\(program)"
    let port = try #require(freePort())
    let device = "tcp-listen://127.0.0.1:\(port)"
    let running = listening.start(["listen", "--phrases", phrases, "--device", device, "--json"])
    while !text(of: running.messages).contains("waiting for \(device)") { usleep(10_000) }
    // One shell has the connection open for as long as it takes to send the file.
    #expect(system("bash -c 'cat \(raw) >/dev/tcp/127.0.0.1/\(port)'") == 0)
    while !text(of: running.messages).contains("closed by the other side") { usleep(10_000) }
    running.signal(SIGTERM)
    let run = running.wait()
    #expect(run.exitCode == 0, "\(run.messages)")
    #expect(run.lines.map(Self.event) == expected())
    #expect(run.messages.contains("no sender has connected to \(device)"), "\(run.messages)")
    #expect(run.messages.contains("the stream \(device) is available; listening"), "\(run.messages)")
    #expect(run.messages.contains("0 overruns, 0 ms lost"), "\(run.messages)")
  }

  /// A port that nothing waits at now.
  private func freePort() -> UInt16? {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(socket, address, size) == 0 && getsockname(socket, address, &size) == 0
      }
    } ? UInt16(bigEndian: address.sin_port) : nil
  }
}
