import Glibc
import ListeningService
import Testing
import Wyoming

@Suite("A Wyoming server on a Unix socket", .serialized)
struct SocketFileTests {
  private let folder: SinkFolder
  private let path: String

  init() throws {
    folder = try SinkFolder()
    path = folder.path + "/wyoming.sock"
  }

  private func server() -> WyomingServer {
    let service = WyomingServiceInfo(model: TestPhrases.model, phrases: ServedPhrases([]), version: "1")
    return WyomingServer(service, threadCount: 1) { _ in }
  }

  private func start(_ server: WyomingServer) throws {
    guard let endpoint = ServiceEndpoint("unix:\(path)") else { preconditionFailure("\(path) is no socket's path") }
    _ = try server.start(on: endpoint)
  }

  private var isAnswered: Bool {
    guard let client = WyomingClient(path: path) else { return false }
    client.send("ping")
    return client.receive()?.type == "pong"
  }

  private var inode: ino_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_ino : nil
  }

  /// Binds a socket, and leaves its file.
  ///
  /// - Returns: the socket, which the caller closes.
  private func bindSocket(listens: Bool) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let isBound = withSocketAddress(path) { bind(descriptor, $0, $1) == 0 }
    precondition(isBound && (!listens || listen(descriptor, 1) == 0), "\(path) cannot be bound: \(errno)")
    return descriptor
  }

  @Test("a socket in use by a server is not replaced")
  func liveSocket() throws {
    let first = server()
    try start(first)
    let inode = self.inode
    let second = server()
    let error = #expect(throws: (any Error).self) { try start(second) }
    #expect(error.map { "\($0)" } == "another program serves on it")
    #expect(isAnswered && self.inode == inode)
    try second.stop()
    #expect(isAnswered && self.inode == inode)
    try first.stop()
    #expect(self.inode == nil)
  }

  @Test("a leftover socket is replaced, and a file of another kind is kept")
  func staleSocket() throws {
    close(bindSocket(listens: false))
    let first = server()
    try start(first)
    #expect(isAnswered)
    try first.stop()
    #expect(inode == nil)
    _ = folder.write("wyoming.sock", "a letter")
    let inode = self.inode
    let second = server()
    let error = #expect(throws: (any Error).self) { try start(second) }
    #expect(error.map { "\($0)" } == "a file that is not a socket exists at this path")
    try second.stop()
    #expect(self.inode == inode)
  }

  @Test("a socket that another program put in place of the server's is kept at the end")
  func replacedSocket() throws {
    let server = server()
    try start(server)
    unlink(path)
    let other = bindSocket(listens: true)
    defer { close(other) }
    let inode = self.inode
    try server.stop()
    #expect(inode != nil && self.inode == inode)
  }
}

/// Calls with a socket's address in this machine's files.
func withSocketAddress<Result>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { room in
    precondition(path.utf8.count < room.count, "\(path) is too long for a socket")
    room.copyBytes(from: path.utf8)
  }
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
  }
}
