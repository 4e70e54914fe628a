internal import CSystem
import Glibc

/// The calls on sockets that the broker makes: blocking, repeated when interrupted.
enum Socket {
  /// An address to listen on, and how it reads.
  struct Address: Sendable {
    var host: String
    var isV6: Bool
  }

  /// The loopback address that a host names; nil for any other.
  static func loopback(_ host: String) -> Address? {
    switch host {
    case "localhost": return Address(host: "127.0.0.1", isV6: false)
    case "::1", "[::1]": return Address(host: "::1", isV6: true)
    default:
      let parts = host.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 4, parts[0] == "127", parts.allSatisfy({ UInt8($0) != nil }) else { return nil }
      return Address(host: host, isV6: false)
    }
  }

  /// A listening socket.
  static func listen(_ address: Address, port: UInt16) throws(BrokerError) -> (descriptor: Int32, port: UInt16) {
    let family = address.isV6 ? AF_INET6 : AF_INET
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw BrokerError(.cannotListen, "no socket: \(errorText(errno))") }
    set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
    var status: Int32
    if address.isV6 {
      var name = sockaddr_in6()
      name.sin6_family = sa_family_t(AF_INET6)
      name.sin6_port = port.bigEndian
      unsafe inet_pton(AF_INET6, address.host, &name.sin6_addr)
      status = unsafe withUnsafePointer(to: &name) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    } else {
      var name = sockaddr_in()
      name.sin_family = sa_family_t(AF_INET)
      name.sin_port = port.bigEndian
      unsafe inet_pton(AF_INET, address.host, &name.sin_addr)
      status = unsafe withUnsafePointer(to: &name) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
    if status == 0 { status = Glibc.listen(descriptor, 1_024) }
    guard status == 0 else {
      let reason = errorText(errno)
      Glibc.close(descriptor)
      throw BrokerError(.cannotListen, "\(address.host):\(port): \(reason)")
    }
    return (descriptor, boundPort(descriptor))
  }

  static func close(_ descriptor: Int32) { Glibc.close(descriptor) }

  private static func boundPort(_ descriptor: Int32) -> UInt16 {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return unsafe withUnsafeMutablePointer(to: &storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe _ = getsockname(descriptor, $0, &length)
      }
      return unsafe pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        // The port is at the same place for both families.
        unsafe UInt16(bigEndian: $0.pointee.sin_port)
      }
    }
  }

  static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  static func setTimeout(_ descriptor: Int32, _ option: Int32, seconds: Int) {
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    unsafe setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  /// Small answers at once, dead peers noticed, no answer waited for longer than `sendTimeout` without progress.
  static func prepare(_ descriptor: Int32, sendTimeout: Int) {
    set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
    setTimeout(descriptor, SO_SNDTIMEO, seconds: sendTimeout)
  }

  /// The number of bytes read; 0 at the end, -1 on an error or a time-out.
  static func receive(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count < 0, errno == EINTR { continue }
      return count
    }
  }

  /// Sends all of it; false when the peer is gone or takes nothing any more.
  static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, more: Bool = false) -> Bool {
    var rest = unsafe bytes
    let flags = Int32(MSG_NOSIGNAL) | (more ? Int32(MSG_MORE) : 0)
    while unsafe !rest.isEmpty {
      let count = unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, flags)
      if count < 0 {
        if errno == EINTR { continue }
        return false
      }
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
    return true
  }

  /// Sends a stretch of a file; false when the peer is gone, takes nothing any more, or the file is too short.
  static func sendFile(_ descriptor: Int32, _ file: Int32, at position: Int64, count: Int) -> Bool {
    var offset = off_t(position)
    var rest = count
    while rest > 0 {
      let sent = unsafe sendfile(descriptor, file, &offset, rest)
      if sent < 0, errno == EINTR { continue }
      guard sent > 0 else { return false }
      rest -= sent
    }
    return true
  }

  /// Whether the other side has closed its end.
  static func isPeerGone(_ descriptor: Int32) -> Bool {
    // POLLRDHUP is hidden from Swift; its value is the same on every architecture this runs on.
    let readHangup: Int16 = 0x2000
    var entry = pollfd(fd: descriptor, events: readHangup, revents: 0)
    return unsafe poll(&entry, 1, 0) > 0
      && entry.revents & (readHangup | Int16(POLLHUP) | Int16(POLLERR)) != 0
  }

  static func errorText(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }

  /// Lets the process open as many files as it may: every connection and every segment is one.
  static func raiseFileLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    guard limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
