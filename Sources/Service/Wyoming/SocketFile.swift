import Glibc
import NIOCore

/// The file of a Unix socket that this program listens on.
struct SocketFile {
  private let path: String
  private let device: dev_t
  private let inode: ino_t

  /// Binds a socket to a path and restricts it to the user and the group. Replaces the file of a socket that a program
  /// left behind.
  ///
  /// NIO's own method would take the path from a running server, and at the end would remove the file even if it
  /// belongs to another program.
  ///
  /// - Returns: The file, and the socket, which the caller owns.
  /// - Throws: ``SocketFileError``, `IOError` or `SocketAddressError`.
  static func bind(_ path: String) throws -> (file: SocketFile, descriptor: CInt) {
    let address = try SocketAddress(unixDomainSocketPath: path)
    try makeRoom(path, address)
    let descriptor = try makeSocket()
    guard address.withSockAddr({ Glibc.bind(descriptor, $0, socklen_t($1)) }) == 0 else {
      throw failure("bind", closing: descriptor)
    }
    // The group may connect too: the folder and the service unit determine the group.
    var status = stat()
    guard chmod(path, 0o660) == 0, lstat(path, &status) == 0 else { throw failure("chmod", closing: descriptor) }
    return (SocketFile(path: path, device: status.st_dev, inode: status.st_ino), descriptor)
  }

  /// Removes the file unless another program has replaced it.
  ///
  /// - Precondition: The socket is still open, so its inode cannot belong to another file.
  func remove() {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode else { return }
    unlink(path)
  }

  /// Removes the file of a socket on which no program listens.
  private static func makeRoom(_ path: String, _ address: SocketAddress) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else { throw SocketFileError.noSocket }
    let descriptor = try makeSocket()
    defer { close(descriptor) }
    switch address.withSockAddr({ connect(descriptor, $0, socklen_t($1)) == 0 ? 0 : errno }) {
    case ECONNREFUSED: unlink(path)
    case ENOENT: return
    // EAGAIN: its queue is full. EPROTOTYPE: it is a datagram socket.
    case 0, EAGAIN, EINPROGRESS, EPROTOTYPE: throw SocketFileError.taken
    case let code: throw IOError(errnoCode: code, reason: "connect")
    }
  }

  private static func makeSocket() throws -> CInt {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
    return descriptor
  }

  private static func failure(_ reason: String, closing descriptor: CInt) -> IOError {
    defer { close(descriptor) }
    return IOError(errnoCode: errno, reason: reason)
  }
}

/// Why a socket cannot be bound to a path.
enum SocketFileError: Error, Equatable, CustomStringConvertible {
  /// A program listens on the path.
  case taken
  /// The path is a file of another kind.
  case noSocket

  var description: String {
    switch self {
    case .taken: "another program serves on it"
    case .noSocket: "a file that is not a socket exists at this path"
    }
  }
}
