import Glibc
import HeadraceCore

/// Sends exactly these bytes and reads to the end of the stream, on a thread of its own.
enum RawExchange {
  struct Failure: Error { let what: String }

  static func send(port: Int, _ text: String) async throws -> String {
    let executor = ThreadExecutor(name: "raw-exchange")
    defer { executor.shutdown() }
    return try await Task(executorPreference: executor) { try exchange(port: port, text) }.value
  }

  private static func exchange(port: Int, _ text: String) throws -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
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
    var text = text
    let sent = text.withUTF8 { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    guard sent == text.utf8.count else { throw Failure(what: "send \(errno)") }
    var whole: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count >= 0 else { throw Failure(what: "receive \(errno)") }
      if count == 0 { return String(decoding: whole, as: UTF8.self) }
      whole += buffer[..<count]
    }
  }
}
