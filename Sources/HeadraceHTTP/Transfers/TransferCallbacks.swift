internal import CCurl
internal import Synchronization

/// What libcurl calls, on the loop's thread, during an exchange.
///
/// The context pointer is the transfer, unretained: the loop holds every transfer from `add` until its handle has left
/// the multi handle, and libcurl calls back only between the two.
enum TransferCallbacks {
  static func install(on handle: UnsafeMutableRawPointer, for transfer: Transfer, _ request: HTTPClient.Request) {
    let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
    unsafe headrace_curl_set_pointer(handle, CURLOPT_PRIVATE, context)
    unsafe headrace_curl_set_prerequest(
      handle, { context, _, _, _, _ in unsafe TransferCallbacks.transfer(context).willSend() }, context)
    unsafe headrace_curl_set_header(
      handle,
      { bytes, size, count, context in
        unsafe TransferCallbacks.transfer(context)
          .onHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
      }, context)
    unsafe headrace_curl_set_write(
      handle,
      { bytes, size, count, context in
        unsafe TransferCallbacks.transfer(context).onBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
      }, context)
    if case .stream = request.body {
      unsafe headrace_curl_set_read(
        handle,
        { bytes, size, count, context in
          unsafe TransferCallbacks.transfer(context)
            .onRead(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        }, context)
      // What was streamed cannot be produced again.
      unsafe headrace_curl_set_seek(handle, { _, _, _ in CURL_SEEKFUNC_FAIL }, context)
    }
  }

  private static func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer {
    unsafe Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
  }
}

extension Transfer {
  /// libcurl sends a request again by itself when a kept connection turns out dead. For a call that costs money that is
  /// not its decision: the second sending is refused, and the error says that the first may have arrived.
  fileprivate func willSend() -> CInt {
    sendings += 1
    return sendings > 1 && !isIdempotent ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK
  }

  fileprivate func onHeader(_ line: UnsafeRawBufferPointer) -> Int {
    if !timing.hasHead { collect(unsafe String(validating: line, as: UTF8.self) ?? String(latin1: line)) }
    return line.count
  }

  private func collect(_ line: String) {
    let trimmed = line.trimmingSuffix { $0 == "\r\n" || $0 == "\n" || $0 == "\r" }
    if trimmed.hasPrefix("HTTP/") {
      // A status line starts anew: an interim response (1xx) came before.
      let parts = trimmed.split(separator: " ", maxSplits: 2)
      headerLines = (status: parts.count > 1 ? Int(parts[1]) ?? 0 : 0, fields: [])
    } else if trimmed.isEmpty {
      guard let lines = headerLines, lines.status >= 200 else { return }
      headerLines = nil
      timing.receivedHead(.now)
      loop.watch(self)
      let head = TransferState.Head(status: lines.status, headers: HTTPClient.Headers(lines.fields))
      state.withLock { $0.received(head) }?.resume()
    } else if let colon = trimmed.firstIndex(of: ":") {
      let value = trimmed[trimmed.index(after: colon)...].trimmingPrefix { $0 == " " || $0 == "\t" }
        .trimmingSuffix { $0 == " " || $0 == "\t" }
      headerLines?.fields.append(.init(name: String(trimmed[..<colon]), value: String(value)))
    }
  }

  fileprivate func onBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard unsafe !bytes.isEmpty else { return 0 }
    switch state.withLock({ unsafe $0.received(bytes) }) {
    case .none:
      timing.paused()
      return headrace_curl_write_pause()
    case .some(let waiter):
      timing.receivedBytes(.now)
      waiter?.resume()
      return bytes.count
    }
  }

  fileprivate func onRead(_ target: UnsafeMutableRawBufferPointer) -> Int {
    let (fill, waiter) = state.withLock { unsafe $0.fill(target) }
    waiter?.resume()
    return switch fill {
    case .bytes(let count): count
    case .pause: headrace_curl_read_pause()
    case .abort: headrace_curl_read_abort()
    }
  }
}
