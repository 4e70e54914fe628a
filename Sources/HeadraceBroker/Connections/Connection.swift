import Glibc
internal import HeadraceCore
internal import HeadraceTelemetry
import Synchronization

/// One client's connection and its thread: read a frame, handle it, write the answer, repeat. That answers leave in the
/// order of their requests is this loop and nothing else.
@safe
final class Connection: RequestPeer, @unchecked Sendable {
  // Invariant: all plain state belongs to the connection's own thread. Others use `interrupt()`, which touches the
  // mutex-guarded `parked` and calls shutdown(2) on the descriptor; the descriptor is closed by the own thread only,
  // after the connection has left the registry, under whose lock `interrupt()` is called.

  /// Frames up to this size are read into the connection's own buffer.
  private static let ownLimit = 64 << 10
  private static let frameTimeout = 30
  private static let sendTimeout = 30

  let descriptor: Int32
  let host: String
  let fetchWaiter = FetchWaiter()
  private let core: BrokerCore
  private let parked = Mutex<(any Interruptible)?>(nil)
  private var buffer: UnsafeMutableRawBufferPointer
  /// What was read and not handled yet: `start..<end` of the buffer.
  private var start = 0
  private var end = 0
  private var receiveTimeout = 0

  init(descriptor: Int32, host: String, core: BrokerCore) {
    self.descriptor = descriptor
    self.host = host
    self.core = core
    unsafe buffer = .allocate(byteCount: 4 << 10, alignment: 16)
  }

  deinit { unsafe buffer.deallocate() }

  // MARK: RequestPeer

  var isGone: Bool { Socket.isPeerGone(descriptor) }
  var isStopping: Bool { core.isStopping.load(ordering: .acquiring) }

  func park(_ waiter: any Interruptible) {
    parked.withLock { $0 = waiter }
    // The flag is raised before the parked are interrupted: who parks between the two sees it here.
    if isStopping { waiter.interrupt() }
  }

  func unpark() { parked.withLock { $0 = nil } }

  /// Ends what the connection waits for: a request, or the answer to a parked one. Any thread.
  func interrupt(hard: Bool) {
    parked.withLock { $0 }?.interrupt()
    shutdown(descriptor, Int32(hard ? SHUT_RDWR : SHUT_RD))
  }

  // MARK: The loop

  /// Serves the client until one of the two has enough.
  func run() {
    Socket.prepare(descriptor, sendTimeout: Self.sendTimeout)
    while !isStopping {
      guard let size = readSize() else { return }
      guard size > 0, size <= core.configuration.maximumRequestBytes else {
        core.metrics.connectionsBroken.increment()
        return
      }
      core.metrics.bytesIn.increment(by: size + 4)
      guard handleFrame(size) else { return }
    }
  }

  /// The size in front of a frame; nil when the client is done.
  private func readSize() -> Int? {
    while end - start < 4 {
      guard fill(isInFrame: end > start) else { return nil }
    }
    let size = unsafe Int32(bigEndian: buffer.loadUnaligned(fromByteOffset: start, as: Int32.self))
    start += 4
    return Int(size)
  }

  /// Reads more into the own buffer.
  private func fill(isInFrame: Bool) -> Bool {
    if start == end {
      start = 0
      end = 0
    }
    if unsafe end == buffer.count { compact() }
    let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[end...])
    guard let count = unsafe receive(room, isInFrame: isInFrame) else { return false }
    end += count
    return true
  }

  private func compact() {
    unsafe memmove(buffer.baseAddress!, buffer.baseAddress! + start, end - start)
    end -= start
    start = 0
  }

  private func receive(_ target: UnsafeMutableRawBufferPointer, isInFrame: Bool) -> Int? {
    let timeout = isInFrame ? Self.frameTimeout : Int(core.configuration.idleConnectionTimeout.seconds.rounded(.up))
    if timeout != receiveTimeout {
      Socket.setTimeout(descriptor, SO_RCVTIMEO, seconds: timeout)
      receiveTimeout = timeout
    }
    let count = unsafe Socket.receive(descriptor, target)
    return count > 0 ? count : nil
  }

  /// Reads and handles one frame; false ends the connection.
  private func handleFrame(_ size: Int) -> Bool {
    if size <= Self.ownLimit {
      if unsafe buffer.count < size { grow(size) }
      if unsafe start + size > buffer.count { compact() }
      while end - start < size {
        guard fill(isInFrame: true) else { return false }
      }
      let frame = unsafe UnsafeRawBufferPointer(rebasing: buffer[start..<start + size])
      start += size
      return unsafe handle(frame) {}
    }
    guard let lent = unsafe core.pool.take(size, isCancelled: { isStopping || isGone }) else { return false }
    var isOut = true
    func giveBack() {
      if isOut { unsafe core.pool.give(lent) }
      isOut = false
    }
    defer { giveBack() }
    var filled = min(size, end - start)
    unsafe memcpy(lent.baseAddress!, buffer.baseAddress! + start, filled)
    start += filled
    while filled < size {
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: lent[filled..<size])
      guard let count = unsafe receive(rest, isInFrame: true) else { return false }
      filled += count
    }
    return unsafe handle(UnsafeRawBufferPointer(rebasing: lent[0..<size]), release: giveBack)
  }

  /// Makes the own buffer larger; it stays so.
  private func grow(_ size: Int) {
    var capacity = unsafe buffer.count
    while capacity < size { capacity *= 2 }
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    unsafe memcpy(larger.baseAddress!, buffer.baseAddress! + start, end - start)
    unsafe buffer.deallocate()
    unsafe buffer = larger
    end -= start
    start = 0
  }

  private func handle(_ frame: UnsafeRawBufferPointer, release: () -> Void) -> Bool {
    var reader = unsafe WireReader(frame)
    let context: RequestContext
    do {
      let (header, key) = try RequestHeader.read(&reader)
      context = RequestContext(header: header, key: key, core: core, peer: self)
    } catch {
      core.metrics.connectionsBroken.increment()
      core.logger.debug("connection closed: not a request", ["reason": "\(error)", "peer": host])
      return false
    }
    core.metrics.count(context.key)
    switch RequestDispatcher.handle(context, &reader, release: release) {
    case .close: return false
    case .silence: return true
    case .answer(let answer): return send(answer)
    }
  }

  // MARK: Answers

  private func send(_ answer: Answer) -> Bool {
    guard !core.isDead.load(ordering: .acquiring) else { return false }
    let bytes = answer.bytes
    core.metrics.bytesOut.increment(by: answer.totalCount)
    return unsafe bytes.withUnsafeBytes { buffer in
      if answer.slices.isEmpty { return unsafe Socket.send(descriptor, buffer) }
      var position = 0
      var slices = answer.slices[...]
      for splice in answer.splices {
        if splice.position > position {
          let part = unsafe UnsafeRawBufferPointer(rebasing: buffer[position..<splice.position])
          guard unsafe Socket.send(descriptor, part, more: true) else { return false }
          position = splice.position
        }
        var rest = splice.count
        while rest > 0, let slice = slices.popFirst() {
          guard Socket.sendFile(descriptor, slice.file.descriptor, at: slice.position, count: slice.length) else {
            return false
          }
          rest -= slice.length
        }
      }
      guard position < bytes.count else { return true }
      return unsafe Socket.send(descriptor, UnsafeRawBufferPointer(rebasing: buffer[position...]))
    }
  }
}
