internal import CUV

/// One connection's socket. Loop's thread alone.
///
/// After `close` nothing is called any more; the memory of the handle and of writes under way is freed when libuv
/// says so, whatever becomes of this object.
@safe final class TCPSocket {
  /// Who is told what happens.
  protocol Owner: AnyObject {
    /// Bytes came; the buffer is valid during the call.
    func socketReceived(_ bytes: UnsafeRawBufferPointer)
    /// The client will send no more, or the connection broke.
    func socketEnded(isError: Bool)
    /// The kernel took these bytes of a `write`.
    func socketWrote(_ count: Int)
  }

  let handle: UnsafeMutablePointer<uv_tcp_t>
  private let loop: EventLoop
  /// Let go of when the socket closes.
  var owner: (any Owner)?
  private(set) var isClosed = false
  private(set) var isReading = false

  init?(loop: EventLoop) {
    self.loop = loop
    unsafe handle = .allocate(capacity: 1)
    guard unsafe uv_tcp_init(loop.loop, handle) == 0 else {
      unsafe handle.deallocate()
      return nil
    }
    // Libuv's handle keeps this object until its close callback.
    unsafe handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
  }

  func setNoDelay() { _ = unsafe uv_tcp_nodelay(handle, 1) }

  /// Bounds what the kernel keeps for a client that does not read. The kernel doubles the number.
  func setSendBuffer(_ bytes: Int32) {
    var value = bytes
    _ = unsafe handle.withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
      unsafe uv_send_buffer_size($0, &value)
    }
  }

  // MARK: Reading

  func startReading() {
    guard !isClosed, !isReading else { return }
    isReading = true
    _ = unsafe withStream { stream in
      unsafe uv_read_start(
        stream,
        { handle, _, buffer in
          guard let handle = unsafe handle, let buffer = unsafe buffer else { return }
          let target = unsafe TCPSocket.from(handle.pointee.data).loop.readBuffer
          unsafe buffer.pointee = unsafe uv_buf_init(
            target.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(target.count))
        },
        { stream, count, buffer in
          guard let stream = unsafe stream else { return }
          unsafe TCPSocket.from(stream.pointee.data).didRead(count, unsafe buffer)
        })
    }
  }

  func stopReading() {
    guard !isClosed, isReading else { return }
    isReading = false
    _ = unsafe withStream { unsafe uv_read_stop($0) }
  }

  private func didRead(_ count: Int, _ buffer: UnsafePointer<uv_buf_t>?) {
    guard !isClosed, count != 0 else { return }
    if count > 0, let base = unsafe buffer?.pointee.base {
      unsafe owner?.socketReceived(UnsafeRawBufferPointer(start: base, count: count))
    } else {
      stopReading()
      owner?.socketEnded(isError: count != Int(UV_EOF.rawValue))
    }
  }

  // MARK: Writing

  /// Bytes that wait for the kernel.
  var queued: Int {
    isClosed ? 0 : unsafe withStream { unsafe Int(uv_stream_get_write_queue_size($0)) }
  }

  /// Writes what the kernel takes now; the rest goes when it can. Returns the number taken now, of which the owner
  /// is not told; `nil` when the connection is broken.
  func write(_ bytes: [UInt8]) -> Int? {
    guard !isClosed else { return nil }
    var taken = 0
    if queued == 0 {
      let code = unsafe bytes.withUnsafeBytes { raw -> Int32 in
        var buffer = unsafe uv_buf_init(
          UnsafeMutableRawPointer(mutating: raw.baseAddress)?.assumingMemoryBound(to: CChar.self), UInt32(raw.count))
        return unsafe withStream { unsafe uv_try_write($0, &buffer, 1) }
      }
      if code >= 0 {
        taken = Int(code)
      } else if code != UV_EAGAIN.rawValue {
        return nil
      }
    }
    if taken < bytes.count, !enqueue(bytes[taken...]) { return nil }
    return taken
  }

  private func enqueue(_ bytes: ArraySlice<UInt8>) -> Bool {
    // One block: libuv's request, then the bytes, both alive until the callback.
    let head = unsafe (MemoryLayout<WriteRequest>.size + 15) & ~15
    let block = UnsafeMutableRawPointer.allocate(byteCount: head + bytes.count, alignment: 16)
    let request = unsafe block.bindMemory(to: WriteRequest.self, capacity: 1)
    unsafe request.initialize(to: WriteRequest(write: uv_write_t(), count: bytes.count))
    let payload = unsafe block + head
    unsafe bytes.withUnsafeBytes { raw in
      if let base = raw.baseAddress { unsafe payload.copyMemory(from: base, byteCount: raw.count) }
    }
    var buffer = unsafe uv_buf_init(payload.assumingMemoryBound(to: CChar.self), UInt32(bytes.count))
    let code = unsafe withStream { stream in
      unsafe UnsafeMutableRawPointer(request).withMemoryRebound(to: uv_write_t.self, capacity: 1) { write in
        unsafe uv_write(write, stream, &buffer, 1) { write, status in
          guard let write = unsafe write else { return }
          let stream = unsafe write.pointee.handle
          let block = UnsafeMutableRawPointer(write)
          let count = unsafe block.assumingMemoryBound(to: WriteRequest.self).pointee.count
          unsafe block.deallocate()
          guard let stream = unsafe stream else { return }
          unsafe TCPSocket.from(stream.pointee.data).didWrite(count, status)
        }
      }
    }
    if code != 0 { unsafe block.deallocate() }
    return code == 0
  }

  @unsafe private struct WriteRequest {
    var write: uv_write_t
    var count: Int
  }

  private func didWrite(_ count: Int, _ status: Int32) {
    guard !isClosed else { return }
    if status == 0 { owner?.socketWrote(count) } else { owner?.socketEnded(isError: true) }
  }

  // MARK: The end

  /// Sends the end of the stream behind what is queued.
  func shutdown() {
    guard !isClosed else { return }
    let request = UnsafeMutablePointer<uv_shutdown_t>.allocate(capacity: 1)
    let code = unsafe withStream { stream in
      unsafe uv_shutdown(request, stream) { request, _ in unsafe request?.deallocate() }
    }
    if code != 0 { unsafe request.deallocate() }
  }

  /// Closes at once.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    isReading = false
    owner = nil
    unsafe handle.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { unsafe uv_close($0, Self.closed) }
  }

  /// Closes with a reset: the client sees a broken connection.
  func reset() {
    guard !isClosed else { return }
    isClosed = true
    isReading = false
    owner = nil
    if unsafe uv_tcp_close_reset(handle, Self.closed) != 0 {
      unsafe handle.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { unsafe uv_close($0, Self.closed) }
    }
  }

  private static let closed: uv_close_cb = { handle in
    guard let handle = unsafe handle else { return }
    unsafe Unmanaged<TCPSocket>.fromOpaque(handle.pointee.data).release()
    unsafe handle.withMemoryRebound(to: uv_tcp_t.self, capacity: 1) { unsafe $0.deallocate() }
  }

  private static func from(_ data: UnsafeMutableRawPointer) -> TCPSocket {
    unsafe Unmanaged<TCPSocket>.fromOpaque(data).takeUnretainedValue()
  }

  private func withStream<R>(_ body: (UnsafeMutablePointer<uv_stream_t>) -> R) -> R {
    unsafe handle.withMemoryRebound(to: uv_stream_t.self, capacity: 1) { unsafe body($0) }
  }
}
