internal import CCurl
import Glibc
internal import HeadraceCore
internal import Synchronization

/// libcurl's multi handle and the thread that drives it by epoll: what happens on one connection costs the same, however
/// many others wait.
///
/// `@unchecked Sendable`: `multi` is made by the initialiser and touched by the loop's thread alone from its start on.
/// Others write to the waker's descriptor, and only while `inbox.isOpen` holds under the lock, so never after the thread
/// has closed it. `active`, `nextCheck` and `timerDue` belong to the thread.
@safe final class TransferLoop: @unchecked Sendable {
  enum Command {
    case add(Transfer)
    case cancel(Transfer)
    case resume(Transfer)
    case stop
  }

  private struct Inbox {
    var commands: [Command] = []
    var isRunning = false
    var isOpen = true
  }

  /// libcurl's global state, once a process.
  static let prepared: Bool = headrace_curl_global_init() == CURLE_OK

  private let configuration: HTTPClient.Configuration
  private let multi: UnsafeMutableRawPointer
  private let poller = SocketPoller()
  private let inbox = Mutex(Inbox())

  // The loop's thread alone:
  private var active: [UInt: Transfer] = [:]
  /// Tasks that have news. They are woken when a connection has given all it had: once for a head, its body and its end.
  private var woken: [TransferState.Waiter] = []
  private var nextCheck: ContinuousClock.Instant?
  /// When libcurl wants to look at its own timers.
  private var timerDue: ContinuousClock.Instant?

  init(configuration: HTTPClient.Configuration) {
    _ = Self.prepared
    self.configuration = configuration
    unsafe multi = curl_multi_init()!
    unsafe headrace_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.maximumIdleConnections)
    unsafe headrace_curl_multi_set_long(
      multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maximumConnectionsPerHost)
    // libcurl calls these on the loop's thread, which holds a reference while it runs.
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe headrace_curl_multi_set_socket(
      multi,
      { _, socket, what, context, _ in
        unsafe Unmanaged<TransferLoop>.fromOpaque(context!).takeUnretainedValue().poller.watch(socket, what)
        return 0
      }, context)
    unsafe headrace_curl_multi_set_timer(
      multi,
      { _, milliseconds, context in
        unsafe Unmanaged<TransferLoop>.fromOpaque(context!).takeUnretainedValue().timerDue =
          milliseconds < 0 ? nil : .now.advanced(by: .milliseconds(milliseconds))
        return 0
      }, context)
  }

  deinit {
    // The thread holds a reference while it runs and cleans up itself; here it never ran.
    if inbox.withLock({ $0.isOpen }) { dispose() }
  }

  /// - Throws: kind `client-closed`.
  func add(_ transfer: Transfer) throws {
    let starts: Bool? = inbox.withLock { inbox in
      guard inbox.isOpen else { return nil }
      defer { inbox.isRunning = true }
      return !inbox.isRunning
    }
    guard let starts else { throw HTTPClientError(.closed, "the client was shut down", mayHaveBeenActedOn: false) }
    post(.add(transfer))
    if starts { OSThread.detached(name: configuration.threadName) { self.run() } }
  }

  func post(_ command: Command) {
    let refused: Bool = inbox.withLock { inbox in
      guard inbox.isOpen else { return true }
      inbox.commands.append(command)
      if inbox.isRunning && inbox.commands.count == 1 { poller.wake() }
      return false
    }
    if refused, case .add(let transfer) = command { transfer.refuse(Self.closed) }
  }

  func stop() {
    let neverRan: Bool = inbox.withLock { inbox in
      guard inbox.isOpen, !inbox.isRunning else { return false }
      inbox.isOpen = false
      return true
    }
    if neverRan { dispose() } else { post(.stop) }
  }

  // MARK: The thread

  private func run() {
    // OpenSSL writes without MSG_NOSIGNAL: a peer that hung up would end the process. Only this thread is concerned.
    var broken = sigset_t()
    unsafe sigemptyset(&broken)
    unsafe sigaddset(&broken, SIGPIPE)
    unsafe pthread_sigmask(SIG_BLOCK, &broken, nil)
    var running: CInt = 0
    while true {
      let commands = inbox.withLock { inbox in
        let commands = inbox.commands
        inbox.commands.removeAll(keepingCapacity: true)
        return commands
      }
      for command in commands where !perform(command) { return close() }
      if let due = timerDue, due <= .now {
        timerDue = nil
        unsafe curl_multi_socket_action(multi, -1, 0, &running)
      }
      collectFinished()
      checkDeadlines()
      wakeTasks()
      for (socket, what) in poller.wait(patience) {
        unsafe curl_multi_socket_action(multi, socket, what, &running)
        collectFinished()
        wakeTasks()
      }
    }
  }

  /// Wakes a task as soon as libcurl has nothing more to tell of its connection for now. The loop's thread only.
  func wake(_ waiter: TransferState.Waiter?) {
    if let waiter { woken.append(waiter) }
  }

  private func wakeTasks() {
    guard !woken.isEmpty else { return }
    for waiter in woken { waiter.resume() }
    woken.removeAll(keepingCapacity: true)
  }

  private func dispose() {
    unsafe curl_multi_cleanup(multi)
    poller.close()
  }

  /// False: stop.
  private func perform(_ command: Command) -> Bool {
    switch command {
    case .add(let transfer):
      let now = ContinuousClock.now
      transfer.timing.start(now)
      watch(transfer)
      active[transfer.key] = transfer
      let code = unsafe curl_multi_add_handle(multi, transfer.handle)
      if code != CURLM_OK {
        active[transfer.key] = nil
        finish(
          transfer,
          HTTPClientError(.other, "libcurl refused the exchange (\(code.rawValue))", mayHaveBeenActedOn: false))
      }
    case .cancel(let transfer):
      guard active[transfer.key] != nil else { break }
      end(transfer, CancellationError())
    case .resume(let transfer):
      guard active[transfer.key] != nil else { break }
      transfer.timing.resumed(.now)
      if transfer.reading == .paused { transfer.reading = .open }
      watch(transfer)
      unsafe curl_easy_pause(transfer.handle, CURLPAUSE_CONT)
    case .stop: return false
    }
    return true
  }

  private func collectFinished() {
    var left: CInt = 0
    while let message = unsafe curl_multi_info_read(multi, &left) {
      guard unsafe message.pointee.msg == CURLMSG_DONE, let handle = unsafe message.pointee.easy_handle else {
        continue
      }
      // Read before the handle is removed: the message dies with it.
      let code = unsafe headrace_curl_message_result(message)
      guard let transfer = active[UInt(bitPattern: handle)] else { continue }
      end(transfer, TransferFailure.error(code, of: transfer))
    }
  }

  /// A transfer has a deadline that may be earlier than those known. The loop's thread only.
  func watch(_ transfer: Transfer) {
    if let (instant, _) = transfer.timing.next { nextCheck = min(nextCheck ?? instant, instant) }
  }

  /// While bytes come deadlines only move away, and what brings one nearer says so to ``watch(_:)``: the earliest of the
  /// last look is a lower bound for the next.
  private func checkDeadlines() {
    guard let due = nextCheck, due <= .now else { return }
    let now = ContinuousClock.now
    nextCheck = nil
    for transfer in active.values {
      guard let (instant, kind) = transfer.timing.next else { continue }
      if instant <= now {
        end(transfer, TransferFailure.timeout(kind, of: transfer))
      } else {
        nextCheck = min(nextCheck ?? instant, instant)
      }
    }
  }

  private var patience: CInt {
    guard let next = [nextCheck, timerDue].compactMap({ $0 }).min() else { return 1_000 }
    let milliseconds = (next - .now) / .milliseconds(1)
    return CInt(min(max(milliseconds.rounded(.up), 0), 1_000))
  }

  private func end(_ transfer: Transfer, _ failure: (any Error)?) {
    unsafe curl_multi_remove_handle(multi, transfer.handle)
    active[transfer.key] = nil
    finish(transfer, failure)
  }

  private func finish(_ transfer: Transfer, _ failure: (any Error)?) {
    for waiter in transfer.state.withLock({ $0.finished(failure) }) { wake(waiter) }
  }

  private func close() {
    // From here on nobody else touches the multi handle.
    let late = inbox.withLock { inbox in
      inbox.isOpen = false
      defer { inbox.commands = [] }
      return inbox.commands
    }
    for transfer in active.values {
      unsafe curl_multi_remove_handle(multi, transfer.handle)
      finish(transfer, Self.closed)
    }
    active = [:]
    wakeTasks()
    for case .add(let transfer) in late { transfer.refuse(Self.closed) }
    dispose()
  }

  private static let closed = HTTPClientError(.closed, "the client was shut down", mayHaveBeenActedOn: true)
}
