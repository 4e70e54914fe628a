internal import CUV

/// A listening socket. Loop's thread.
@safe final class TCPListener {
  private let loop: EventLoop
  private let handle: UnsafeMutablePointer<uv_tcp_t>
  private let onConnection: () -> Void
  private var isClosed = false
  /// Connections that the kernel has for us and that were not accepted yet.
  private(set) var hasWaiting = false

  /// Binds and listens.
  /// - Parameter onConnection: called when a connection waits; it calls `accept`, or later.
  init(loop: EventLoop, host: String, port: Int, backlog: Int32, onConnection: @escaping () -> Void) throws {
    self.loop = loop
    self.onConnection = onConnection
    unsafe handle = .allocate(capacity: 1)
    try LoopError.check(unsafe uv_tcp_init(loop.loop, handle), "uv_tcp_init")
    do {
      try bind(host: host, port: port)
      unsafe handle.pointee.data = Unmanaged.passUnretained(self).toOpaque()
      let code = unsafe handle.withMemoryRebound(to: uv_stream_t.self, capacity: 1) {
        unsafe uv_listen($0, backlog) { stream, status in
          guard let stream = unsafe stream, status == 0 else { return }
          let listener = unsafe Unmanaged<TCPListener>.fromOpaque(stream.pointee.data).takeUnretainedValue()
          listener.hasWaiting = true
          listener.onConnection()
        }
      }
      try LoopError.check(code, "listen on \(host):\(port)")
    } catch {
      close()
      throw error
    }
  }

  private func bind(host: String, port: Int) throws {
    var storage = sockaddr_storage()
    let code = unsafe withUnsafeMutablePointer(to: &storage) { storage in
      let four = unsafe storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        unsafe uv_ip4_addr(host, Int32(port), $0)
      }
      if four != 0 {
        let six = unsafe storage.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
          unsafe uv_ip6_addr(host, Int32(port), $0)
        }
        if six != 0 { return six }
      }
      return unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe uv_tcp_bind(handle, $0, 0)
      }
    }
    try LoopError.check(code, "bind \(host):\(port)")
  }

  /// The port it is bound to.
  var port: Int {
    var storage = sockaddr_storage()
    var length = Int32(MemoryLayout<sockaddr_storage>.size)
    unsafe withUnsafeMutablePointer(to: &storage) { storage in
      unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = unsafe uv_tcp_getsockname(handle, $0, &length)
      }
    }
    // The port stands at the same place in both kinds of address.
    return unsafe withUnsafePointer(to: &storage) { storage in
      unsafe storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        unsafe Int(UInt16(bigEndian: $0.pointee.sin_port))
      }
    }
  }

  /// Takes one waiting connection; libuv does not look for another one until it was taken.
  func accept() -> TCPSocket? {
    guard hasWaiting, !isClosed else { return nil }
    hasWaiting = false
    guard let socket = TCPSocket(loop: loop) else { return nil }
    let code = unsafe handle.withMemoryRebound(to: uv_stream_t.self, capacity: 1) { server in
      unsafe socket.handle.withMemoryRebound(to: uv_stream_t.self, capacity: 1) { unsafe uv_accept(server, $0) }
    }
    guard code == 0 else {
      socket.close()
      return nil
    }
    socket.setNoDelay()
    return socket
  }

  /// Stops listening.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    unsafe handle.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { handle in
      unsafe uv_close(handle) { handle in
        unsafe handle?.withMemoryRebound(to: uv_tcp_t.self, capacity: 1) { unsafe $0.deallocate() }
      }
    }
  }
}
