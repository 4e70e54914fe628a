internal import HeadraceCore
internal import Synchronization

/// Collects the last value of each resource.
final class SnapshotBox: Sendable {
  private let inner = Mutex<[String: JSONValue]>([:])
  var values: [String: JSONValue] { inner.withLock { $0 } }
  func set(_ id: String, _ value: JSONValue?) { inner.withLock { $0[id] = value } }
}
