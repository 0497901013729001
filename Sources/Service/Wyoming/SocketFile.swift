import Glibc
import NIOCore

/// The file of a socket that this program serves on.
struct SocketFile {
  private let path: String
  private let device: dev_t
  private let inode: ino_t

  /// Binds a socket to a path, for the user and the group; a socket's file that a program before left is replaced.
  ///
  /// NIO's own way takes the path from whoever serves on it, and removes the file at the end whosever it has become.
  ///
  /// - Returns: the file, and the socket, which is the caller's.
  /// - Throws: a ``SocketFileError``, or an `IOError` or `SocketAddressError`.
  static func bind(_ path: String) throws -> (file: SocketFile, descriptor: CInt) {
    let address = try SocketAddress(unixDomainSocketPath: path)
    try makeRoom(path, address)
    let descriptor = try makeSocket()
    guard address.withSockAddr({ Glibc.bind(descriptor, $0, socklen_t($1)) }) == 0 else {
      throw failure("bind", closing: descriptor)
    }
    // The group may connect as well: that is whom the folder and the service's unit name.
    var status = stat()
    guard chmod(path, 0o660) == 0, lstat(path, &status) == 0 else { throw failure("chmod", closing: descriptor) }
    return (SocketFile(path: path, device: status.st_dev, inode: status.st_ino), descriptor)
  }

  /// Removes the file, unless another program put its own in its place.
  ///
  /// - Precondition: the socket is still open, so that its inode cannot have become another file's.
  func remove() {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode else { return }
    unlink(path)
  }

  /// Removes a socket's file on which nobody answers.
  private static func makeRoom(_ path: String, _ address: SocketAddress) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else { throw SocketFileError.noSocket }
    let descriptor = try makeSocket()
    defer { close(descriptor) }
    switch address.withSockAddr({ connect(descriptor, $0, socklen_t($1)) == 0 ? 0 : errno }) {
    case ECONNREFUSED: unlink(path)
    case ENOENT: return
    // EAGAIN: its queue is full. EPROTOTYPE: it takes datagrams.
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
  case taken
  case noSocket

  var description: String {
    switch self {
    case .taken: "another program serves on it"
    case .noSocket: "there is a file that is no socket"
    }
  }
}
