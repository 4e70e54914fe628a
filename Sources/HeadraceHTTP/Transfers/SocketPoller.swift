internal import CCurl
internal import CSystem
import Glibc

/// epoll for libcurl's sockets, and an eventfd that wakes the thread.
///
/// `@unchecked Sendable`: the two arrays belong to the loop's thread. The descriptors are made once; `wake` is called by
/// others under the loop's lock while it is open.
final class SocketPoller: @unchecked Sendable {
  private static let readable: UInt32 = 0x001
  private static let writable: UInt32 = 0x004
  private static let failed: UInt32 = 0x008
  private static let hungUp: UInt32 = 0x010

  private let poll: CInt
  private let waker: CInt
  private var descriptors = [CInt](repeating: 0, count: 256)
  private var happenings = [UInt32](repeating: 0, count: 256)

  init() {
    poll = headrace_epoll_create()
    waker = headrace_eventfd()
    precondition(poll >= 0 && waker >= 0, "no descriptor for the HTTP client's loop (errno \(errno))")
    _ = headrace_epoll_watch(poll, waker, Self.readable)
  }

  /// libcurl's wish for a socket: `CURL_POLL_IN`, `_OUT`, `_INOUT`, `_REMOVE`.
  func watch(_ socket: CInt, _ what: CInt) {
    if what == CURL_POLL_REMOVE {
      // It may be closed already: then the kernel has forgotten it.
      _ = headrace_epoll_forget(poll, socket)
      return
    }
    var wanted: UInt32 = 0
    if what & CURL_POLL_IN != 0 { wanted |= Self.readable }
    if what & CURL_POLL_OUT != 0 { wanted |= Self.writable }
    _ = headrace_epoll_watch(poll, socket, wanted)
  }

  /// Waits for what happens on sockets, at most so many milliseconds: each with `CURL_CSELECT_IN`, `_OUT`, `_ERR`.
  func wait(_ milliseconds: CInt) -> [(socket: CInt, what: CInt)] {
    let count = unsafe headrace_epoll_wait(poll, &descriptors, &happenings, milliseconds)
    guard count > 0 else { return [] }
    var happened: [(socket: CInt, what: CInt)] = []
    happened.reserveCapacity(Int(count))
    for index in 0..<Int(count) {
      let socket = descriptors[index]
      if socket == waker {
        var signal: UInt64 = 0
        _ = unsafe read(waker, &signal, 8)
        continue
      }
      var what: CInt = 0
      if happenings[index] & Self.readable != 0 { what |= CURL_CSELECT_IN }
      if happenings[index] & Self.writable != 0 { what |= CURL_CSELECT_OUT }
      if happenings[index] & (Self.failed | Self.hungUp) != 0 { what |= CURL_CSELECT_ERR }
      happened.append((socket, what))
    }
    return happened
  }

  /// Ends the wait, now or the next one.
  func wake() {
    var signal: UInt64 = 1
    _ = unsafe write(waker, &signal, 8)
  }

  func close() {
    _ = Glibc.close(poll)
    _ = Glibc.close(waker)
  }
}
