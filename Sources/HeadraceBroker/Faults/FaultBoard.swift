import Synchronization

/// The faults that a test has scripted, by API. Without any, asking costs one atomic load.
package final class FaultBoard: Sendable {
  private struct Script: Sendable {
    var key: Int16
    var fault: BrokerFault
    var skip: Int
    var count: Int
  }

  private let scripts = Mutex<[Script]>([])
  private let isArmed = Atomic(false)

  package init() {}

  /// Scripts a fault for an API, named by its key: it strikes `count` requests after letting `skip` pass.
  package func add(_ fault: BrokerFault, key: Int16, skip: Int = 0, count: Int = 1) {
    scripts.withLock { $0.append(Script(key: key, fault: fault, skip: skip, count: count)) }
    isArmed.store(true, ordering: .releasing)
  }

  /// Forgets all that is scripted.
  package func clear() {
    scripts.withLock { $0 = [] }
    isArmed.store(false, ordering: .releasing)
  }

  /// The fault that strikes this request, if one does.
  func next(for key: APIKey) -> BrokerFault? {
    guard isArmed.load(ordering: .acquiring) else { return nil }
    return scripts.withLock { scripts in
      guard let index = scripts.firstIndex(where: { $0.key == key.rawValue && $0.count > 0 }) else { return nil }
      if scripts[index].skip > 0 {
        scripts[index].skip -= 1
        return nil
      }
      scripts[index].count -= 1
      let fault = scripts[index].fault
      if scripts[index].count == 0 { scripts.remove(at: index) }
      return fault
    }
  }
}
