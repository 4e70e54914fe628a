import Glibc
import HeadraceCore

@testable import HeadraceBroker

/// A connection that speaks the protocol and knows nothing of brokers: what it is told to send, it sends. Blocking; for
/// tests that run on a thread of their own.
final class TestClient: @unchecked Sendable {
  // Invariant: used by one thread at a time.
  let descriptor: Int32
  let clientID: String
  private var correlation: Int32 = 0

  init(_ target: TestTarget, clientID: String = "test", timeout: Int = 20) throws {
    self.clientID = clientID
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = target.port.bigEndian
    inet_pton(AF_INET, target.host, &name.sin_addr)
    let status = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw CaseFailure("cannot connect to \(target.host):\(target.port): errno \(errno)") }
    var time = timeval(tv_sec: timeout, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { Glibc.close(descriptor) }

  /// Closes both directions.
  func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  // MARK: Calls

  /// Sends a request and waits for its answer. The newest version that is served is used when none is given.
  func call<API: WireAPI>(_ api: API.Type, _ request: API.Request, version: Int16? = nil) throws -> API.Response {
    let version = version ?? API.key.served.upperBound
    let id = try send(api, request, version: version)
    return try receive(api, version: version, correlation: id)
  }

  /// Sends a request without waiting.
  @discardableResult
  func send<API: WireAPI>(_: API.Type, _ request: API.Request, version: Int16? = nil) throws -> Int32 {
    let version = version ?? API.key.served.upperBound
    correlation += 1
    var writer = WireWriter(version: version, flexible: API.key.isFlexible(version))
    writer.put(Int32(0))
    try RequestHeader(key: API.key.rawValue, version: version, correlationID: correlation, clientID: clientID)
      .write(&writer)
    var request = request
    try request.code(&writer)
    writer.set(Int32(writer.bytes.count - 4), at: 0)
    try sendRaw(writer.bytes)
    return correlation
  }

  /// Waits for an answer.
  func receive<API: WireAPI>(_: API.Type, version: Int16? = nil, correlation: Int32? = nil) throws -> API.Response {
    let version = version ?? API.key.served.upperBound
    let frame = try receiveFrame()
    return try frame.withUnsafeBytes { buffer in
      var reader = WireReader(buffer)
      let id = try reader.next(Int32.self)
      if let correlation, id != correlation { throw CaseFailure("answer \(id) instead of \(correlation)") }
      let isFlexible = API.key.isFlexible(version)
      reader = reader.continuing(version: version, flexible: isFlexible)
      if API.key.hasFlexibleAnswerHeader(version) { try reader.tags() }
      var response = API.Response()
      try response.code(&reader)
      guard reader.remaining == 0 else {
        throw CaseFailure("\(reader.remaining) bytes behind the answer of \(API.self)")
      }
      return Self.owning(response)
    }
  }

  /// What a fetch brought is copied out of the frame, which ends here.
  private static func owning<Response>(_ response: Response) -> Response {
    guard var fetched = response as? FetchAPI.Response else { return response }
    for topic in fetched.topics.indices {
      for partition in fetched.topics[topic].partitions.indices {
        let records = fetched.topics[topic].partitions[partition].records.copied
        fetched.topics[topic].partitions[partition].records = records.map { .owned($0) } ?? .null
      }
    }
    return fetched as? Response ?? response
  }

  func sendRaw(_ bytes: [UInt8]) throws {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.send(descriptor, buffer.baseAddress! + done, buffer.count - done, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw CaseFailure("the connection takes nothing: errno \(errno)") }
      done += count
    }
  }

  func receiveFrame() throws -> [UInt8] {
    let head = try receiveExactly(4)
    let size = head.reduce(0) { $0 << 8 | Int($1) }
    return try receiveExactly(size)
  }

  private func receiveExactly(_ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let read = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + done, count - done, 0) }
      if read == 0 { throw CaseFailure.closed }
      guard read > 0 else {
        throw errno == ECONNRESET ? CaseFailure.closed : CaseFailure("no answer: errno \(errno)")
      }
      done += read
    }
    return bytes
  }

  /// Whether the broker closes the connection without another byte.
  func isClosedWithoutAnswer() -> Bool {
    do {
      _ = try receiveFrame()
      return false
    } catch {
      return (error as? CaseFailure) == .closed
    }
  }
}
