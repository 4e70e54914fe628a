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
    guard !timing.hasHead else { return line.count }
    headBytes += line.count
    // libcurl bounds a line and not their number. It fails on a count that is not the line's.
    guard headBytes <= Self.maximumHeadBytes else { return 0 }
    collect(unsafe HeaderLine(line))
    return line.count
  }

  private func collect(_ line: HeaderLine) {
    switch line {
    case .status(let status, let isHTTP1):
      // A status line starts anew: an interim response (1xx) came before.
      headerLines = (status, [])
      self.isHTTP1 = isHTTP1
    case .field(let field): headerLines?.fields.append(field)
    case .end:
      guard let lines = headerLines, lines.status >= 200 else { return }
      headerLines = nil
      let headers = HTTPClient.Headers(lines.fields)
      let isFramed = !isHTTP1 || headers["content-length"] != nil || headers["transfer-encoding"] != nil
      let head = TransferState.Head(status: lines.status, headers: headers, isFramed: isFramed)
      isConsumed = consumer?.accepts(status: head.status, headers: head.headers) ?? false
      timing.receivedHead(.now, awaitsContent: isConsumed && consumer?.awaitsContent == true)
      loop.watch(self)
      loop.wake(state.withLock { $0.received(head) })
    case .other: break
    }
  }

  fileprivate func onBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard unsafe !bytes.isEmpty else { return 0 }
    if isConsumed { return unsafe consume(bytes) }
    switch state.withLock({ unsafe $0.received(bytes) }) {
    case .none:
      timing.paused()
      return headrace_curl_write_pause()
    case .some(let waiter):
      timing.receivedBytes(.now)
      loop.wake(waiter)
      return bytes.count
    }
  }

  private func consume(_ bytes: UnsafeRawBufferPointer) -> Int {
    switch reading {
    case .over: return bytes.count
    case .paused:
      timing.paused()
      return headrace_curl_write_pause()
    case .open: break
    }
    guard let wish = consumer?.consume(unsafe Span<UInt8>(_unsafeBytes: bytes)) else { return bytes.count }
    if case .nothingYet = wish { return bytes.count }
    let isFirst = !timing.hasContent
    timing.receivedBytes(.now)
    // The time between bytes may be over before that for the first one would have been.
    if isFirst { loop.watch(self) }
    switch wish {
    case .nothingYet, .more: return bytes.count
    case .wake: break
    case .pause: reading = .paused
    case .end(let duration):
      reading = .over
      timing.draining(.now, within: duration)
      loop.watch(self)
    }
    loop.wake(state.withLock { $0.consumed(wish) })
    return bytes.count
  }

  fileprivate func onRead(_ target: UnsafeMutableRawBufferPointer) -> Int {
    let (fill, waiter) = state.withLock { unsafe $0.fill(target) }
    loop.wake(waiter)
    return switch fill {
    case .bytes(let count): count
    case .pause: headrace_curl_read_pause()
    case .abort: headrace_curl_read_abort()
    }
  }
}
