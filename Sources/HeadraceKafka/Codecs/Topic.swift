/// A topic with the types of its keys and values.
///
/// ```swift
/// let orders = Topic("orders", key: .string, value: .json(Order.self))
/// try await producer.send(order, key: order.customer, to: orders)
/// ```
public struct Topic<Key: Sendable, Value: Sendable>: Sendable {
  /// The topic's name.
  public var name: String
  /// Keys to bytes and back.
  public var key: Codec<Key>
  /// Values to bytes and back.
  public var value: Codec<Value>

  /// A topic.
  public init(_ name: String, key: Codec<Key>, value: Codec<Value>) {
    self.name = name
    self.key = key
    self.value = value
  }
}

extension Topic where Key == Void {
  /// A topic whose records have no key. What they are written with may leave it out.
  public init(_ name: String, value: Codec<Value>) { self.init(name, key: .none, value: value) }
}
