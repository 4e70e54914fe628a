public import HeadraceCore

/// A record's key or value is not what its topic's codec expects: the record is to blame, the stream goes on.
public struct RecordDecodingError: Error, Sendable, CustomStringConvertible {
  /// Which half of the record.
  public enum Part: String, Sendable, Hashable {
    /// The key.
    case key
    /// The value.
    case value
  }

  /// Where the record is.
  public let coordinate: RecordCoordinate
  /// Which half.
  public let part: Part
  /// What the codec said.
  public let underlying: any Error

  /// A sentence for people: the place first.
  public var description: String { "\(coordinate): \(part.rawValue) can't be decoded: \(underlying)" }
}

extension RecordDecodingError: ClassifiedError {
  /// The content is wrong: trying again doesn't help.
  public var failureClass: FailureClass { .content }
  /// A stable word.
  public var reason: String { "undecodable_\(part.rawValue)" }
}
