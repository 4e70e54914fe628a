/// A queue on an array: amortised constant time at both ends of its life.
struct FIFO<Element> {
  private var elements: [Element?] = []
  private var head = 0

  var isEmpty: Bool { head == elements.count }
  var count: Int { elements.count - head }

  mutating func append(_ element: Element) { elements.append(element) }

  mutating func popFirst() -> Element? {
    while head < elements.count {
      let element = elements[head]
      elements[head] = nil
      head += 1
      if head > 64, head * 2 > elements.count {
        elements.removeFirst(head)
        head = 0
      }
      if let element { return element }
    }
    elements.removeAll(keepingCapacity: true)
    head = 0
    return nil
  }

  /// Takes out the first element that satisfies `predicate`.
  mutating func removeFirst(where predicate: (Element) -> Bool) -> Element? {
    for index in elements.indices.dropFirst(head) {
      if let element = elements[index], predicate(element) {
        elements.remove(at: index)
        return element
      }
    }
    return nil
  }
}
