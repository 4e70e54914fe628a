/// A first-in, first-out queue in a ring that grows by doubling.
struct RingQueue<Element: Sendable>: Sendable {
  private var storage: [Element?]
  private var head = 0
  private(set) var count = 0

  init(capacity: Int = 16) {
    var size = 16
    while size < capacity { size *= 2 }
    storage = Array(repeating: nil, count: size)
  }

  var isEmpty: Bool { count == 0 }
  var first: Element? { count == 0 ? nil : storage[head] }

  mutating func append(_ element: Element) {
    if count == storage.count { grow() }
    storage[(head &+ count) & (storage.count &- 1)] = element
    count &+= 1
  }

  mutating func popFirst() -> Element? {
    guard count > 0 else { return nil }
    let element = storage[head].take()
    head = (head &+ 1) & (storage.count &- 1)
    count &-= 1
    return element
  }

  /// Takes the first element when there is one and it is wanted.
  mutating func popFirst(where isWanted: (borrowing Element) -> Bool) -> Element? {
    guard count > 0, let first = storage[head], isWanted(first) else { return nil }
    return popFirst()
  }

  mutating func removeAll() {
    self = RingQueue(capacity: 16)
  }

  mutating func removeAll(where unwanted: (Element) -> Bool) {
    for _ in 0..<count {
      if let element = popFirst(), !unwanted(element) { append(element) }
    }
  }

  func forEach(_ body: (Element) -> Void) {
    for index in 0..<count {
      if let element = storage[(head &+ index) & (storage.count &- 1)] { body(element) }
    }
  }

  private mutating func grow() {
    var bigger = [Element?](repeating: nil, count: storage.count * 2)
    for index in 0..<count { bigger[index] = storage[(head &+ index) & (storage.count &- 1)].take() }
    storage = bigger
    head = 0
  }
}
