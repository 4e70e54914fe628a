/// A setting can't be read: which one, from where, and what may be said instead.
public struct ConfigurationError: Error, Hashable, CustomStringConvertible {
  /// A sentence for people.
  public var description: String

  init(_ description: String) { self.description = description }
}
