/// A value that is never printed: describing it gives stars.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The value; for the header that carries it, nothing else.
  package let value: String

  /// Wraps a value.
  public init(_ value: String) { self.value = value }

  /// Stars.
  public var description: String { "***" }
  /// Stars.
  public var debugDescription: String { "***" }
  /// Nothing.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
