/// The state of one exchange, between libcurl's thread and the task that waits: decisions only, no I/O.
///
/// Every step returns what the caller has to do after the lock is released.
struct TransferState {
  /// What waits for a change. Each is resumed at most once and then forgotten.
  typealias Waiter = CheckedContinuation<Void, Never>

  struct Head: Sendable {
    var status: Int
    var headers: HTTPClient.Headers
    var isFramed: Bool
  }

  enum Read {
    case piece([UInt8], resume: Bool)
    case end
    case failed(any Error)
    case wait
  }

  enum News {
    case news
    case end
    case failed(any Error)
    case wait(resume: Bool)
  }

  enum Write {
    case accepted(resume: Bool)
    case ended(any Error)
    case wait
  }

  enum Fill: Equatable {
    case bytes(Int)
    case pause
    case abort
  }

  /// Bytes that may wait for the reader before the connection is paused; the same for the writer.
  static let highWater = 64 * 1024

  private(set) var head: Head?
  private(set) var failure: (any Error)?
  private(set) var isFinished = false
  /// The consumer of the body wants nothing more: the exchange ends by itself, or soon.
  private(set) var isDraining = false
  /// What the closure that makes the request's body threw.
  var producerFailure: (any Error)?

  private var incoming: [UInt8] = []
  /// The consumer of the body wants its task to look.
  private var hasNews = false
  private var isReceivePaused = false
  private var outgoing: [UInt8] = []
  private var outgoingStart = 0
  /// How long the request's body was said to be.
  var outgoingLength: Int64?
  private var outgoingTotal: Int64 = 0
  private var outgoingEnded = false
  private var isSendPaused = false
  private var readWaiter: Waiter?
  private var writeWaiter: Waiter?

  // MARK: libcurl's side

  mutating func received(_ head: Head) -> Waiter? {
    self.head = head
    return take(\.readWaiter)
  }

  /// Nil: too much waits already, pause. Else the reader to wake, if one waits.
  mutating func received(_ bytes: UnsafeRawBufferPointer) -> Waiter?? {
    guard incoming.count < Self.highWater else {
      isReceivePaused = true
      return .none
    }
    unsafe incoming.append(contentsOf: bytes)
    return .some(take(\.readWaiter))
  }

  /// What the consumer of the body wishes after a piece. The reader to wake, if one waits.
  mutating func consumed(_ wish: HTTPClient.BodyWish) -> Waiter? {
    switch wish {
    case .nothingYet, .more: return nil
    case .wake: break
    case .pause: isReceivePaused = true
    case .end: isDraining = true
    }
    hasNews = true
    return take(\.readWaiter)
  }

  /// Moves what waits into libcurl's buffer.
  mutating func fill(_ target: UnsafeMutableRawBufferPointer) -> (Fill, Waiter?) {
    let available = outgoing.count - outgoingStart
    if available == 0 {
      if producerFailure != nil { return (.abort, nil) }
      if outgoingEnded { return (.bytes(0), nil) }
      isSendPaused = true
      return (.pause, take(\.writeWaiter))
    }
    let count = min(available, target.count)
    unsafe outgoing.withUnsafeBytes { source in
      unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[outgoingStart..<outgoingStart + count]))
    }
    outgoingStart += count
    if outgoingStart == outgoing.count {
      outgoing.removeAll(keepingCapacity: true)
      outgoingStart = 0
    }
    return (.bytes(count), outgoing.count - outgoingStart < Self.highWater ? take(\.writeWaiter) : nil)
  }

  mutating func finished(_ failure: (any Error)?) -> [Waiter] {
    guard !isFinished else { return [] }
    isFinished = true
    self.failure = failure
    outgoing = []
    outgoingStart = 0
    return [take(\.readWaiter), take(\.writeWaiter)].compactMap { $0 }
  }

  // MARK: The task's side

  mutating func read() -> Read {
    if !incoming.isEmpty {
      let piece = incoming
      incoming = []
      defer { isReceivePaused = false }
      return .piece(piece, resume: isReceivePaused)
    }
    if let failure { return .failed(failure) }
    return isFinished ? .end : .wait
  }

  /// News of the consumer come before the exchange's end: a failure after its end mark is nobody's business.
  mutating func readNews() -> News {
    if hasNews {
      hasNews = false
      return .news
    }
    if let failure { return .failed(failure) }
    if isFinished { return .end }
    defer { isReceivePaused = false }
    return .wait(resume: isReceivePaused)
  }

  /// True: there is news already, do not wait.
  mutating func wait(_ waiter: Waiter, forHead: Bool) -> Bool {
    if isFinished || (forHead ? head != nil : !incoming.isEmpty || hasNews) { return true }
    precondition(readWaiter == nil, "one reader at a time")
    readWaiter = waiter
    return false
  }

  mutating func write(_ bytes: [UInt8]) -> Write {
    if isFinished { return .ended(failure ?? CancellationError()) }
    guard outgoing.count - outgoingStart < Self.highWater else { return .wait }
    if let outgoingLength, outgoingTotal + Int64(bytes.count) > outgoingLength {
      return .ended(Self.wrongLength(outgoingLength))
    }
    outgoingTotal += Int64(bytes.count)
    outgoing += bytes
    defer { isSendPaused = false }
    return .accepted(resume: isSendPaused)
  }

  /// True: there is room already, do not wait.
  mutating func waitForRoom(_ waiter: Waiter) -> Bool {
    if isFinished || outgoing.count - outgoingStart < Self.highWater { return true }
    precondition(writeWaiter == nil, "one writer at a time")
    writeWaiter = waiter
    return false
  }

  /// The request's body is complete, or failed. True: libcurl waits for it and must be resumed.
  mutating func endOutgoing(_ failure: (any Error)?) -> Bool {
    outgoingEnded = true
    producerFailure = failure
    if failure == nil, let outgoingLength, outgoingTotal < outgoingLength {
      producerFailure = Self.wrongLength(outgoingLength)
    }
    defer { isSendPaused = false }
    return isSendPaused
  }

  private static func wrongLength(_ length: Int64) -> HTTPClientError {
    HTTPClientError(.requestBody, "the body is not of the \(length) bytes announced", mayHaveBeenActedOn: true)
  }

  private mutating func take(_ path: WritableKeyPath<TransferState, Waiter?>) -> Waiter? {
    let waiter = self[keyPath: path]
    self[keyPath: path] = nil
    return waiter
  }
}
