import Glibc
import HeadraceCore

/// A client that sends exactly the bytes it is told to, on a thread of its own: tests speak the wire with it.
final class RawClient: Sendable {
  private let descriptor: Int32
  private let executor = ThreadExecutor(name: "raw-client")

  struct Failure: Error { let what: String }

  init(port: Int, receiveBuffer: Int32? = nil) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Failure(what: "socket") }
    if var size = receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    var timeout = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw Failure(what: "connect \(errno)") }
  }

  deinit {
    executor.shutdown()
    Glibc.close(descriptor)
  }

  private func onThread<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
    try await Task(executorPreference: executor) { try work() }.value
  }

  func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) async throws {
    try await onThread { [descriptor] in
      var rest = bytes[...]
      while !rest.isEmpty {
        let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard sent > 0 else { throw Failure(what: "send \(errno)") }
        rest = rest.dropFirst(sent)
      }
    }
  }

  /// Up to `count` bytes; empty at the end of the stream, `nil` on a reset.
  func receive(_ count: Int = 65536) async throws -> [UInt8]? {
    try await onThread { [descriptor] in
      var buffer = [UInt8](repeating: 0, count: count)
      let received = recv(descriptor, &buffer, count, 0)
      if received < 0, errno == EAGAIN { throw Failure(what: "receive timed out") }
      return received < 0 ? nil : Array(buffer[..<received])
    }
  }

  /// Everything up to the end of the stream.
  func receiveAll() async throws -> String {
    var whole: [UInt8] = []
    while let bytes = try await receive(), !bytes.isEmpty { whole += bytes }
    return String(decoding: whole, as: UTF8.self)
  }

  /// Reads until the text contains `end`, or the stream ends.
  func receive(until end: String) async throws -> String {
    var whole = ""
    while !whole.contains(end), let bytes = try await receive(), !bytes.isEmpty {
      whole += String(decoding: bytes, as: UTF8.self)
    }
    return whole
  }

  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// One exchange on a connection of its own.
  static func exchange(_ port: Int, _ text: String) async throws -> String {
    let client = try RawClient(port: port)
    try await client.send(text)
    return try await client.receiveAll()
  }
}
