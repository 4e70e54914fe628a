public import HeadraceBroker
import FoundationEssentials
import Synchronization

/// A broker inside a test: in the test's own process, on a port and in a folder of its own, ready in milliseconds.
///
/// ```swift
/// try await EmbeddedBroker.withBroker { broker in
///   // clients connect to broker.bootstrapServers
/// }
/// ```
/// It can be stopped, killed and started again on the same port and folder, and made to misbehave: see ``fail(_:with:skip:count:)``.
public final class EmbeddedBroker: Sendable {
  private let configuration: Mutex<BrokerConfiguration>
  private let current: Mutex<Broker?>
  private let ownsFolder: Bool

  /// The data folder.
  public let folder: String

  private init(_ configuration: BrokerConfiguration, ownsFolder: Bool) {
    self.configuration = Mutex(configuration)
    self.ownsFolder = ownsFolder
    folder = configuration.folder
    current = Mutex(nil)
  }

  /// Starts a broker, lends it to `body`, and stops and removes it, also when `body` throws.
  ///
  /// - Parameters:
  ///   - configure: Changes the configuration: an empty folder, a free port, no sync to the disk and journal files of 4 MiB.
  ///   - body: What needs the broker.
  nonisolated(nonsending) public static func withBroker<Result>(
    _ configure: (inout BrokerConfiguration) -> Void = { _ in },
    _ body: nonisolated(nonsending) (EmbeddedBroker) async throws -> Result
  ) async throws -> Result {
    let broker = try await start(configure)
    do {
      let result = try await body(broker)
      await broker.remove()
      return result
    } catch {
      await broker.remove()
      throw error
    }
  }

  /// Starts a broker that the caller removes with ``remove()``.
  public static func start(_ configure: (inout BrokerConfiguration) -> Void = { _ in }) async throws -> EmbeddedBroker {
    let made = FileManager.default.temporaryDirectory.path + "/headrace-broker-\(UUID().uuidString.lowercased())"
    var configuration = BrokerConfiguration(folder: made)
    configuration.port = 0
    configuration.durability = .os
    configuration.journalBytes = 4 << 20
    configure(&configuration)
    let broker = EmbeddedBroker(configuration, ownsFolder: configuration.folder == made)
    try await broker.start()
    return broker
  }

  /// What clients are given: "127.0.0.1:port". The same after every restart.
  public var bootstrapServers: String {
    let (host, port) = configuration.withLock { ($0.host, $0.port) }
    return "\(host):\(port)"
  }

  /// The port, the same after every restart.
  public var port: UInt16 { configuration.withLock { $0.port } }

  /// Whether it runs; a scripted crash ends that.
  public var isRunning: Bool { current.withLock { $0?.boundPort != nil } }

  // MARK: Life and death

  /// Starts it after ``stop(within:)``, ``kill()`` or a scripted crash, on the same folder and port.
  public func start() async throws {
    // A crash may not have come to its end yet.
    await kill()
    let broker = Broker(killable: configuration.withLock { $0 })
    try await broker.start()
    if let port = broker.boundPort { configuration.withLock { $0.port = port } }
    current.withLock { $0 = broker }
  }

  /// Stops it well.
  public func stop(within budget: Duration = .seconds(2)) async throws {
    try await take()?.stop(within: budget)
  }

  /// Ends it as `kill -9` would: what was written stays, no answer leaves any more, nothing is tidied.
  public func kill() async { await take()?.kill() }

  /// Stops it well and starts it again.
  public func restart() async throws {
    try await stop()
    try await start()
  }

  /// Kills it and starts it again.
  public func killAndRestart() async throws {
    await kill()
    try await start()
  }

  /// Stops it and removes its folder, if the folder was made for it.
  public func remove() async {
    try? await stop(within: .milliseconds(500))
    if ownsFolder { try? FileManager.default.removeItem(atPath: folder) }
  }

  private func take() -> Broker? {
    current.withLock { current in
      defer { current = nil }
      return current
    }
  }

  // MARK: Misbehaviour

  /// What a scripted fault does to a request.
  public enum Fault: Sendable, Hashable {
    /// Answers with one of Kafka's error codes, and does nothing else.
    case error(Int16)
    /// Answers NOT_COORDINATOR (16).
    case notCoordinator
    /// Waits before handling the request.
    case delay(Duration)
    /// Closes the connection; the request is not handled.
    case dropBefore
    /// Handles the request, and closes the connection instead of answering.
    case dropAfter
    /// Dies before the request is handled: ``start()`` brings it back.
    case crashBefore
    /// Dies after the request was handled, before it is answered.
    case crashAfter
  }

  /// One of Kafka's APIs, by its key in the protocol.
  public struct API: RawRepresentable, Sendable, Hashable {
    /// The key.
    public var rawValue: Int16
    /// Any API.
    public init(rawValue: Int16) { self.rawValue = rawValue }

    /// Produce.
    public static let produce = API(rawValue: 0)
    /// Fetch.
    public static let fetch = API(rawValue: 1)
    /// ListOffsets.
    public static let listOffsets = API(rawValue: 2)
    /// Metadata.
    public static let metadata = API(rawValue: 3)
    /// OffsetCommit.
    public static let offsetCommit = API(rawValue: 8)
    /// OffsetFetch.
    public static let offsetFetch = API(rawValue: 9)
    /// FindCoordinator.
    public static let findCoordinator = API(rawValue: 10)
    /// JoinGroup.
    public static let joinGroup = API(rawValue: 11)
    /// Heartbeat.
    public static let heartbeat = API(rawValue: 12)
    /// LeaveGroup.
    public static let leaveGroup = API(rawValue: 13)
    /// SyncGroup.
    public static let syncGroup = API(rawValue: 14)
    /// CreateTopics.
    public static let createTopics = API(rawValue: 19)
    /// InitProducerId.
    public static let initProducerID = API(rawValue: 22)
    /// AddPartitionsToTxn.
    public static let addPartitionsToTransaction = API(rawValue: 24)
    /// AddOffsetsToTxn.
    public static let addOffsetsToTransaction = API(rawValue: 25)
    /// EndTxn.
    public static let endTransaction = API(rawValue: 26)
    /// TxnOffsetCommit.
    public static let transactionOffsetCommit = API(rawValue: 28)
  }

  /// Scripts a fault: it strikes the next `count` requests of an API after letting `skip` pass. A restart forgets it.
  public func fail(_ api: API, with fault: Fault, skip: Int = 0, count: Int = 1) {
    let scripted: BrokerFault =
      switch fault {
      case .error(let code): .error(code)
      case .notCoordinator: .notCoordinator
      case .delay(let duration): .delay(duration)
      case .dropBefore: .dropBefore
      case .dropAfter: .dropAfter
      case .crashBefore: .crashBefore
      case .crashAfter: .crashAfter
      }
    current.withLock { $0 }?.faults.add(scripted, key: api.rawValue, skip: skip, count: count)
  }

  /// Forgets every scripted fault that has not struck yet.
  public func clearFaults() { current.withLock { $0 }?.faults.clear() }
}
